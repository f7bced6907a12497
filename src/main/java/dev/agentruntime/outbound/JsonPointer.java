package dev.agentruntime.outbound;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds a part of a JSON value (RFC 6901). Pure. */
final class JsonPointer {

  private JsonPointer() {}

  /** What stands at a place, which may be null. */
  record Found(boolean there, @Nullable Object value) {}

  /**
   * What stands at {@code pointer}.
   *
   * @param value plain Java values
   * @param pointer empty, or {@code /} before each step
   */
  static Found find(@Nullable Object value, String pointer) {
    Object at = value;
    if (!pointer.isEmpty()) {
      for (String step : pointer.substring(1).split("/", -1)) {
        String key = step.replace("~1", "/").replace("~0", "~");
        if (at instanceof Map<?, ?> map && map.containsKey(key)) {
          at = map.get(key);
        } else if (at instanceof List<?> list && key.matches("0|[1-9][0-9]{0,8}")) {
          int index = Integer.parseInt(key);
          if (index >= list.size()) {
            return new Found(false, null);
          }
          at = list.get(index);
        } else {
          return new Found(false, null);
        }
      }
    }
    return new Found(true, at);
  }
}
