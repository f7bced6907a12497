package dev.agentruntime.audit;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells the entries of one run from those of others: its own, and the trigger events it was for.
 * For one thread.
 */
final class RunFilter {

  private final @Nullable InvocationId run;
  private final Set<String> events = new HashSet<>();

  /** Of one run, or of all when there is none. */
  RunFilter(@Nullable InvocationId run) {
    this.run = run;
  }

  /** Learns from an entry, in a first reading. */
  void learn(EntryData data) {
    if (data instanceof EntryData.InvocationStart start && start.invocation().equals(run)) {
      events.addAll(start.eventIds());
    }
  }

  /** Whether an entry is wanted, in a second reading. */
  boolean wants(EntryData data) {
    return run == null
        || run.equals(invocation(data))
        || (data instanceof EntryData.TriggerAccepted accepted
            && events.contains(accepted.event().id()));
  }

  /** Whether it is one of the run itself. */
  boolean isOfRun(EntryData data) {
    return run == null || run.equals(invocation(data));
  }

  private static @Nullable InvocationId invocation(EntryData data) {
    if (data instanceof EntryData.InvocationStart start) {
      return start.invocation();
    } else if (data instanceof EntryData.ModelReply reply) {
      return reply.invocation();
    } else if (data instanceof EntryData.ToolCall call) {
      return call.invocation();
    } else if (data instanceof EntryData.ToolResult result) {
      return result.invocation();
    } else if (data instanceof EntryData.EffectResolved resolved) {
      return resolved.invocation();
    } else if (data instanceof ApprovalEntry approval) {
      return approval.invocation();
    } else if (data instanceof EntryData.InvocationResult result) {
      return result.invocation();
    } else if (data instanceof EntryData.ErrorNoted noted) {
      return noted.invocation();
    } else if (data instanceof BudgetEntry.ModelCall call) {
      return call.invocation();
    } else if (data instanceof BudgetEntry.BudgetCharge charge) {
      return charge.invocation();
    }
    return null;
  }
}
