package dev.agentruntime.observe;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.BudgetEntry.BudgetCharge;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.WatchEntry.HealthAction;
import dev.agentruntime.entry.WatchEntry.HealthAnomaly;
import dev.agentruntime.entry.WatchEntry.MissionEvaluation;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.Approvals;
import dev.agentruntime.governance.BudgetDay;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an entry means to people who run a process, and nothing else does. Pure. */
final class EntryEvents {

  /** More than is told: secrets are taken out before the rest is cut off. */
  private static final int TEXT_MAX = SensitiveText.CHARS_MAX;

  private final ProcessImage before;
  private final JournalEntry entry;
  private final Duration slow;
  private final List<Draft> drafts = new ArrayList<>();

  private EntryEvents(ProcessImage before, JournalEntry entry, Duration slow) {
    this.before = before;
    this.entry = entry;
    this.slow = slow;
  }

  /** An event without its place. */
  record Draft(
      EventType type,
      Severity severity,
      @Nullable InvocationId invocation,
      Map<String, @Nullable Object> data) {}

  /**
   * The events of an entry.
   *
   * @param before the image without it
   * @param slow from when on a tool call is slow
   */
  static List<Draft> of(ProcessImage before, JournalEntry entry, Duration slow) {
    EntryEvents events = new EntryEvents(before, entry, slow);
    events.look(entry.data());
    return events.drafts;
  }

  /** A day of the budget ended with an entry. */
  static Draft reset(Instant day) {
    return draft(EventType.BUDGET_DAILY_RESET, null, data("day_ended", day.toString()));
  }

  /** A secret was taken out of an entry. */
  static Draft redacted(String kind) {
    return draft(EventType.GUARDRAIL_REDACTED, null, data("entry", kind));
  }

  /** A call is so far. */
  static Draft progress(EntryData.ToolCall call, Map<String, @Nullable Object> said) {
    Map<String, @Nullable Object> about =
        data("tool", call.request().tool(), "ordinal", call.ordinal());
    about.putAll(said);
    return draft(EventType.TOOL_PROGRESS, call.invocation(), about);
  }

  private void look(EntryData data) {
    if (data instanceof EntryData.InvocationStart start) {
      add(
          EventType.INVOCATION_START,
          start.invocation(),
          data("attempt", start.attempt(), "events", start.eventIds()));
    } else if (data instanceof EntryData.ToolCall call) {
      called(call);
    } else if (data instanceof EntryData.ToolResult result) {
      tool(result);
    } else if (data instanceof EntryData.InvocationResult result) {
      ended(result);
    } else if (data instanceof EntryData.ErrorNoted error
        && error.invocation() != null
        && error.retryAt() != null) {
      // Without a time its attempt has not failed: it waits for somebody's word.
      Map<String, @Nullable Object> said = failed(new Failure(error.code(), error.message(), null));
      said.put("retry_at", error.retryAt().toString());
      drafts.add(new Draft(failedType(error.code()), Severity.WARNING, error.invocation(), said));
    } else if (data instanceof BudgetCharge charge) {
      budget(charge);
    } else if (data instanceof ApprovalRequest request) {
      add(
          EventType.APPROVAL_REQUESTED,
          request.invocation(),
          data(
              "id", request.id(),
              "tool", request.tool(),
              "reasons", request.reasons(),
              "expires", request.expires().toString()));
    } else if (data instanceof ApprovalDecision decision) {
      decided(decision);
    } else if (data instanceof MissionEvaluation evaluation) {
      mission(evaluation);
    } else if (data instanceof HealthAnomaly anomaly) {
      health(anomaly);
    } else if (data instanceof EntryData.StateTransition move) {
      moved(move);
    } else if (data instanceof EntryData.Restart restart) {
      add(
          EventType.PROCESS_RESTARTED,
          null,
          data("reason", restart.reason(), "attempt", restart.attempt(), "clean", restart.clean()));
    }
  }

