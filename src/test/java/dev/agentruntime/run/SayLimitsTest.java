package dev.agentruntime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.tool.Tool;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a tool of the process itself may not say. */
class SayLimitsTest {

  private static Emission redacted(Emission said) {
    String name = said.name().replace("hunter2", "[secret:S]");
    return new Emission(said.kind(), name, said.data(), said.options());
  }

  private static Tool.Reply says(String name) {
    return new Tool.Reply(
        "said",
        false,
        List.of(),
        List.of(new Emission(Emission.Kind.EVENT, name, Json.EMPTY, Emission.Options.NONE)));
  }

  @Test
  void aNameThatHoldsASecretIsNotSaid() {
    Tool.Reply reply = SayLimits.nameable(says("told.hunter2"), SayLimitsTest::redacted);
    assertTrue(reply.error());
    assertEquals(List.of(), reply.emissions());
    assertEquals(
        "not said: name, expected=one without a secret, actual=\"told.[secret:S]\"", reply.text());
    Tool.Reply clean = says("told.all");
    assertSame(clean, SayLimits.nameable(clean, SayLimitsTest::redacted));
  }
}
