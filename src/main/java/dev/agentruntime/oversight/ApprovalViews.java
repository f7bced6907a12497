package dev.agentruntime.oversight;

import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.Approvals;
import dev.agentruntime.governance.Approvals.Asked;
import dev.agentruntime.guard.CanonicalJson;
import dev.agentruntime.policy.ApprovalConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How requests for approval are shown to people. Pure. */
final class ApprovalViews {

  private static final int TEXT_MAX = 2_000;

  /** Longest arguments that a notice carries, in bytes. */
  private static final int NOTICE_MAX = 16 << 10;

  private final ProcessImage image;
  private final ApprovalConfig config;
  private final Function<Asked, Instant> ends;

  /**
   * Of one image.
   *
   * @param ends when the time of a request is over
   */
  ApprovalViews(ProcessImage image, Function<Asked, Instant> ends) {
    this.image = image;
    this.ends = ends;
    this.config = image.deployment() == null
        ? ApprovalConfig.OFF
        : image.deployment().config().governance().approval();
  }

  Json all() {
    Approvals approvals = image.governance().approvals();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("approvals", approvals.waiting().stream().map(this::shown).toList());
    all.put("ended", approvals.ended().stream().map(this::shown).toList());
    return Json.of(all);
  }

  Json one(Asked asked) {
    return Json.of(shown(asked));
  }

  /**
   * What whoever is called for is told: the request, and where to decide it. Without the context of
   * the run, which may say what is not for everybody; without arguments that are long.
   */
  Json notice(Asked asked) {
    Map<String, @Nullable Object> all = shown(asked);
    all.remove("context");
    Json arguments = asked.request().arguments();
    if (arguments != null && arguments.bytes().length > NOTICE_MAX) {
      all.remove("arguments");
      all.put("arguments_omitted", true);
    }
    ApprovalConfig.Asking asking = config.asking();
    long millis = asking.timeout().toMillis();
    all.put("timeout", millis % 1_000 == 0 ? (Object) (millis / 1_000) : millis / 1_000.0);
    all.put("on_timeout", asking.allowOnTimeout() ? "allow" : "deny");
    String path = "/api/v1/processes/" + image.id().name().value() + "/approvals/"
        + asked.request().id();
    Map<String, @Nullable Object> decide = new LinkedHashMap<>();
    decide.put("method", "POST");
    decide.put("path", path);
    String address = config.notice().address();
    if (address != null) {
      decide.put("url", address + path);
    }
    decide.put("triggers", config.decidedBy());
    all.put("decide", decide);
    return Json.of(all);
  }

  /** Whether an older request is to be decided first. */
  boolean isQueued(ApprovalRequest request) {
    List<Asked> waiting = image.governance().approvals().waiting();
    return config.limits().sequential()
        && !waiting.isEmpty()
        && !waiting.get(0).request().id().equals(request.id());
  }

  /**
   * By which who decides says what was seen: the digest of the arguments, or when not all of them
   * are shown one of what is shown and of the id, which no other request has. From a digest of all
   * a masked value could be found by trying, when there are few that it may be.
   */
  static String digest(ApprovalRequest request) {
    if (showsAll(request)) {
      return request.digests().arguments();
    }
    Json shown = request.arguments();
    return Hex.sha256(request.id() + "\n" + (shown == null ? "" : CanonicalJson.of(shown)));
  }

  private static boolean showsAll(ApprovalRequest request) {
    Json shown = request.arguments();
    return shown != null && CanonicalJson.digest(shown).equals(request.digests().arguments());
  }

  private Map<String, @Nullable Object> shown(Asked asked) {
    ApprovalRequest request = asked.request();
    OpenRun run = image.runs().get(request.invocation());
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", request.id());
    all.put("process", image.id().name().value());
    all.put("invocation", request.invocation().value());
    all.put("attempt", request.attempt());
    all.put("epoch", Math.max(1, image.epoch()));
    all.put("tool", request.tool());
    Json arguments = request.arguments();
    if (arguments != null) {
      all.put("arguments", arguments);
      all.put("masked", !showsAll(request));
    }
    all.put("arguments_digest", digest(request));
    all.put("schema_digest", request.digests().schema());
    all.put("policy_digest", request.digests().policy());
    all.put("reasons", request.reasons());
    all.put("requested_at", asked.at().toString());
    all.put("expires_at", (asked.waits() ? ends.apply(asked) : request.expires()).toString());
    ApprovalDecision decision = asked.decision();
    Instant decidedAt = asked.decidedAt();
    if (decision == null || decidedAt == null) {
      all.put("status", "pending");
      if (run != null) {
        all.put("tainted", run.isTainted());
      }
      if (isQueued(request)) {
        all.put("queued", true);
      }
      if (run != null && config.asking().contextMessages() > 0) {
        all.put("context", context(run, config.asking().contextMessages()));
      }
      return all;
    }
    all.put("status", decision.outcome().name().toLowerCase(Locale.ROOT));
    all.put("decided_by", decision.by());
    all.put("decided_at", decidedAt.toString());
    all.put("reason", decision.reason());
    if (decision.arguments() != null) {
      all.put("edited_arguments", decision.arguments());
    }
    return all;
  }

  /** The newest of what was said in a run, oldest first. */
  private static List<Object> context(OpenRun run, int most) {
    List<Object> all = new ArrayList<>();
    all.add(said("trigger", run.event().payload().toString()));
    for (JournalEntry step : run.steps()) {
      if (step.data() instanceof EntryData.ModelReply reply && reply.rejected() == null) {
        if (!reply.reply().text().isEmpty()) {
          all.add(said("assistant", reply.reply().text()));
        }
      } else if (step.data() instanceof EntryData.ToolResult result) {
        all.add(said("tool " + result.tool(), result.text()));
      }
    }
    return all.subList(Math.max(0, all.size() - most), all.size());
  }

  private static Map<String, Object> said(String role, String text) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("role", role);
    one.put("text", text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + " [cut]");
    return one;
  }
}
