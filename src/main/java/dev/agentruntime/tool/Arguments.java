package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.JsonSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a model wrote as a tool's arguments. Every error is worded for the model, which may
 * try again. Of the schema it holds the outermost level: {@code required}, {@code
 * additionalProperties: false}, and {@code type} and {@code enum} of each property; what lies
 * deeper the tool checks.
 */
public final class Arguments {

  private Arguments() {}

  /**
   * Arguments as a JSON object; an empty text is an object without members.
   *
   * @param schema the tool's parameters
   * @throws RuntimeFault {@link ErrorCode#INVALID_JSON} or {@link ErrorCode#INVALID_REQUEST}
   */
  public static Json parse(String written, Json schema) {
    Json arguments = written.isBlank() ? Json.EMPTY : Json.parse(written);
    check(arguments, schema);
    return arguments;
  }

  /**
   * Arguments that a person wrote in place of a model's, against the whole schema: nobody could
   * tell the person later what the tool makes of them. A schema that cannot be read as such, as one
   * that refers elsewhere, is held as {@link #parse} holds it. The first call of a JVM loads the
   * validator.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_REQUEST}
   */
  public static void checkAll(Json arguments, Json schema) {
    check(arguments, schema);
    JsonSchema whole;
    try {
      whole = JsonSchema.of(schema);
    } catch (RuntimeFault none) {
      return;
    }
    String problem = whole.problem(arguments);
    if (problem != null) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "arguments, " + problem);
    }
  }

  /** Checks arguments as {@link #parse} does. */
  static void check(Json arguments, Json schema) {
    if (!arguments.isObject()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "arguments, expected=a JSON object, actual=" + kind(arguments.value()));
    }
    check(arguments.object(), schema.object());
  }

  private static void check(Map<String, @Nullable Object> arguments, Map<String, ?> schema) {
    Map<?, ?> properties =
        schema.get("properties") instanceof Map<?, ?> declared ? declared : Map.of();
    if (schema.get("required") instanceof List<?> required) {
      for (Object name : required) {
        if (!arguments.containsKey(name)) {
          throw bad(String.valueOf(name), "a value, it is required", "nothing");
        }
      }
    }
    arguments.forEach((name, value) -> {
      if (properties.get(name) instanceof Map<?, ?> property) {
        checkProperty(name, value, property);
      } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))
          && !properties.containsKey(name)) {
        throw bad(name, "one of the arguments " + properties.keySet(), "an unknown argument");
      }
    });
  }

  private static void checkProperty(String name, @Nullable Object value, Map<?, ?> property) {
    Object type = property.get("type");
    List<?> types = type instanceof List<?> several ? several : type == null ? null : List.of(type);
    if (types != null && types.stream().noneMatch(one -> isA(value, one))) {
      throw bad(name, types.size() == 1 ? "type " + types.get(0) : "one of " + types, kind(value));
    }
    if (property.get("enum") instanceof List<?> allowed && !allowed.contains(value)) {
      throw bad(name, "one of " + Json.of(allowed), Json.of(value).toString());
    }
  }

  private static boolean isA(@Nullable Object value, @Nullable Object type) {
    return switch (String.valueOf(type)) {
      case "object" -> value instanceof Map;
      case "array" -> value instanceof List;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "number" -> value instanceof Number;
      case "integer" ->
        value instanceof Long
            || value instanceof BigInteger
            || (value instanceof BigDecimal number
                && number.remainder(BigDecimal.ONE).signum() == 0);
      case "null" -> value == null;
      default -> true;
    };
  }

  private static String kind(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    return value instanceof Map
        ? "an object"
        : value instanceof List
            ? "an array"
            : value instanceof String
                ? "a string"
                : value instanceof Boolean ? "a boolean" : "a number";
  }

  private static RuntimeFault bad(String name, String expected, String actual) {
    String shown = name.length() <= 80 ? name : name.substring(0, 80);
    return new RuntimeFault(
        ErrorCode.INVALID_REQUEST,
        "argument " + Json.quote(shown) + ", expected=" + expected + ", actual=" + actual);
  }
}
