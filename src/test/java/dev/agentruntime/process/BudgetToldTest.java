package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.acts;
import static dev.agentruntime.process.BudgetWorld.config;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.replay.ForkOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model is told what its run had left when it began, and the same as often as it is asked. */
final class BudgetToldTest {

  /** What the next question says of the budget, empty when nothing. */
  private static String told(HandProcess process) {
    String title = "[" + Purse.BLOCK + "]\n";
    return process.asked.get(0).request().messages().stream()
        .filter(Message.SystemText.class::isInstance)
        .map(each -> ((Message.SystemText) each).text())
        .filter(text -> text.startsWith(title))
        .map(text -> text.substring(title.length()))
        .reduce("", String::concat);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{max_tool_calls_per_run: 5, max_runs_per_day: 3, max_cost_per_day: 2.5}"
            + " | tool_calls_run: 5, runs_day: 2, cost_day: 2.5",
        "{max_money_per_day: 0.000000001, max_tokens_per_run: 7}"
            + " | tokens_run: 7, money_day: 0.000000001",
        "{max_runs_per_day: 3, inject_remaining: false} | ''",
        "{max_runs_per_day: 3, enabled: false} | ''",
        "{on_exceeded: stop} | ''"
      })
  void saysWhatIsLeft(String budget, String left) {
    HandProcess process = with(budget);
    process.most = Message.Usage.NONE;
    offer(process, "x");
    assertEquals(left, told(process));
  }

  @Test
  void saysLessWhenMoreIsUsed() {
    HandProcess process = with("{max_tool_calls_per_day: 5, max_runs_per_day: 3}");
    offer(process, "x");
    acts(process, "put");
    process.say("done");
    offer(process, "y");
    assertEquals("tool_calls_day: 4, runs_day: 1", told(process));
  }

  @Test
  void aNewDayHasAllOfItAgain() {
    HandProcess process = with("{max_runs_per_day: 3}");
    offer(process, "x");
    process.say("done");
    process.pass(Duration.ofHours(24));
    offer(process, "y");
    assertEquals("runs_day: 2", told(process));
  }

  /** What was used in between, or declared anew, is not what its run began with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{max_tool_calls_per_day: 9}",
        "{max_tool_calls_per_day: 5, inject_remaining: false}",
        "{max_tool_calls_per_day: 5, enabled: false}"
      })
  void saysTheSameAfterACallACrashAndAnotherManifest(String after) {
    HandProcess process = with("{max_tool_calls_per_day: 5}");
    offer(process, "x");
    acts(process, "put");
    assertEquals("tool_calls_day: 5", told(process));
    process.restart(false);
    process.flush();
    assertEquals("tool_calls_day: 5", told(process));
    process.deploy(config(after, 1));
    process.restart(false);
    process.flush();
    assertEquals("tool_calls_day: 5", told(process));
    process.say("done");
    assertEquals(1, process.image().settled());
  }

  @Test
  void saysTheSameToARunThatIsDeliveredAgain() {
    HandProcess process = with("{max_tool_calls_per_day: 5}");
    offer(process, "x");
    acts(process, "put");
    process.breakModel();
    assertEquals(1, process.image().settled());
    offer(process, "y");
    acts(process, "put");
    process.say("done");
    InvocationId failed =
        process.entries(EntryData.InvocationResult.class).get(0).invocation();
    OperatorEntry.DeadLetterHandled again = HandProcess.again(List.of(failed.value()), false);
    process.kernel().deadLetters(again).onFailure(cause -> {
      throw new AssertionError(cause);
    });
    process.flush();
    assertEquals("tool_calls_day: 5", told(process));
  }

  @Test
  void saysTheSameToAFork() {
    HandProcess process = with("{max_tool_calls_per_day: 5}");
    offer(process, "x");
    acts(process, "put");
    process.say("done");
    offer(process, "y");
    process.say("done");
    long begun = process.sequence(EntryData.InvocationStart.class, 2);
    assertEquals(
        true,
        process
            .past()
            .fork(new ForkOrder(begun, null, null, null, false, Map.of()))
            .succeeded());
    process.flush();
    assertEquals("tool_calls_day: 4", told(process));
  }
}
