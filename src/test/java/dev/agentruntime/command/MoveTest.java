package dev.agentruntime.command;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.core.RuntimeFault;
import org.junit.jupiter.api.Test;

class MoveTest {

  @Test
  void whatFailedAgainAtOnceDidNotStart() {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> MoveCommands.Move.requireUp("clerk", "failed"));
    assertEquals("clerk failed again; status clerk says why", fault.failure().message());
    assertDoesNotThrow(() -> MoveCommands.Move.requireUp("clerk", "awaiting"));
  }
}
