package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.hook.HookBlocked;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.OfferedTools;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A probe is a call of a tool: who guards calls is asked about it, and nobody is waited for. */
final class ProbeRulesTest extends HookWorld {

  private static final String PROBED = "\"tools\":{\"charge\":{\"probe\":\"look\"}}";

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

  private static List<String> tools(List<Called> called) {
    return called.stream().map(Called::tool).toList();
  }

  private static void calls(HandProcess hand) {
    Future<?> taken = hand.offer("go");
    hand.flush();
    assertTrue(taken.succeeded(), () -> "" + taken.cause());
    hand.want("charge", "{}");
  }

  private static void breaks(HandProcess hand, List<Called> called) {
    called.remove(0).promise().fail(new RuntimeFault(ErrorCode.UNREACHABLE, "broke"));
    hand.flush();
  }

  private static void isForAPerson(HandProcess hand, List<Called> called) {
    for (int i = 0; i < 4; i++) {
      hand.pass(Duration.ofSeconds(8));
      hand.flush();
    }
    assertEquals(List.of(), tools(called));
    assertTrue(hand.onlyRun().isInDoubt());
    assertEquals(ProcessState.AWAITING, hand.state());
  }

  @Test
  void aHookThatBlocksItLeavesTheCallInDoubt() {
    List<Object> about = new ArrayList<>();
    on(HookEvent.PERMISSION_REQUEST, call -> {
      about.add(call.data().get("tool") + " " + call.data().get("probe"));
      if ("look".equals(call.data().get("tool"))) {
        throw new HookBlocked("never look");
      }
    });
    start(ApprovalWorld.config("{" + PROBED + "}"));
    calls(hand);
    breaks(hand, hand.called);
    isForAPerson(hand, hand.called);
    assertEquals(List.of("charge null", "look true"), about);
  }

  @Test
  void itWaitsForAHookAndIsCalledWhenThatLetsIt() {
    on(HookEvent.PERMISSION_REQUEST, call -> {});
    start(ApprovalWorld.config("{" + PROBED + "}"));
    calls(hand);
    held = true;
    breaks(hand, hand.called);
    assertEquals(List.of(), tools(hand.called));
    letHooksGo();
    assertEquals(List.of("look"), tools(hand.called));
    hand.called.remove(0).promise().complete(Tool.Reply.ok("{\"outcome\":\"landed\"}"));
    hand.flush();
    assertFalse(hand.onlyRun().isInDoubt());
  }

  @ParameterizedTest
  @CsvSource({"deny,false", "ask,false", "allow,true"})
  void itCarriesNothingOutOfATaintedRun(String taint, boolean made) {
    List<Called> called = new ArrayList<>();
    List<Tool> tools = List.of(
        HandTool.of("charge", Policy.IRREVERSIBLE, called),
        new Carries(HandTool.of("look", Policy.READ_ONLY, called)));
    String open = "{\"taint\":\"allow\"," + PROBED + "}";
    HandProcess process = HandProcess.running(
        ApprovalWorld.config(open),
        deps -> new ProcessDeps(
            deps.journal(),
            deps.timers(),
            deps.ids(),
            deps.models(),
            deps.triggers(),
            new OfferedTools(tools),
            deps.bus(),
            deps.memories(),
            deps.outbound(),
            deps.surroundings(),
            deps.servers()));
    calls(process);
    process.deploy(ApprovalWorld.config(open.replace("allow", taint)));
    breaks(process, called);
    if (made) {
      assertEquals(List.of("look"), tools(called));
    } else {
      isForAPerson(process, called);
    }
  }

  @Test
  void nobodyIsAskedToApproveIt() {
    String keys = "{\"approval\":{\"tools\":[\"look\"],\"tainted\":false}," + PROBED + "}";
    HandProcess process = HandProcess.running(ApprovalWorld.config(keys));
    calls(process);
    breaks(process, process.called);
    isForAPerson(process, process.called);
    assertEquals(List.of(), process.entries(ApprovalRequest.class));
  }
}
