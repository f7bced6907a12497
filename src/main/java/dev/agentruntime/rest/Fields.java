package dev.agentruntime.rest;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request as an object of known fields; an unknown one is an error, because a
 * misspelt field that is ignored is worse. For one request.
 */
public final class Fields {

  private final Map<String, @Nullable Object> values;

  private Fields(Map<String, @Nullable Object> values) {
    this.values = values;
  }

  /**
   * Reads a body.
   *
   * @param body empty counts as {@code {}}
   * @throws RuntimeFault INVALID_JSON, or UNKNOWN_FIELD
   */
  public static Fields of(byte[] body, String... known) {
    Map<String, @Nullable Object> values = whole(body);
    List<String> names = Arrays.asList(known);
    for (String name : values.keySet()) {
      if (!names.contains(name)) {
        throw new RuntimeFault(
            ErrorCode.UNKNOWN_FIELD,
            "field " + Json.quote(name) + " is unknown, expected="
                + (names.isEmpty() ? "no field" : "one of " + names));
      }
    }
    return new Fields(values);
  }

  /** A body whose fields somebody else checks. */
  public static Map<String, @Nullable Object> whole(byte[] body) {
    Json json = body.length == 0 ? Json.EMPTY : Json.parse(body);
    if (!(json.value() instanceof Map<?, ?>)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_JSON, "body, expected=a JSON object, actual=" + describe(json.value()));
    }
    return json.object();
  }

  /** Whether the field is there, be it null. */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** A text that must be there. */
  public String text(String name) {
    if (require(name) instanceof String text) {
      return text;
    }
    throw wrong(name, "a text");
  }

  /** A text, null when the field is missing or null. */
  public @Nullable String textOrNull(String name) {
    return values.get(name) == null ? null : text(name);
  }

  /** A whole number, null when the field is missing or null. */
  @Nullable
  public Long wholeOrNull(String name) {
    Object value = values.get(name);
    if (value == null || value instanceof Long) {
      return (Long) value;
    }
    throw wrong(name, "a whole number");
  }

  /** A number, null when the field is missing or null. */
  public @Nullable BigDecimal numberOrNull(String name) {
    Object value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return new BigDecimal(number.toString());
    }
    throw wrong(name, "a number");
  }

  /** A list of texts, empty when the field is missing. */
  public List<String> texts(String name, int max) {
    if (!has(name)) {
      return List.of();
    }
    if (!(values.get(name) instanceof List<?> list) || list.size() > max) {
      throw wrong(name, "a list of at most " + max + " texts");
    }
    List<String> texts = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof String text)) {
        throw wrong(name, "a list of texts only");
      }
      texts.add(text);
    }
    return texts;
  }

  /** True or false. */
  public boolean flag(String name, boolean missing) {
    if (!has(name)) {
      return missing;
    }
    if (values.get(name) instanceof Boolean flag) {
      return flag;
    }
    throw wrong(name, "true or false");
  }

  /** Any value, null included; the field must be there. */
  public Json any(String name) {
    return Json.of(require(name));
  }

  /** An object; {@code missing} when the field is not there. */
  public Json objectOr(String name, Json missing) {
    return has(name) ? Json.of(object(name)) : missing;
  }

  /** An object that must be there, its values as plain Java values. */
  @SuppressWarnings("unchecked") // Json makes maps with string keys only
  public Map<String, @Nullable Object> object(String name) {
    if (require(name) instanceof Map<?, ?> map) {
      return (Map<String, @Nullable Object>) map;
    }
    throw wrong(name, "an object");
  }

  private @Nullable Object require(String name) {
    if (!has(name)) {
      throw new RuntimeFault(
          ErrorCode.MISSING_FIELD, "field " + name + " is missing from the body");
    }
    return values.get(name);
  }

  private RuntimeFault wrong(String name, String expected) {
    return new RuntimeFault(
        ErrorCode.INVALID_TYPE,
        "field " + name + ", expected=" + expected + ", actual=" + describe(values.get(name)));
  }

  /** The JSON type of a value, in words. */
  public static String describe(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Map<?, ?>) {
      return "an object";
    }
    if (value instanceof List<?>) {
      return "a list";
    }
    if (value instanceof String) {
      return "a text";
    }
    return value instanceof Boolean ? "true or false" : "a number";
  }
}
