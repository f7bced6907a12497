package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.acts;
import static dev.agentruntime.process.BudgetWorld.config;
import static dev.agentruntime.process.BudgetWorld.notes;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.used;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a budget has under way, and owes, when its node was killed in between. */
final class BudgetAfterCrashTest {

  private HandProcess process = HandProcess.running();

  private void begins(String budget) {
    process = HandProcess.running(config(budget, 2));
    process.most = new Message.Usage(60, 0);
    process.usage = new Message.Usage(10, 0);
  }

  private void crash() {
    process.restart(false);
    process.flush();
  }

  // --- Runs that go on know of each other

  @Test
  void whoWaitsForAnotherRunGoesOn() {
    begins("{max_tokens_per_day: 200}");
    offer(process, "a");
    offer(process, "b");
    assertEquals(2, process.asked.size());
    crash();
    assertEquals(1, process.asked.size(), "of four questions three have room");
    process.say("done");
    assertEquals(1, process.asked.size());
    process.say("done");
    assertEquals(Map.of(), process.image().runs());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pause", "stop"})
  void whoComesWaitsForWhatMayComeBack(String then) {
    begins("{max_tokens_per_day: 150, on_exceeded: " + then + "}");
    offer(process, "a");
    crash();
    assertEquals(1, process.asked.size());
    offer(process, "b");
    assertTrue(Lifecycle.runs(process.state()), () -> process.state().toString());
    assertEquals(List.of(), notes(process));
    process.say("done");
    assertEquals(1, process.asked.size());
  }

  @Test
  void anOutageGivesBackWhatWasReservedAfterwards() {
    begins("{max_tokens_per_day: 1000}");
    offer(process, "a");
    crash();
    assertEquals(120, used(process, BudgetLimit.TOKENS_DAY));
    process.breakModel();
    assertEquals(60, used(process, BudgetLimit.TOKENS_DAY), "the call that was cut off stays");
  }

  // --- Who was told to go on goes on

  @Test
  void whatWasGrantedLetsItGoOn() {
    heldByItsRuns();
    Future<?> granted = process
        .kernel()
        .oversee(all -> all.budget().grant(Map.of(BudgetLimit.RUNS_DAY, 2L), "ops"));
    assertTrue(process.drain());
    assertTrue(granted.succeeded());
    assertEquals(ProcessState.SUSPENDED, process.state());
    crash();
    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }

  @Test
  void anotherBudgetLetsItGoOn() {
    heldByItsRuns();
    deployed("{max_runs_per_day: 5}");
    crash();
    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }

  @Test
  void theSameBudgetDoesNot() {
    heldByItsRuns();
    deployed("{max_runs_per_day: 1}");
    crash();
    BudgetWorld.assertHeld(process);
  }

  private void heldByItsRuns() {
    process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");
    BudgetWorld.assertHeld(process);
  }

  /** Durable, and nothing has come of it. */
  private void deployed(String budget) {
    Manifest manifest = ManifestReader.of(config(budget, 1));
    Future<Void> written = process
        .kernel()
        .deployed(() -> new DeployEntry.ProcessDeployed(
            manifest.resolved(), manifest.digest(), 2, "code", null));
    assertTrue(process.drain());
    assertTrue(written.succeeded());
    assertEquals(ProcessState.SUSPENDED, process.state());
  }

  // --- What is near

  @Test
  void aWarningIsSaid() {
    process = with("{max_tool_calls_per_day: 5}");
    offer(process, "a");
    for (int i = 0; i < 3; i++) {
      acts(process, "put");
    }
    process
        .asked
        .remove(0)
        .promise()
        .complete(new ChatClient.ChatReply(
            new Message.Assistant("", List.of(new Message.ToolRequest("c", "put", "{}"))),
            process.usage));
    while (process.entries(EntryData.ToolCall.class).size() < 4) {
      if (!process.drain()) {
        process.tasks.remove().run();
      }
    }
    assertEquals(List.of(), notes(process));
    crash();
    assertEquals(List.of("warning tool_calls_day"), notes(process));
    crash();
    assertEquals(List.of("warning tool_calls_day"), notes(process), "once a day");
  }

  // --- Without a crash

  /** A stop because of the budget comes also when the same run was one failure too many. */
  @Test
  void aStopComesAfterARestartByPolicyToo() {
    process = HandProcess.running(new ProcessConfig(
            HandProcess.ID.name(),
            "echo",
            null,
            "Do it.",
            List.of(new TriggerConfig.Cron("daily", "0 0 * * *", "UTC")),
            Map.of(),
            ProcessConfig.Context.DEFAULT,
            ProcessConfig.Level.CHECKPOINT,
            new ProcessConfig.Run(
                1,
                Duration.ZERO,
                Duration.ZERO,
                1,
                50,
                20_000,
                64L << 20,
                Duration.ofSeconds(10),
                true),
            ProcessConfig.Delivery.DEFAULT,
            new ProcessConfig.Restarts(
                ProcessConfig.Restarts.Policy.ON_FAILURE,
                5,
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ZERO),
            Map.of())
        .withGovernance(
            config("{max_llm_turns_per_run: 1, on_exceeded: stop}", 1).governance()));
    offer(process, "go");
    acts(process, "put");
    assertEquals(ProcessState.FAILED, process.state());
    process.pass(Duration.ofSeconds(61));
    process.flush();
    assertEquals(ProcessState.STOPPED, process.state());
  }

  /** The budget went and came back while a model was asked. */
  @Test
  void aReplyGivesBackItsOwnReserveOnly() {
    process = with("{max_tokens_per_day: 1000}");
    process.most = new Message.Usage(100, 0);
    process.usage = new Message.Usage(90, 0);
    offer(process, "a");
    process.deploy(HandProcess.config(HandProcess.run(1, Duration.ZERO, Duration.ZERO)));
    process.want("put", "{}");
    process.deploy(config("{max_tool_calls_per_day: 100}", 1));
    process.called.remove(0).promise().complete(Tool.Reply.ok("done"));
    process.flush();
    process.say("done");
    process.deploy(config("{max_tokens_per_day: 1000}", 1));
    assertEquals(190, used(process, BudgetLimit.TOKENS_DAY), "the first in full, and the second");
  }
}
