package dev.agentruntime.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Emissions;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ToolDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BusToolsTest {

  private static Tool.Reply call(String tool, String arguments) {
    Tool found = Toolbox.of(BusTools.all()).find(tool);
    if (found == null) {
      throw new AssertionError(tool);
    }
    return found
        .call(new Tool.Call(
            new ProcessName("p"),
            new InvocationId("RUN"),
            "RUN-1",
            Json.parse(arguments),
            AgentContext.EMPTY,
            new CancelSignal()))
        .result();
  }

  @Test
  void answersWithWhatItWouldSay() {
    Tool.Reply event = call("emit_event", "{\"event_type\":\"build.failed\",\"data\":{\"n\":1}}");
    Tool.Reply message = call(
        "publish_message",
        "{\"topic\":\"a.b\",\"content\":null,\"priority\":-100,\"ttl_seconds\":60,"
            + "\"ordering_key\":\"k\"}");

    assertFalse(event.error());
    assertEquals(
        List.of(Emissions.event("build.failed", Json.of(Map.of("n", 1)))), event.emissions());
    assertEquals(
        List.of(new Emission(
            Emission.Kind.MESSAGE,
            "a.b",
            Json.NULL,
            new Emission.Options(-100, Duration.ofMinutes(1), "k"))),
        message.emissions());
    assertTrue(BusTools.all().stream()
        .allMatch(tool -> tool.definition().policy() == ToolDefinition.Policy.OWN_STATE));
  }

  /** Bad input 106. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "emit_event|{}|event_type",
        "emit_event|{\"event_type\":\"#\"}|event_type",
        "emit_event|{\"event_type\":\"a.*\"}|event_type",
        "emit_event|{\"event_type\":\"..\"}|event_type",
        "emit_event|{\"event_type\":null}|event_type",
        "emit_event|{\"event_type\":\"a\",\"extra\":1}|extra",
        "publish_message|{\"topic\":\"a\"}|content",
        "publish_message|{\"topic\":\"a.**\",\"content\":1}|topic",
        "publish_message|{\"topic\":\"a\",\"content\":1,\"priority\":101}|priority",
        "publish_message|{\"topic\":\"a\",\"content\":1,\"priority\":1.5}|priority",
        "publish_message|{\"topic\":\"a\",\"content\":1,\"priority\":1e30}|priority",
        "publish_message|{\"topic\":\"a\",\"content\":1,\"ttl_seconds\":0}|ttl_seconds",
        "publish_message|{\"topic\":\"a\",\"content\":1,\"ttl_seconds\":604801}|ttl_seconds",
        "publish_message|{\"topic\":\"a\",\"content\":1,\"ordering_key\":\"\"}|ordering_key",
      })
  void refusesInWords(String tool, String arguments, String what) {
    Tool.Reply reply = call(tool, arguments);

    assertTrue(reply.error());
    assertTrue(reply.text().contains(what), reply::text);
    assertEquals(List.of(), reply.emissions());
  }

  @Test
  void refusesWhatIsTooLong() {
    Tool.Reply name =
        call("emit_event", Json.of(Map.of("event_type", "a".repeat(10_000))).toString());
    Tool.Reply data = call(
        "emit_event",
        Json.of(Map.of("event_type", "a", "data", "x".repeat(Emissions.DATA_BYTES_MAX)))
            .toString());

    assertTrue(name.error());
    assertTrue(name.text().length() < 300, name::text);
    assertTrue(data.error());
    assertTrue(data.text().contains("data"), data::text);
  }
}
