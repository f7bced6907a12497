package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.acts;
import static dev.agentruntime.process.BudgetWorld.assertHeld;
import static dev.agentruntime.process.BudgetWorld.config;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.purse;
import static dev.agentruntime.process.BudgetWorld.used;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.governance.BudgetView;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.tool.Tool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Parallel runs that share a budget, and crashes. */
final class BudgetCrashTest {

  // --- Parallel runs

  @Test
  void parallelRunsDoNotOvershootADayAndWaitForWhatComesBack() {
    HandProcess process = HandProcess.running(config("{max_tokens_per_day: 100}", 4));
    process.most = new Message.Usage(40, 0);
    process.usage = new Message.Usage(10, 0);
    for (int i = 0; i < 4; i++) {
      offer(process, "x" + i);
    }
    assertEquals(2, process.asked.size(), "more calls at once than the day has for");
    assertEquals(ProcessState.RUNNING, process.state());
    for (int i = 0; i < 4; i++) {
      process.say("done");
      assertTrue(used(process, BudgetLimit.TOKENS_DAY) <= 100);
    }
    assertEquals(4, process.image().settled());
    assertEquals(40, used(process, BudgetLimit.TOKENS_DAY));
  }

  @Test
  void parallelRunsShareTheToolCallsOfADay() {
    HandProcess process = HandProcess.running(config("{max_tool_calls_per_day: 3}", 5));
    for (int i = 0; i < 5; i++) {
      offer(process, "x" + i);
    }
    for (int i = 0; i < 5; i++) {
      process.want("charge", "{}");
    }
    assertEquals(3, process.called.size());
    assertEquals(3, used(process, BudgetLimit.TOOL_CALLS_DAY));
  }

  @Test
  void aRunThatWaitsForItsPartIsPausedWhenNothingComesBack() {
    HandProcess process = HandProcess.running(config("{max_tokens_per_day: 100}", 2));
    process.most = new Message.Usage(60, 0);
    process.usage = new Message.Usage(60, 0);
    offer(process, "a");
    offer(process, "b");
    assertEquals(1, process.asked.size());
    process.say("done");

    assertHeld(process);
    assertEquals(1, process.image().settled());
    process.pass(Duration.ofHours(17));
    process.flush();
    process.say("done");
    assertEquals(2, process.image().settled());
  }

  // --- Crashes

  @Test
  void anOpenReserveIsChargedInFullAfterACrash() {
    HandProcess process = with("{max_tokens_per_day: 1000, max_llm_turns_per_run: 9}");
    process.most = new Message.Usage(60, 20);
    process.usage = new Message.Usage(10, 0);
    offer(process, "x");
    process.restart(false);
    process.flush();
    assertEquals(1, process.asked.size());
    process.say("done");

    assertEquals(90, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(2, process.entries(BudgetEntry.ModelCall.class).size());
  }

  /** Wherever it is cut off, what was used is counted: never less than what was done. */
  @Test
  void aCrashAtAnyPlaceCountsTooMuchAndNeverTooLittle() {
    for (int cut = 1; cut < 40; cut++) {
      HandProcess process = with("{max_tool_calls_per_day: 100, max_llm_turns_per_run: 100,"
          + " max_tokens_per_day: 100000, max_runs_per_day: 100}");
      process.most = new Message.Usage(20, 0);
      process.usage = new Message.Usage(7, 3);
      SimWorld.later(process.offer("x").mapEmpty());
      int calls = 0;
      int effects = 0;
      int steps = 0;
      int turn = 0;
      while (process.image().settled() == 0) {
        boolean moved = process.drain();
        Runnable task = moved ? null : process.tasks.poll();
        if (task != null) {
          task.run();
        } else if (!moved && !process.called.isEmpty()) {
          effects++;
          process.called.remove(0).promise().complete(Tool.Reply.ok("done"));
        } else if (!moved && !process.asked.isEmpty()) {
          calls++;
          turn = process.entries(EntryData.ModelReply.class).size();
          List<Message.ToolRequest> wants = turn < 3
              ? List.of(new Message.ToolRequest(
                  "c", turn == 1 ? "context_get" : "put", turn == 1 ? "{\"key\":\"a\"}" : "{}"))
              : List.of();
          process
              .asked
              .remove(0)
              .promise()
              .complete(new ChatClient.ChatReply(
                  new Message.Assistant(turn < 3 ? "" : "done", wants), process.usage));
        }
        steps++;
        if (steps == cut) {
          process.restart(false);
        }
        assertTrue(steps < 200, "stuck");
      }
      process.flush();
      // An effect that is repeated under its key is one effect.
      assertTrue(used(process, BudgetLimit.TOOL_CALLS_DAY) >= 3 && effects >= 2, "tools at " + cut);
      assertTrue(used(process, BudgetLimit.TOKENS_DAY) >= 10L * calls, "tokens at " + cut);
      assertTrue(process.entries(BudgetEntry.ModelCall.class).size() >= calls, "turns at " + cut);
      assertEquals(1, used(process, BudgetLimit.RUNS_DAY), "runs at " + cut);
    }
  }

  @Test
  void theCountsAreThoseOfTheJournal() {
    HandProcess process = with("{max_tool_calls_per_day: 9, max_tokens_per_day: 1000}");
    process.most = new Message.Usage(60, 20);
    offer(process, "x");
    acts(process, "put");
    Map<String, Object> before = process.image().governance().toValues();
    assertEquals(true, process.answer(process.past().replay()).get("equal"));
    process.reboot(true);

    assertEquals(before, process.image().governance().toValues());
    assertEquals(
        8L,
        ((Number) Objects.requireNonNull(BudgetView.remaining(
                    purse(process),
                    process.image().config().governance().budget(),
                    process.timers.now())
                .get("tool_calls_day")))
            .longValue());
  }
}
