package dev.agentruntime.oversight;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.policy.BudgetLimit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a budget has under way: it outlives the rule when another budget is declared meanwhile, and
 * is kept true while there is none. Owned by: the process's context.
 */
final class BudgetFlight {

  /** Calls of tools of the process itself that have no entry before their result. */
  final Map<InvocationId, BudgetEntry.Reserve> underWay = new HashMap<>();

  /** Runs whose model is being called here: a part of what is charged may come back. */
  final Set<InvocationId> calling = new HashSet<>();

  /** Runs that wait for such a part, or for one of a call beside the runs. */
  final List<OpenRun> waiting = new ArrayList<>();

  /** Whether a run waits for such a part that has not begun. */
  boolean mayNotBegin;

  private final Oversight.Host host;

  BudgetFlight(Oversight.Host host) {
    this.host = host;
  }

  /** Whoever waits for a part of the budget asks again. */
  void wake() {
    List<OpenRun> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(run -> host.later(() -> host.goOn(run)));
    if (mayNotBegin) {
      mayNotBegin = false;
      host.later(host::pump);
    }
  }

  /** What a call of a tool uses up of a limit. */
  static long wanted(BudgetLimit limit, BudgetEntry.Reserve price) {
    return switch (limit) {
      case COST_RUN, COST_DAY -> price.cost();
      case IRREVERSIBLE_RUN -> price.irreversible() ? 1 : 0;
      default -> 1;
    };
  }

  /** What calls use up of a day that have no entry yet, but for those of one run. */
  long underWay(BudgetLimit limit, InvocationId but) {
    long all = 0;
    for (Map.Entry<InvocationId, BudgetEntry.Reserve> call : underWay.entrySet()) {
      boolean counts = !limit.perRun() && !call.getKey().equals(but);
      all += counts ? wanted(limit, call.getValue()) : 0;
    }
    return all;
  }

  /** What all of them use up of the limits of a day that are of tools. */
  Map<BudgetLimit, Long> underWay() {
    Map<BudgetLimit, Long> all = new EnumMap<>(BudgetLimit.class);
    for (BudgetEntry.Reserve price : underWay.values()) {
      for (BudgetLimit limit : List.of(BudgetLimit.TOOL_CALLS_DAY, BudgetLimit.COST_DAY)) {
        all.merge(limit, wanted(limit, price), Long::sum);
      }
    }
    return all;
  }

  /** After an entry, whoever heard of it: what it ends is not under way any more. */
  void ended(EntryData data) {
    if (data instanceof EntryData.ToolResult result) {
      underWay.remove(result.invocation());
    } else if (data instanceof EntryData.ModelReply reply) {
      calling.remove(reply.invocation());
    } else if (data instanceof EntryData.InvocationResult result) {
      underWay.remove(result.invocation());
      calling.remove(result.invocation());
    }
  }

  /** Everything that was under way has ended with what it was in. */
  void clear() {
    underWay.clear();
    calling.clear();
    waiting.clear();
    mayNotBegin = false;
  }

  /** A reserve that has no entry yet, null when there is none. */
  BudgetEntry.@Nullable Reserve take(InvocationId run) {
    return underWay.remove(run);
  }
}
