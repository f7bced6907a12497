package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry.BudgetCharge;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry.RewindMode;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.tool.OfferedTools;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void anAnswerToAForkThatWasLostStaysCharged() {
    HandProcess process = looked(BudgetWorld.with("{max_tokens_per_day: 250}"));
    long before = tokens(process);
    process.most = new Message.Usage(60, 40);
    Fork fork = begun(fork(process, false));
    process.asked.get(0).request().spending().lost();
    Future<Void> again = process.asked.get(0).request().spending().again();
    process.flush();
    assertTrue(again.succeeded());
    assertEquals(before + 200, tokens(process), "reserved for once more");
    process.asked.get(0).request().spending().lost();
    Future<Void> tooMuch = process.asked.get(0).request().spending().again();
    process.flush();
    assertTrue(tooMuch.failed());
    process.say("otherwise");
    assertTrue(fork.ended().succeeded());
    assertEquals(before + 105, tokens(process));
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
    long before = tokens(process);
    long at = process.sequence(EntryData.InvocationStart.class, 1);
    Future<Fork> fork = process.past().fork(new ForkOrder(at, null, null, null, false, Map.of()));
    begun(fork).cancel();
    process.flush();
    assertEquals(0, process.asked.size());
    assertEquals(before, tokens(process), "who is not asked costs nothing");
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

  private static List<String> uses(HandProcess process) {
    return process.entries(SecretAccess.class).stream()
        .filter(access -> !access.action().equals("loaded"))
        .map(access ->
            access.action() + " " + access.secret() + " " + access.by() + " in " + access.run())
        .toList();
  }

  @Test
  void whoUsesASecretInAForkIsInTheJournalOfTheProcess() {
    SecretWorld world = new SecretWorld(null, "");
    HandProcess process = looked(world.hand);
    Fork fork = begun(fork(process, true));
    String name = fork.name().value();
    process.want("get_secret", "{\"name\":\"LOGIN\"}");
    process.want("get_secret", "{\"name\":\"OTHER\"}");
    process.want("put", SecretWorld.HANDLE);
    assertEquals(List.of(), process.called, "it would change something");
    process.want("look", SecretWorld.HANDLE);
    assertEquals(SecretWorld.FIRST, SecretWorld.given(process.called.get(0)));
    assertEquals(
        List.of(
            "read LOGIN get_secret in " + name,
            "denied OTHER get_secret in " + name,
            "used LOGIN look in " + name),
        uses(process));
    process.called.remove(0).promise().complete(Tool.Reply.ok("seen by " + SecretWorld.FIRST));
    process.flush();
    String told = process.asked.get(0).request().messages().toString();
    assertTrue(told.contains("seen by [secret:LOGIN]"), told);
    process.say("done");
    assertTrue(fork.ended().succeeded());
    assertFalse(fork.show().toString().contains(SecretWorld.FIRST), fork.show()::toString);
    assertEquals(true, process.answer(process.past().replay()).get("equal"));
    world.assertKept();
  }

  @Test
  void aReadInAForkIsGivenNoSecretThatIsNotForItsTool() {
    SecretWorld world = new SecretWorld(null, "");
    world.hand.deploy(ApprovalWorld.config("{\"secrets\":{\"secrets\":{\"LOGIN\":"
        + "{\"value\":\"${LOGIN}\",\"tools\":[\"put\"]}}}}"));
    HandProcess process = looked(world.hand);
    Fork fork = begun(fork(process, true));
    process.want("look", SecretWorld.HANDLE);
    assertEquals(List.of(), process.called, "it was given the secret of another tool");
    assertEquals(List.of("denied LOGIN look in " + fork.name()), uses(process));
    assertTrue(process.asked.get(0).request().messages().toString().contains("is not for"));
    process.say("then not");
    assertTrue(fork.show().toString().contains("refused"), fork.show()::toString);
  }

  @Test
  void aSecretThatEndsBeforeAReadOfAForkIsNotGiven() {
    SecretWorld world = new SecretWorld("60", "");
    HandProcess process = looked(world.hand);
    Fork fork = begun(fork(process, true));
    process
        .asked
        .remove(0)
        .promise()
        .complete(new ChatReply(
            new Message.Assistant(
                "", List.of(new Message.ToolRequest("c", "look", SecretWorld.HANDLE))),
            process.usage));
    assertEquals(List.of(), process.called, "that it is used is not durable");
    process.pass(Duration.ofMinutes(1));
    process.flush();
    assertEquals(List.of(), process.called);
    process.say("then not");
    assertTrue(fork.ended().succeeded());
  }

  @ParameterizedTest
  @CsvSource({"deny,false", "ask,false", "allow,true", "declared,true"})
  void aReadThatMayCarryOutWhatCameFromOutsideIsHeldInAFork(String taint, boolean made) {
    List<Called> called = new ArrayList<>();
    Tool outbound = new Carries(HandTool.of("look", Policy.READ_ONLY, called));
    HandProcess process = looked(HandProcess.running(
        ApprovalWorld.config("{\"taint\":\"" + taint + "\"}"),
        deps -> new ProcessDeps(
            deps.journal(),
            deps.timers(),
            deps.ids(),
            deps.models(),
            deps.triggers(),
            new OfferedTools(List.of(outbound)),
            deps.bus(),
            deps.memories(),
            deps.outbound(),
            deps.surroundings(),
            deps.servers())));
    Fork fork = begun(fork(process, true));
    process.want("look", "{}");
    assertEquals(made ? 1 : 0, called.size());
    fork.cancel();
  }

  /** A tool that takes what it is given to somebody else. */
  private record Carries(Tool tool) implements Tool {
    @Override
    public ToolDefinition definition() {
      return tool.definition();
    }

    @Override
    public boolean isOutbound() {
      return true;
    }

    @Override
    public Future<Reply> call(Call call) {
      return tool.call(call);
    }
  }
}
