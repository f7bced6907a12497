package dev.agentruntime.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FailpointPlanTest {

  @Test
  void itFailsAtTheNthHitOnly() throws Exception {
    FailpointPlan plan = new FailpointPlan("a.b:io-error@2, c:io-error@2+");
    plan.hit("a.b", 0);
    assertThrows(IOException.class, () -> plan.hit("a.b", 0));
    plan.hit("a.b", 0);
    plan.hit("c", 0);
    assertThrows(IOException.class, () -> plan.hit("c", 0));
    assertThrows(IOException.class, () -> plan.hit("c", 0));
    plan.hit("other", 0);
  }

  @Test
  void aTornWriteIsAlwaysShorter() throws Exception {
    FailpointPlan plan = new FailpointPlan("w:torn=100@1+");
    assertEquals(100, plan.hit("w", 300));
    assertEquals(49, plan.hit("w", 50));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a:",
        "a:stop",
        "a:delay",
        "a:halt@0",
        "a:halt@x",
        "a:halt,",
        ":halt",
        "a:torn=-1",
        "a:halt@1++"
      })
  void anUnknownFormIsNamed(String text) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> new FailpointPlan(text).check());
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().contains("expected=name:action"));
  }

  @Test
  void nothingIsNothing() throws Exception {
    FailpointPlan plan = new FailpointPlan("");
    plan.check();
    assertEquals(7, plan.hit("a", 7));
  }
}
