package dev.agentruntime.history;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.RunHead;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How invocations and their steps are shown. Pure. */
public final class InvocationViews {

  private InvocationViews() {}

  static Map<String, @Nullable Object> open(OpenRun run) {
    Map<String, @Nullable Object> all =
        head(run.id(), run.start().eventIds(), run.attempt(), run.startedAt());
    all.put("outcome", null);
    all.put("duration_ms", run.ran().toMillis());
    all.put("usage", usage(run.usage()));
    all.put("tainted", run.isTainted());
    return all;
  }

  static Map<String, @Nullable Object> settled(RunHead run) {
    Map<String, @Nullable Object> all =
        head(run.id(), run.eventIds(), run.attempt(), run.startedAt());
    EntryData.InvocationResult result = run.result();
    all.put("outcome", word(result.outcome()));
    all.put("duration_ms", result.durationMs());
    all.put("usage", usage(result.usage()));
    all.put("tainted", result.tainted());
    if (result.failure() != null) {
      all.put(
          "failure",
          Map.of(
              "code",
              result.failure().code().name(),
              "message",
              result.failure().message()));
    }
    return all;
  }

  private static Map<String, @Nullable Object> head(
      InvocationId id, List<String> eventIds, int attempt, Instant startedAt) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", id.value());
    all.put("event_ids", eventIds);
    all.put("attempt", attempt);
    all.put("started_at", startedAt.toString());
    return all;
  }

  /** The steps among some entries that belong to one invocation, in order. */
  static List<Object> steps(InvocationId id, List<JournalEntry> entries) {
    List<Object> steps = new ArrayList<>();
    for (JournalEntry entry : entries) {
      Map<String, @Nullable Object> step = step(id, entry.data());
      if (step != null) {
        step.put("sequence", entry.sequence());
        step.put("time", entry.time().toString());
        steps.add(step);
      }
    }
    return steps;
  }

  private static @Nullable Map<String, @Nullable Object> step(InvocationId id, EntryData data) {
    if (data instanceof EntryData.ModelReply reply && reply.invocation().equals(id)) {
      return model(reply);
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    if (data instanceof EntryData.ToolCall call && call.invocation().equals(id)) {
      all.put("type", "tool_call");
      all.put("ordinal", call.ordinal());
      all.put("tool", call.request().tool());
      all.put("arguments", call.request().arguments());
      all.put("key", call.key());
      all.put("policy", call.policy().word());
    } else if (data instanceof EntryData.ToolResult result
        && result.invocation().equals(id)) {
      all.put("type", "tool_result");
      all.put("ordinal", result.ordinal());
      all.put("tool", result.tool());
      all.put("outcome", word(result.outcome()));
      all.put("text", result.text());
      if (!result.writes().isEmpty()) {
        Map<String, @Nullable Object> writes = new LinkedHashMap<>();
        result.writes().forEach(write -> writes.put(write.key(), write.value()));
        all.put("writes", writes);
      }
    } else if (data instanceof EntryData.EffectResolved word
        && word.invocation().equals(id)) {
      all.put("type", "effect_resolved");
      all.put("key", word.key());
      all.put("resolution", word(word.resolution()));
      all.put("by", word.by());
    } else if (data instanceof ApprovalEntry approval && approval.invocation().equals(id)) {
      return approval(approval);
    } else {
      return null;
    }
    return all;
  }

  private static Map<String, @Nullable Object> approval(ApprovalEntry approval) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("type", approval.kind());
    all.put("ordinal", approval.ordinal());
    all.put("id", approval.id());
    if (approval instanceof ApprovalEntry.ApprovalRequest request) {
      all.put("tool", request.tool());
      all.put("reasons", request.reasons());
      all.put("expires_at", request.expires().toString());
    } else if (approval instanceof ApprovalEntry.ApprovalDecision decision) {
      all.put("outcome", word(decision.outcome()));
      all.put("by", decision.by());
      all.put("reason", decision.reason());
      if (decision.arguments() != null) {
        all.put("arguments", decision.arguments());
      }
    }
    return all;
  }

  private static Map<String, @Nullable Object> model(EntryData.ModelReply reply) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("type", "model_reply");
    all.put("turn", reply.turn());
    all.put("text", reply.reply().text());
    List<Object> calls = new ArrayList<>();
    for (Message.ToolRequest call : reply.reply().calls()) {
      calls.add(Map.of("tool", call.tool(), "arguments", call.arguments()));
    }
    all.put("calls", calls);
    all.put("usage", usage(reply.usage()));
    if (!reply.model().isEmpty()) {
      all.put("model", reply.model());
    }
    if (reply.rejected() != null) {
      all.put("rejected", reply.rejected());
    }
    return all;
  }

  /** Tokens, and dollars: null when the price of a model that was asked is not known. */
  public static Map<String, @Nullable Object> usage(Message.Usage usage) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("input", usage.input());
    all.put("output", usage.output());
    all.put("cached", usage.cached());
    all.put("cost_usd", dollars(usage.cost()));
    return all;
  }

  /** An exact number of dollars, null when it is not known. */
  public static @Nullable BigDecimal dollars(@Nullable Long billionths) {
    if (billionths == null) {
      return null;
    }
    BigDecimal exact = BigDecimal.valueOf(billionths, 9).stripTrailingZeros();
    return exact.scale() < 0 ? exact.setScale(0) : exact;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
