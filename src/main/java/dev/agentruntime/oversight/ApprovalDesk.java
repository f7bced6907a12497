package dev.agentruntime.oversight;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.Approvals;
import dev.agentruntime.governance.Approvals.Asked;
import dev.agentruntime.governance.MaskedEdit;
import dev.agentruntime.guard.CanonicalJson;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.tool.Arguments;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where people see what waits for them, and decide. A decision is applied at most once: the same
 * word again has the same answer, another one is refused, and so is one that comes too late or is
 * about something else than what was asked. Owned by: the process's context.
 */
public final class ApprovalDesk {

  private final ProcessLog log;
  private final ApprovalClock clock;

  ApprovalDesk(ProcessLog log, ApprovalClock clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Reads {@code approve} or {@code deny}; throws INVALID_REQUEST for another word. */
  public static boolean approves(String word) {
    return switch (word) {
      case "approve" -> true;
      case "deny" -> false;
      default -> throw invalid("decision, expected=approve or deny, actual=" + Json.quote(word));
    };
  }

  /** {@code {"approvals":[waiting, oldest first],"ended":[newest first]}}. */
  public Future<Json> list() {
    Json view = views().all();
    return log.durable().map(view);
  }

  /** One request, waiting or ended; fails with APPROVAL_NOT_FOUND. */
  public Future<Json> show(String id) {
    Json view = views().one(require(id));
    return log.durable().map(view);
  }

  /**
   * Decides a request.
   *
   * @return the request, when the decision is durable; fails with APPROVAL_NOT_FOUND,
   *     APPROVAL_DECIDED (otherwise, before), APPROVAL_EXPIRED, APPROVAL_STALE (it was asked in
   *     another epoch, for other arguments, or lapsed), or INVALID_REQUEST for arguments that the
   *     tool does not take
   */
  public Future<Json> decide(ApprovalWord word) {
    Asked asked = require(word.id());
    ApprovalRequest request = asked.request();
    requireFresh(word, request);
    Json edited = edited(word, asked);
    ApprovalOutcome outcome = word.approves() ? ApprovalOutcome.APPROVED : ApprovalOutcome.DENIED;
    ApprovalDecision before = asked.decision();
    if (before != null) {
      return again(asked, before, outcome, edited);
    }
    if (clock.isOver(asked)) {
      clock.expire(request);
      return Future.failedFuture(ended(ErrorCode.APPROVAL_EXPIRED, request, "has expired"));
    }
    if (isQueued(request)) {
      return Future.failedFuture(ended(
          ErrorCode.APPROVAL_STALE, request, "waits behind an older one, which is decided first"));
    }
    Future<Void> durable = log.write(decision(word, request, outcome, edited));
    if (durable.failed()) {
      return Future.failedFuture(durable.cause());
    }
    clock.disarm(request.id());
    Json view = views().one(require(word.id()));
    return durable.map(done -> {
      clock.goOn(request);
      return view;
    });
  }

  private Future<Json> again(
      Asked asked, ApprovalDecision before, ApprovalOutcome outcome, @Nullable Json edited) {
    ApprovalRequest request = asked.request();
    if (before.outcome() == outcome && Objects.equals(edited, before.arguments())) {
      Json view = views().one(asked);
      return log.durable().map(view);
    }
    return Future.failedFuture(
        switch (before.outcome()) {
          case EXPIRED -> ended(ErrorCode.APPROVAL_EXPIRED, request, "has expired");
          case LAPSED ->
            ended(ErrorCode.APPROVAL_STALE, request, "holds no more: the tool or policy changed");
          case CANCELLED ->
            ended(ErrorCode.APPROVAL_DECIDED, request, "is over: its run was cancelled");
          case APPROVED, DENIED ->
            ended(
                ErrorCode.APPROVAL_DECIDED,
                request,
                "was " + before.outcome().name().toLowerCase(Locale.ROOT)
                    + (before.outcome() == outcome ? " with other arguments" : "")
                    + " by " + before.by() + " at " + asked.decidedAt());
        });
  }

  private void requireFresh(ApprovalWord word, ApprovalRequest request) {
    String seen = word.digest();
    String shown = ApprovalViews.digest(request);
    if (seen != null && !seen.equals(shown)) {
      throw ended(
          ErrorCode.APPROVAL_STALE,
          request,
          "is for other arguments, expected arguments_digest=" + shown + ", actual=" + seen);
    }
    Long epoch = word.epoch();
    long now = Math.max(1, log.image().epoch());
    if (epoch != null && epoch != now) {
      throw ended(
          ErrorCode.APPROVAL_STALE,
          request,
          "was seen in another epoch, expected=" + now + ", actual=" + epoch);
    }
  }

  /** What is to be given to the tool, null when that is what was asked for. */
  private @Nullable Json edited(ApprovalWord word, Asked asked) {
    ApprovalRequest request = asked.request();
    Json given = word.arguments();
    if (given == null) {
      return null;
    }
    if (!word.approves()) {
      throw invalid("arguments, expected=only together with decision: approve");
    }
    if (request.tool().equals(OpenRun.ASK)) {
      throw invalid("arguments, expected=none: a question to a process is asked as it is, or not");
    }
    OpenRun run = log.image().runs().get(request.invocation());
    if (asked.waits() && run != null && run.call(request.ordinal()) != null) {
      throw invalid("arguments, expected=none: the call was begun with those that are shown, and"
          + " nobody knows what became of it; it can be made again with them, or not");
    }
    // As it will stand in the journal: a secret's value typed in is none any more there.
    Json clean =
        log.redacted(decision(word, request, ApprovalOutcome.APPROVED, given)).arguments();
    Json edited = Json.parse(CanonicalJson.of(clean == null ? given : clean));
    ApprovalDecision before = asked.decision();
    if (before != null && edited.equals(before.arguments())) {
      // Said again, perhaps when its run is over and nothing can be held against it.
      return edited;
    }
    Json shown = request.arguments();
    if (shown != null && edited.equals(Json.parse(CanonicalJson.of(shown)))) {
      // What stands for a value in them is known only as long as the run is open.
      return null;
    }
    Json meant = MaskedEdit.merged(edited, shown, original(request));
    Json parameters = parameters(request);
    Arguments.checkAll(meant, parameters == null ? Json.EMPTY : parameters);
    return CanonicalJson.digest(meant).equals(request.digests().arguments()) ? null : edited;
  }

  private static ApprovalDecision decision(
      ApprovalWord word, ApprovalRequest request, ApprovalOutcome outcome, @Nullable Json edited) {
    return new ApprovalDecision(
        request.invocation(),
        request.ordinal(),
        request.id(),
        outcome,
        word.by(),
        word.reason(),
        edited);
  }

  /** What the model asked for; nothing when its run is over. */
  private Json original(ApprovalRequest request) {
    OpenRun run = log.image().runs().get(request.invocation());
    Message.ToolRequest asked = run == null ? null : run.request(request.ordinal());
    return asked == null || asked.arguments().isBlank()
        ? Json.EMPTY
        : Json.parse(asked.arguments());
  }

  /** What the run's tools are pinned to say of the tool. */
  private @Nullable Json parameters(ApprovalRequest request) {
    ProcessImage image = log.image();
    OpenRun run = image.runs().get(request.invocation());
    Json set = run == null ? null : image.toolSets().get(run.start().toolSet());
    if (set != null && set.value() instanceof List<?> tools) {
      for (Object tool : tools) {
        if (tool instanceof Map<?, ?> one && request.tool().equals(one.get("name"))) {
          return Json.of(one.get("parameters"));
        }
      }
    }
    return null;
  }

  private ApprovalViews views() {
    return new ApprovalViews(log.image(), clock::end);
  }

  private boolean isQueued(ApprovalRequest request) {
    return views().isQueued(request);
  }

  /** Those whose manifest changed look again whether they still have to wait. */
  void lookAgain() {
    approvals().waiting().forEach(asked -> clock.goOn(asked.request()));
  }

  /** A run that waits for approval is over. */
  void runIsOver(OpenRun run) {
    for (Asked asked : approvals().waiting()) {
      if (asked.request().invocation().equals(run.id())) {
        clock.end(asked.request(), ApprovalOutcome.CANCELLED, "the run is over");
      }
    }
  }

  private Asked require(String id) {
    Asked asked = approvals().byId(id);
    if (asked == null) {
      throw new RuntimeFault(
          ErrorCode.APPROVAL_NOT_FOUND,
          "process " + log.image().id().name() + " has no request " + Json.quote(id)
              + ", or ended it long ago");
    }
    return asked;
  }

  private Approvals approvals() {
    return log.image().governance().approvals();
  }

  private static RuntimeFault ended(ErrorCode code, ApprovalRequest request, String what) {
    return new RuntimeFault(code, "request " + request.id() + " " + what);
  }

  private static RuntimeFault invalid(String what) {
    return new RuntimeFault(ErrorCode.INVALID_REQUEST, what);
  }
}
