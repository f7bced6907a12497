package dev.agentruntime.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeCommandTest {

  @Test
  void aNodeIsLookedForWhereItsEnvironmentPutsIt() {
    assertEquals("http://127.0.0.1:9100", NodeCommand.usual(Map.of()).toString());
    assertEquals(
        "http://[::1]:9300",
        NodeCommand.usual(
                Map.of("AGENTRUNTIME_CONTROL_HOST", "::1", "AGENTRUNTIME_CONTROL_PORT", "9300"))
            .toString());
    for (String port : List.of("0", "http", "70000", "")) {
      RuntimeFault fault = assertThrows(
          RuntimeFault.class, () -> NodeCommand.usual(Map.of("AGENTRUNTIME_CONTROL_PORT", port)));
      assertTrue(
          fault.failure().message().contains("AGENTRUNTIME_CONTROL_PORT"),
          () -> fault.failure().message());
    }
  }
}
