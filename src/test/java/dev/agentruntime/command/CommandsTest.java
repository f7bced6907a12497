package dev.agentruntime.command;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.console.Console;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class CommandsTest {

  @Test
  void aStatusGivesEachWarningALine() {
    StringWriter out = new StringWriter();
    Console console = new Console(new PrintWriter(out), new PrintWriter(new StringWriter()), false);
    ReadCommands.Status.show(
        console, Json.parse("{\"node\":\"n\",\"warnings\":[\"a: b\",\"c\\n\"]}").object());
    assertEquals("node: n\nwarning: a: b\nwarning: c\\n\n", out.toString());
  }

  @Test
  void whatFailedAgainAtOnceDidNotStart() {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> MoveCommands.Move.requireUp("clerk", "failed"));
    assertEquals("clerk failed again; status clerk says why", fault.failure().message());
    assertDoesNotThrow(() -> MoveCommands.Move.requireUp("clerk", "awaiting"));
  }
}