  private void tool(EntryData.ToolResult result) {
    Map<String, @Nullable Object> about =
        data("tool", result.tool(), "ordinal", result.ordinal(), "text", cut(result.text()));
    if (result.outcome() == ToolOutcome.DENIED) {
      Approvals.Asked asked = asked(result.invocation(), result.ordinal());
      ApprovalDecision decision = asked == null ? null : asked.decision();
      if (decision == null || !denies(decision.outcome())) {
        add(EventType.GUARDRAIL_BLOCKED, result.invocation(), about);
      } else if (isOpen(decision)) {
        add(EventType.APPROVAL_DENIED, result.invocation(), about(decision));
      }
    } else if (result.outcome() != ToolOutcome.OK) {
      about.put("outcome", result.outcome() == ToolOutcome.ERROR ? "error" : "unknown");
      add(EventType.TOOL_ERROR, result.invocation(), about);
    }
    OpenRun run = before.runs().get(result.invocation());
    Instant called = run == null ? null : run.calledAt(result.ordinal());
    if (called != null && Duration.between(called, entry.time()).compareTo(slow) >= 0) {
      add(
          EventType.TOOL_SLOW,
          result.invocation(),
          data(
              "tool", result.tool(),
              "ordinal", result.ordinal(),
              "duration_ms", Duration.between(called, entry.time()).toMillis()));
    }
  }

  /** A call that goes because nobody decided on it in time is told as one that is let go. */
  private void called(EntryData.ToolCall call) {
    Approvals.Asked asked = asked(call.invocation(), call.ordinal());
    ApprovalDecision decision = asked == null ? null : asked.decision();
    Instant decidedAt = asked == null ? null : asked.decidedAt();
    OpenRun run = before.runs().get(call.invocation());
    Instant earlier = run == null ? null : run.calledAt(call.ordinal());
    if (decision != null
        && decidedAt != null
        && isOpen(decision)
        && (earlier == null || earlier.isBefore(decidedAt))) {
      add(EventType.APPROVAL_GRANTED, call.invocation(), about(decision));
    }
  }

  private Approvals.@Nullable Asked asked(InvocationId run, int ordinal) {
    return before.governance().approvals().of(run, ordinal);
  }

  private static boolean denies(ApprovalOutcome outcome) {
    return outcome == ApprovalOutcome.DENIED || outcome == ApprovalOutcome.EXPIRED;
  }

  /** Whether only what follows a decision says what it comes to: the call is made, or denied. */
  private boolean isOpen(ApprovalDecision decision) {
    ProcessImage.Deployment deployment = before.deployment();
    return decision.outcome() == ApprovalOutcome.EXPIRED
        && deployment != null
        && deployment.config().governance().approval().asking().allowOnTimeout();
  }

  private void ended(EntryData.InvocationResult result) {
    Failure failure = result.failure();
    if (failure == null) {
      add(
          EventType.INVOCATION_COMPLETE,
          result.invocation(),
          data(
              "duration_ms", result.durationMs(),
              "tokens_in", result.usage().input(),
              "tokens_out", result.usage().output(),
              "steps", result.steps().size()));
      return;
    }
    boolean cancelled = result.outcome() == EntryData.Outcome.CANCELLED;
    Map<String, @Nullable Object> said = failed(failure);
    said.put("duration_ms", result.durationMs());
    said.put("cancelled", cancelled);
    EventType type = cancelled ? EventType.INVOCATION_ERROR : failedType(failure.code());
    drafts.add(
        new Draft(type, cancelled ? Severity.WARNING : type.severity(), result.invocation(), said));
  }

  private static EventType failedType(ErrorCode code) {
    return code == ErrorCode.INVOCATION_TIMEOUT
        ? EventType.INVOCATION_TIMEOUT
        : EventType.INVOCATION_ERROR;
  }

  private static Map<String, @Nullable Object> failed(Failure failure) {
    return data("code", failure.code().name(), "message", cut(failure.message()));
  }

