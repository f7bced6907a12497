package dev.agentruntime.crash;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads parsed JSON of a form that must be so. */
final class Answers {

  private Answers() {}

  static String text(Map<String, ?> object, String key) {
    return String.valueOf(Objects.requireNonNull(object.get(key), key));
  }

  static long number(Map<String, ?> object, String key) {
    return (Long) Objects.requireNonNull(object.get(key), key);
  }

  /** The objects in a list; none when the key is absent. */
  static List<Map<String, Object>> objects(Map<String, ?> object, String key) {
    List<Map<String, Object>> found = new ArrayList<>();
    for (Object item : list(object.get(key))) {
      Map<String, Object> copy = new LinkedHashMap<>();
      ((Map<?, ?>) item).forEach((name, value) -> {
        if (value != null) {
          copy.put(String.valueOf(name), value);
        }
      });
      found.add(copy);
    }
    return found;
  }

  static List<?> list(@Nullable Object value) {
    return value == null ? List.of() : (List<?>) value;
  }
}
