package dev.agentruntime.replay;

import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the forms of two images part. Pure. */
final class ImageDifferences {

  /** Places that are named. */
  static final int SHOWN_MAX = 20;

  private static final int TEXT_MAX = 300;

  private final List<Object> found = new ArrayList<>();

  private ImageDifferences() {}

  /** {@code [{"at":"context.last_push","live":"...","replayed":"..."}]}. */
  static List<Object> between(Json live, Json replayed) {
    ImageDifferences differences = new ImageDifferences();
    differences.compare("", live.value(), replayed.value());
    return differences.found;
  }

  private void compare(String at, @Nullable Object live, @Nullable Object replayed) {
    if (found.size() >= SHOWN_MAX || Json.of(live).equals(Json.of(replayed))) {
      return;
    }
    if (live instanceof Map<?, ?> here && replayed instanceof Map<?, ?> there) {
      Set<Object> keys = new LinkedHashSet<>(here.keySet());
      keys.addAll(there.keySet());
      int before = found.size();
      keys.forEach(key -> compare(
          at.isEmpty() ? String.valueOf(key) : at + "." + key, here.get(key), there.get(key)));
      if (found.size() > before) {
        return;
      }
      // The same members in another order.
    } else if (live instanceof List<?> here && replayed instanceof List<?> there) {
      for (int i = 0; i < Math.max(here.size(), there.size()); i++) {
        compare(
            at + "[" + i + "]",
            i < here.size() ? here.get(i) : null,
            i < there.size() ? there.get(i) : null);
      }
      return;
    }
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("at", at);
    one.put("live", cut(live));
    one.put("replayed", cut(replayed));
    found.add(one);
  }

  private static String cut(@Nullable Object value) {
    String text = value instanceof String said ? said : Json.of(value).toString();
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
  }
}
