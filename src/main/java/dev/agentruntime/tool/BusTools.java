package dev.agentruntime.tool;

import dev.agentruntime.bus.Emissions;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tools with which an agent speaks to others: {@code emit_event, publish_message}. They answer
 * with what they would say; it is said when the run commits, or never. Stateless; safe on every
 * thread.
 */
public final class BusTools {

  private static final String SAID = "\"said\":\"when this run ends well\"";

  private BusTools() {}

  /** All of them. */
  public static List<Tool> all() {
    return List.of(
        new BuiltinTools.OwnState(
            "emit_event",
            "Tells every agent that listens for this type of event. It is told once this run ended"
                + " well.",
            BuiltinTools.schema(
                "\"event_type\":{\"type\":\"string\",\"description\":\"segments with dots"
                    + " between, as in build.failed\"},"
                    + "\"data\":{\"description\":\"any JSON value\"}",
                "\"event_type\""),
            BusTools::emit),
        new BuiltinTools.OwnState(
            "publish_message",
            "Sends a message to whoever reads this topic. It is sent once this run ended well.",
            BuiltinTools.schema(
                "\"topic\":{\"type\":\"string\",\"description\":\"segments with dots between, as"
                    + " in orders.new\"},"
                    + "\"content\":{\"description\":\"any JSON value\"},"
                    + "\"priority\":{\"type\":\"integer\",\"description\":\"-100 to 100, higher is"
                    + " read earlier; 0 is usual\"},"
                    + "\"ttl_seconds\":{\"type\":\"integer\",\"description\":\"not read after so"
                    + " long\"},"
                    + "\"ordering_key\":{\"type\":\"string\",\"description\":\"messages of one key"
                    + " are read one after the other\"}",
                "\"topic\",\"content\""),
            BusTools::publish));
  }

  private static Tool.Reply emit(Tool.Call call) {
    Map<String, @Nullable Object> arguments = call.arguments().object();
    return said(Emissions.event(
        String.valueOf(arguments.get("event_type")), Json.of(arguments.get("data"))));
  }

  private static Tool.Reply publish(Tool.Call call) {
    Map<String, @Nullable Object> arguments = call.arguments().object();
    return said(Emissions.message(
        String.valueOf(arguments.get("topic")),
        Json.of(arguments.get("content")),
        Emissions.options(
            whole(arguments, "priority"),
            whole(arguments, "ttl_seconds"),
            arguments.get("ordering_key") instanceof String key ? key : null)));
  }

  private static Tool.Reply said(Emission emission) {
    return new Tool.Reply("{" + SAID + "}", false, List.of(), List.of(emission));
  }

  private static @Nullable Long whole(Map<String, @Nullable Object> arguments, String name) {
    Object value = arguments.get(name);
    if (value == null) {
      return null;
    }
    try {
      return new BigDecimal(value.toString()).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST, name + ", expected=a whole number, actual=" + value);
    }
  }
}
