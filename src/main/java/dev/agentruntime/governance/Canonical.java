package dev.agentruntime.governance;

import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Digests that are equal for equal JSON, however its keys are ordered and spaced. Pure. */
final class Canonical {

  private static final int LENGTH = 16;

  private Canonical() {}

  /** Of a tool call; arguments that are no JSON count as the text they are. */
  static String call(String tool, String arguments) {
    String shown = arguments.isBlank() ? "{}" : arguments;
    try {
      shown = text(Json.parse(shown).value());
    } catch (RuntimeFault notJson) {
      // Compared as it is.
      return digest(tool + "\n" + arguments);
    }
    return digest(tool + "\n" + shown);
  }

  /** Of a value. */
  static String value(@Nullable Object value) {
    return digest(text(value));
  }

  private static String digest(String text) {
    return Hex.sha256(text).substring(0, LENGTH);
  }

  private static String text(@Nullable Object value) {
    return Json.of(sorted(value)).toString();
  }

  private static @Nullable Object sorted(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> sorted = new TreeMap<>();
      map.forEach((key, item) -> sorted.put(String.valueOf(key), sorted(item)));
      return sorted;
    }
    return value instanceof List<?> list ? list.stream().map(Canonical::sorted).toList() : value;
  }
}
