package dev.agentruntime.config;

import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What stands for a secret in texts: <code>{{secret:NAME}}</code>. Pure. */
public final class SecretHandles {

  private static final Pattern HANDLE =
      Pattern.compile("\\{\\{ ?secret:([A-Za-z_][A-Za-z0-9_-]{0,63}) ?}}");

  private SecretHandles() {}

  /** The handle of a secret. */
  public static String of(String name) {
    return "{{secret:" + name + "}}";
  }

  /** The secrets that a text names. */
  public static Set<String> in(String text) {
    Set<String> names = new LinkedHashSet<>();
    HANDLE.matcher(text).results().map(handle -> handle.group(1)).forEach(names::add);
    return names;
  }

  /** The text with a value for each handle. */
  public static String fill(String text, UnaryOperator<String> values) {
    return text.contains("secret:")
        ? HANDLE
            .matcher(text)
            .replaceAll(
                (MatchResult handle) -> Matcher.quoteReplacement(values.apply(handle.group(1))))
        : text;
  }

  /** The secrets that {@link #fill(Json, UnaryOperator)} wants the values of, however written. */
  public static Set<String> in(Json json) {
    String written = json.toString();
    if (!written.contains("secret:") && !written.contains("\\u")) {
      return Set.of();
    }
    Set<String> names = new LinkedHashSet<>();
    Object unused = filled(json.value(), name -> {
      names.add(name);
      return "";
    });
    return names;
  }

  /** A JSON value with a value for each handle in its texts; keys stay as they are. */
  public static Json fill(Json json, UnaryOperator<String> values) {
    return in(json).isEmpty() ? json : Json.of(filled(json.value(), values));
  }

  private static @Nullable Object filled(@Nullable Object value, UnaryOperator<String> values) {
    if (value instanceof String text) {
      return fill(text, values);
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> out = new LinkedHashMap<>();
      map.forEach((key, item) -> out.put(String.valueOf(key), filled(item, values)));
      return out;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> out = new ArrayList<>();
      list.forEach(item -> out.add(filled(item, values)));
      return out;
    }
    return value;
  }
}
