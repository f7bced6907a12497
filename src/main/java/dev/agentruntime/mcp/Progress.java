package dev.agentruntime.mcp;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a call is, by what its server says.
 *
 * @param done grows from one to the next
 * @param total what it grows to, null = the server does not know
 * @param message what it is at, null = the server does not say
 */
public record Progress(
    Number done, @Nullable Number total, @Nullable String message) {

  private static final int MESSAGE_MAX = 1_000;

  /** Reads the parameters of a notification; null when they are none. */
  static @Nullable Progress of(Map<?, ?> said) {
    if (!(said.get("progress") instanceof Number done) || !isFinite(done)) {
      return null;
    }
    Number total = said.get("total") instanceof Number all && isFinite(all) ? all : null;
    String message = said.get("message") instanceof String text
        ? text.length() <= MESSAGE_MAX ? text : text.substring(0, MESSAGE_MAX) + "..."
        : null;
    return new Progress(done, total, message);
  }

  private static boolean isFinite(Number number) {
    return Double.isFinite(number.doubleValue());
  }

  /** {@code {"progress","total","message"}}. */
  public Map<String, @Nullable Object> toValues() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("progress", done);
    all.put("total", total);
    all.put("message", message);
    return all;
  }
}