  private void budget(BudgetCharge charge) {
    boolean exceeded = charge.why().equals("exceeded");
    if (exceeded || charge.why().equals("warning")) {
      BudgetLimit limit = limit(charge.limit());
      Map<String, @Nullable Object> about = data(
          "limit",
          limit == null ? charge.limit() : limit.setting(),
          "day",
          BudgetDay.date(charge.day()));
      charge
          .amounts()
          .forEach((name, amount) -> about.put(name, limit == null ? amount : limit.shown(amount)));
      add(
          exceeded ? EventType.BUDGET_EXCEEDED : EventType.BUDGET_WARNING,
          charge.invocation(),
          about);
    }
  }

  private static @Nullable BudgetLimit limit(@Nullable String key) {
    for (BudgetLimit limit : BudgetLimit.values()) {
      if (limit.key().equals(key)) {
        return limit;
      }
    }
    return null;
  }

  private void decided(ApprovalDecision decision) {
    // Else nobody decided anything: the run ended, or it is asked anew.
    if (decision.outcome() == ApprovalOutcome.APPROVED) {
      add(EventType.APPROVAL_GRANTED, decision.invocation(), about(decision));
    } else if (denies(decision.outcome()) && !isOpen(decision)) {
      add(EventType.APPROVAL_DENIED, decision.invocation(), about(decision));
    }
  }

  private static Map<String, @Nullable Object> about(ApprovalDecision decision) {
    return data(
        "id", decision.id(),
        "outcome", decision.outcome().name().toLowerCase(Locale.ROOT),
        "by", decision.by(),
        "reason", cut(decision.reason()));
  }

  private void mission(MissionEvaluation evaluation) {
    Map<String, @Nullable Object> about = data(
        "state", evaluation.state().name().toLowerCase(Locale.ROOT),
        "source", evaluation.source().name().toLowerCase(Locale.ROOT),
        "invocations", evaluation.number(),
        "reason", cut(evaluation.reason()));
    if (evaluation.verdict() != null) {
      about.put("confidence_permille", evaluation.verdict().confidence());
      about.put("progress", cut(evaluation.verdict().progress()));
    }
    add(
        switch (evaluation.state()) {
          case COMPLETED -> EventType.MISSION_COMPLETE;
          case FAILED -> EventType.MISSION_FAILED;
          case ACTIVE, PAUSED -> EventType.MISSION_PROGRESS;
        },
        null,
        about);
  }

  private void health(HealthAnomaly anomaly) {
    if (anomaly.action() == HealthAction.RECOVERED) {
      add(EventType.HEALTH_RECOVERED, anomaly.invocation(), data());
    } else if (anomaly.action() != HealthAction.CLEARED) {
      add(
          EventType.HEALTH_ANOMALY,
          anomaly.invocation(),
          data(
              "anomaly", anomaly.type(),
              "action", anomaly.action().name().toLowerCase(Locale.ROOT),
              "details", cut(anomaly.details())));
    }
  }

  private void moved(EntryData.StateTransition move) {
    Map<String, @Nullable Object> about = data(
        "from", move.from().name().toLowerCase(Locale.ROOT),
        "reason", cut(move.reason()));
    if (move.to() == ProcessState.RUNNING && move.from() == ProcessState.STARTING) {
      add(EventType.PROCESS_STARTED, null, about);
    } else if (move.to() == ProcessState.STOPPED) {
      add(EventType.PROCESS_STOPPED, null, about);
    } else if (move.to() == ProcessState.FAILED && move.from() != ProcessState.FAILED) {
      add(EventType.PROCESS_FAILED, null, about);
    }
  }

  private void add(
      EventType type, @Nullable InvocationId invocation, Map<String, @Nullable Object> data) {
    drafts.add(draft(type, invocation, data));
  }

  private static Draft draft(
      EventType type, @Nullable InvocationId invocation, Map<String, @Nullable Object> data) {
    return new Draft(type, type.severity(), invocation, data);
  }

  private static Map<String, @Nullable Object> data(@Nullable Object... pairs) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      all.put(String.valueOf(pairs[i]), pairs[i + 1]);
    }
    return all;
  }

  private static String cut(String text) {
    return text.substring(0, Math.min(text.length(), TEXT_MAX));
  }
}
