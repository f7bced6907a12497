package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.tool.GrantTool;
import dev.agentruntime.tool.OfferedTools;
import dev.agentruntime.tool.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody else's tool has a name by which taint knows one of the runtime's own. */
class OwnNamesTest {

  private static Tool named(String name) {
    return HandTool.of(name, Policy.IRREVERSIBLE, new ArrayList<>());
  }

  private static UnaryOperator<ProcessDeps> with(Tool tool) {
    return deps -> new ProcessDeps(
        deps.journal(),
        deps.timers(),
        deps.ids(),
        deps.models(),
        deps.triggers(),
        new OfferedTools(List.of(tool)),
        deps.bus(),
        deps.memories(),
        deps.outbound(),
        deps.surroundings(),
        deps.servers());
  }

  private static void isRefused(ProcessConfig config, UnaryOperator<ProcessDeps> around) {
    Throwable cause = assertThrows(Throwable.class, () -> {
      HandProcess unused = HandProcess.running(config, around);
    });
    while (!(cause instanceof RuntimeFault)) {
      cause = Objects.requireNonNull(cause.getCause());
    }
    assertEquals(ErrorCode.START_FAILED, ((RuntimeFault) cause).code());
    assertTrue(String.valueOf(cause.getMessage()).contains("tool \"memory_store\""));
  }

  @Test
  void withAToolInJavaOfSuchANameNothingStarts() {
    isRefused(ApprovalWorld.config("{\"taint\":\"ask\"}"), with(named("memory_store")));
  }

  @Test
  void norWithAnHttpToolOfAManifestThatWasReadBefore() {
    String tool = "{\"description\":\"d\",\"url\":\"https://h.example.com/\"}";
    isRefused(
        ApprovalWorld.config("{\"http_tools\":{\"memory_store\":" + tool + "}}"), deps -> deps);
  }

  @ParameterizedTest
  @ValueSource(strings = {"get_secret", "memory_forget", "memory_search", "memory_store"})
  void norDoesAVerticleBringOne(String name) {
    OfferedTools offered = new OfferedTools(List.of());
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> offered.check("owner", List.of(named(name))));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
  }

  @Test
  void theNamesAreThoseOfTheTools() {
    assertTrue(ToolDefinition.OURS.containsAll(List.of(OpenRun.ASK, GrantTool.NAME)));
  }
}
