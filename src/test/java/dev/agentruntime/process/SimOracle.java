package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a journal must say, told without the engine: sees the entries of one process in order and
 * the ledger of the outside, and complains.
 */
final class SimOracle {

  /** Of the day on which every world is. */
  private static final Instant BEGIN = Instant.parse("2026-01-05T10:00:00Z");

  private final SimOutside outside;
  private final SimApprovals approvals;
  private final int concurrency;
  private final Set<String> accepted = new LinkedHashSet<>();
  private final Set<String> keys = new HashSet<>();
  private final Set<String> settled = new HashSet<>();
  private final Map<String, EntryData.InvocationStart> open = new LinkedHashMap<>();
  private final Map<String, EntryData.ToolCall> calls = new LinkedHashMap<>();
  private final Map<String, EntryData.ToolResult> results = new HashMap<>();
  private final Map<String, Integer> retries = new HashMap<>();
  private final Map<String, EntryData.Resolution> words = new HashMap<>();
  private final Set<String> lettered = new HashSet<>();
  private int ownState;
  private int modelCalls;
  private int replies;
  private ProcessState state = ProcessState.CREATED;

  SimOracle(SimOutside outside, int concurrency) {
    this.outside = outside;
    this.approvals = new SimApprovals(outside);
    this.concurrency = concurrency;
  }

  /** What it knows of who was asked. */
  SimApprovals approvals() {
    return approvals;
  }

  void see(JournalEntry entry) {
    EntryData data = entry.data();
    approvals.see(entry);
    if (data instanceof EntryData.TriggerAccepted event) {
      assertTrue(accepted.add(event.event().id()), "accepted twice");
      String key = event.event().dedupKey();
      assertTrue(key == null || keys.add(key), () -> "key accepted twice: " + key);
      assertTrue(Lifecycle.accepts(state), () -> "accepted while " + state);
    } else if (data instanceof EntryData.InvocationStart start) {
      begin(start);
    } else if (data instanceof EntryData.ToolCall call) {
      announce(call);
    } else if (data instanceof BudgetEntry.ModelCall) {
      modelCalls++;
    } else if (data instanceof EntryData.ModelReply) {
      replies++;
    } else if (data instanceof EntryData.EffectResolved word) {
      assertTrue(calls.containsKey(word.key()), "a word on no call");
      assertNull(words.put(word.key(), word.resolution()), "two words on one call");
    } else if (data instanceof EntryData.ToolResult result) {
      end(result);
    } else if (data instanceof EntryData.InvocationResult result) {
      assertNotNull(open.get(result.invocation().value()), "settled, and not open");
      EntryData.InvocationStart start = open.remove(result.invocation().value());
      assertTrue(settled.add(start.eventIds().get(0)), "an event settled twice");
      if (result.outcome() == EntryData.Outcome.FAILED) {
        lettered.add(result.invocation().value());
      }
    } else if (data instanceof EntryData.StateTransition move) {
      assertEquals(state, move.from(), "moved from another state");
      assertTrue(
          move.from() == move.to() || Lifecycle.allows(move.from(), move.to()),
          () -> "moved from " + move.from() + " to " + move.to());
      state = move.to();
    }
  }

  private void begin(EntryData.InvocationStart start) {
    EntryData.InvocationStart known = open.put(start.invocation().value(), start);
    assertTrue(Lifecycle.runs(state), () -> "a run begins while " + state);
    if (known != null) {
      assertEquals(known.attempt() + 1, start.attempt(), "attempts are counted");
      return;
    }
    assertEquals(1, start.attempt());
    assertTrue(open.size() <= concurrency, "more runs than the concurrency");
    String event = start.eventIds().get(0);
    assertTrue(accepted.contains(event) && !settled.contains(event), "a run for no event");
    if (concurrency == 1) {
      String oldest =
          accepted.stream().filter(id -> !settled.contains(id)).findFirst().orElseThrow();
      assertEquals(oldest, event, "taken out of order");
    }
  }

  private void announce(EntryData.ToolCall call) {
    assertTrue(open.containsKey(call.invocation().value()), "a call of no run");
    assertTrue(!results.containsKey(call.key()), "announced after its result");
    boolean again = calls.put(call.key(), call) != null;
    EntryData.Resolution word = words.remove(call.key());
    if (again) {
      assertEquals(EntryData.Resolution.RETRY, word, "announced again without a word");
      retries.merge(call.key(), 1, Integer::sum);
    }
  }

  private void end(EntryData.ToolResult result) {
    String key = result.invocation().effectKey(result.ordinal());
    assertTrue(open.containsKey(result.invocation().value()), "a result of no run");
    assertNull(results.put(key, result), "two results of one call");
    ownState += result.charge() == null ? 0 : 1;
    EntryData.ToolCall call = calls.get(key);
    if (call != null && result.outcome() == ToolOutcome.OK && call.policy() != Policy.READ_ONLY) {
      assertEquals(1, outside.effects().get(key), () -> "done, and how often: " + key);
    }
  }

  /** Holds what was seen against the ledger and the answers given: everything durable was seen. */
  void judge(Set<String> acked, ProcessImage image) {
    approvals.judge();
    judgeBudget(image);
    for (String id : acked) {
      assertTrue(accepted.contains(id), () -> "acknowledged and lost: " + id);
    }
    outside.effects().forEach((key, times) -> {
      EntryData.ToolCall call = calls.get(key);
      assertNotNull(call, () -> "acted without a durable announcement: " + key);
      assertEquals(1, times, () -> "acted more than once: " + key);
      assertTrue(
          results.containsKey(key)
              || open.containsKey(call.invocation().value())
              // A dead letter shows the effect it was given up with.
              || lettered.contains(call.invocation().value()),
          () -> "acted, not recorded and not in doubt: " + key);
    });
    calls.forEach((key, call) -> {
      if (call.policy() == Policy.IRREVERSIBLE) {
        int most = 1 + retries.getOrDefault(key, 0);
        assertTrue(
            outside.calls(key) <= most, () -> "called " + outside.calls(key) + " times: " + key);
      }
    });
  }

  /** What was used is counted, and at most too much of it. */
  private void judgeBudget(ProcessImage image) {
    BudgetConfig budget = image.deployment() == null
        ? BudgetConfig.OFF
        : image.config().governance().budget();
    if (!budget.enabled()) {
      return;
    }
    Purse purse = image.governance().budget();
    int made =
        calls.size() + ownState + retries.values().stream().mapToInt(n -> n).sum();
    assertEquals(
        made, purse.used(BudgetLimit.TOOL_CALLS_DAY, null, BEGIN, budget), "calls of tools");
    long tokens = purse.used(BudgetLimit.TOKENS_DAY, null, BEGIN, budget);
    assertTrue(tokens >= 5L * replies, () -> "tokens " + tokens + ", replies " + replies);
    assertTrue(outside.model().insideJvm() || modelCalls >= replies, "a reply without a reserve");
  }

  /** Everything accepted came to its end. */
  void judgeEnd() {
    approvals.judgeEnd();
    assertEquals(accepted, new LinkedHashSet<>(settled), "accepted and never settled");
  }

  int settled() {
    return settled.size();
  }
}
