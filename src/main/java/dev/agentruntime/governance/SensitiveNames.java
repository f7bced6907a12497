package dev.agentruntime.governance;

import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Masks the values of members that are called like something nobody should read. Pure. */
public final class SensitiveNames {

  public static final String MASK = "[masked]";

  private static final Pattern SENSITIVE = Pattern.compile(
      "pass(word|wd|phrase)|secret|token|api[_-]?key|private[_-]?key|authori[sz]ation|credential"
          + "|cookie|\\bpin\\b|cvv|cvc|card[_-]?number|\\biban\\b",
      Pattern.CASE_INSENSITIVE);

  private SensitiveNames() {}

  /** The same value when nothing in it is called so. */
  public static Json masked(Json value) {
    Object given = value.value();
    Object shown = masked(given);
    return shown == given ? value : Json.of(shown);
  }

  private static @Nullable Object masked(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      boolean same = true;
      for (Map.Entry<?, ?> each : map.entrySet()) {
        String name = String.valueOf(each.getKey());
        Object shown = SENSITIVE.matcher(name).find() ? MASK : masked(each.getValue());
        same = same && shown == each.getValue();
        all.put(name, shown);
      }
      return same ? value : all;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> all = new ArrayList<>();
      list.forEach(each -> all.add(masked(each)));
      boolean same = true;
      for (int i = 0; i < all.size(); i++) {
        same = same && all.get(i) == list.get(i);
      }
      return same ? value : all;
    }
    return value;
  }
}
