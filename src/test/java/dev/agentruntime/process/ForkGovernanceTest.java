package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry.BudgetCharge;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry.RewindMode;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What governs a process governs its what-if copies. */
final class ForkGovernanceTest {

  /** One run that looked and is over. */
  private static HandProcess looked(HandProcess process) {
    assertTrue(!process.offer("look").failed());
    process.flush();
    process.say("done");
    assertEquals(1, process.image().settled());
    return process;
  }

  private static Future<Fork> fork(HandProcess process, boolean liveReads) {
    long at = process.sequence(EntryData.InvocationStart.class, 1);
    Future<Fork> fork =
        process.past().fork(new ForkOrder(at, null, null, null, liveReads, Map.of()));
    process.flush();
    return fork;
  }

  private static Fork begun(Future<Fork> fork) {
    assertTrue(fork.succeeded(), () -> String.valueOf(fork.cause()));
    return fork.result();
  }

  private static void done(Future<Void> step, HandProcess process) {
    process.flush();
    assertTrue(step.succeeded(), () -> String.valueOf(step.cause()));
  }

  private static ErrorCode refused(Future<?> command) {
    assertTrue(command.failed(), () -> "not refused: " + command.result());
    return ((RuntimeFault) command.cause()).code();
  }

  // --- The kill switch

  @Test
  void noForkBeginsWhileAllWorkIsEndedAndOneThatRunsEnds() {
    HandProcess process = looked(HandProcess.running());
    Fork running = begun(fork(process, false));
    assertEquals(1, process.asked.size());
    done(process.kernel().kill(), process);
    assertEquals("cancelled", running.show().object().get("state"));
    process.asked.clear();
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> fork(process, false));
    assertEquals(ErrorCode.KILLED, fault.code());
    assertEquals(ErrorCode.KILLED, refused(process.past().rewind(1, RewindMode.BOTH, true)));
    assertEquals(List.of(), process.asked);
    // It asks nobody and changes nothing.
    assertEquals(true, process.answer(process.past().replay()).get("equal"));
    done(process.kernel().revive(process.timers.now()), process);
    Fork after = begun(fork(process, false));
    process.say("again");
    assertTrue(after.ended().succeeded());
  }

  // --- The budget

  private static long tokens(HandProcess process) {
    return process
        .image()
        .governance()
        .budget()
        .used(
            BudgetLimit.TOKENS_DAY,
            null,
            process.timers.now(),
            process.image().config().governance().budget());
  }

  @Test
  void whatAForkAsksItsModelIsChargedToTheDay() {
    HandProcess process = looked(BudgetWorld.with("{max_tokens_per_day: 1000}"));
    long before = tokens(process);
    process.most = new Message.Usage(60, 40);
    Fork fork = begun(fork(process, false));
    assertEquals(before + 100, tokens(process), "reserved before it is asked");
    assertEquals(1, process.asked.size());
    process.say("otherwise");
    assertTrue(fork.ended().succeeded());
    assertEquals(before + 5, tokens(process), "settled after");
    assertEquals(
        List.of("fork", "fork"),
        process.entries(BudgetCharge.class).stream().map(BudgetCharge::why).toList());
  }

  @Test
  void aForkThatTodayHasNoRoomForAsksNobody() {
    HandProcess process = looked(BudgetWorld.with("{max_tokens_per_day: 1000}"));
    process.most = new Message.Usage(900, 500);
    Fork fork = begun(fork(process, false));
    assertEquals(0, process.asked.size());
    Map<?, ?> failure = (Map<?, ?>) fork.show().object().get("failure");
    assertEquals(
        "BUDGET_EXCEEDED", failure == null ? null : failure.get("code"), fork.show()::toString);
    assertEquals(List.of(), process.entries(BudgetCharge.class));
  }

  @Test
  void aForkThatEndsBeforeItsReserveIsDurableAsksNobody() {
    HandProcess process = looked(BudgetWorld.with("{max_tokens_per_day: 1000}"));
    process.most = new Message.Usage(60, 40);
    long at = process.sequence(EntryData.InvocationStart.class, 1);
    Future<Fork> fork = process.past().fork(new ForkOrder(at, null, null, null, false, Map.of()));
    begun(fork).cancel();
    process.flush();
    assertEquals(0, process.asked.size());
  }

  // --- Approvals

  @Test
  void aReadThatSomebodyHasToApproveIsNotMadeInAFork() {
    HandProcess process =
        looked(HandProcess.running(ApprovalWorld.config("{\"approval\":{\"tools\":[\"look\"]}}")));
    Fork fork = begun(fork(process, true));
    process.want("look", "{}");
    assertEquals(List.of(), process.called);
    assertEquals(1, process.asked.size(), "the model is told");
    process.say("then not");
    assertTrue(fork.ended().succeeded());
    assertEquals(List.of(), process.entries(ApprovalEntry.class));
    assertTrue(Json.of(fork.show()).toString().contains("dry_run"), fork.show()::toString);
  }

  // --- Secrets

  @Test
  void aForkIsToldTheHandleAlsoOfASecretThatIsExposed() {
    SecretWorld world = new SecretWorld("3600,\"expose\":true", "");
    HandProcess process = looked(world.hand);
    Fork fork = begun(fork(process, true));
    process.want("get_secret", "{\"name\":\"LOGIN\"}");
    assertEquals(1, process.asked.size(), "the model is told");
    String told = process.asked.get(0).request().messages().toString();
    assertTrue(told.contains(SecretWorld.HANDLE.replaceAll(".*(\\{\\{.*}}).*", "$1")), told);
    assertFalse(told.contains(SecretWorld.FIRST), "the value is told");
    process.want("get_secret", "{\"name\":\"OTHER\"}");
    String unknown = process.asked.get(0).request().messages().toString();
    assertTrue(unknown.contains("OTHER"), unknown);
    process.say("done");
    assertTrue(fork.ended().succeeded());
    assertFalse(Json.of(fork.show()).toString().contains(SecretWorld.FIRST), fork.show()::toString);
  }
}
