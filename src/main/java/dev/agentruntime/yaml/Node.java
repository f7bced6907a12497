package dev.agentruntime.yaml;

import dev.agentruntime.core.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A piece of YAML or JSON that knows where it was written. */
public sealed interface Node {

  /** Where it begins. */
  Mark mark();

  /** As plain Java values, as {@link Json} has them; NaN and infinities stay {@code Double}. */
  @Nullable
  Object plain();

  /** What it is, for messages. */
  String kind();

  /**
   * A place in a text.
   *
   * @param line from 1, 0 when the text has no lines its author would know (JSON by API, a flag)
   * @param column from 1
   * @param path instead of them: {@code triggers[0].id}
   */
  record Mark(int line, int column, String path) {
    public static Mark at(String path) {
      return new Mark(0, 0, path);
    }

    /** For messages that name a second place. */
    public String shown() {
      return line == 0 ? path : "line " + line;
    }
  }

  /**
   * A single value.
   *
   * @param value {@code String, Long, BigInteger, BigDecimal, Double} (only .nan and .inf), {@code
   *     Boolean} or null
   * @param text as written
   */
  record Scalar(Mark mark, @Nullable Object value, String text) implements Node {
    @Override
    public @Nullable Object plain() {
      return value;
    }

    @Override
    public String kind() {
      if (value == null) {
        return "nothing";
      }
      if (value instanceof Boolean || value instanceof Number) {
        return text;
      }
      return Json.quote(text.length() <= 80 ? text : text.substring(0, 77) + "...");
    }
  }

  /** A list. */
  record Sequence(Mark mark, List<Node> items) implements Node {
    @Override
    public Object plain() {
      List<@Nullable Object> plain = new ArrayList<>(items.size());
      items.forEach(item -> plain.add(item.plain()));
      return plain;
    }

    @Override
    public String kind() {
      return "a list";
    }
  }

  /** Keys with values, in the order written. */
  record Mapping(Mark mark, Map<String, Member> members) implements Node {
    /** Keeps an unmodifiable copy. */
    public Mapping {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    @Override
    public Object plain() {
      Map<String, @Nullable Object> plain = new LinkedHashMap<>();
      members.forEach((key, member) -> plain.put(key, member.value().plain()));
      return plain;
    }

    @Override
    public String kind() {
      return "a map";
    }
  }

  /** A value together with the place of its key. */
  record Member(Mark mark, Node value) {}

  /** Plain Java values as nodes whose places are paths. */
  static Node of(@Nullable Object plain, String path) {
    Mark mark = Mark.at(path);
    if (plain instanceof Map<?, ?> map) {
      Map<String, Member> members = new LinkedHashMap<>();
      map.forEach((key, value) -> {
        String at = path.isEmpty() ? key.toString() : path + "." + key;
        members.put(key.toString(), new Member(Mark.at(at), of(value, at)));
      });
      return new Mapping(mark, members);
    }
    if (plain instanceof List<?> list) {
      List<Node> items = new ArrayList<>(list.size());
      for (Object item : list) {
        items.add(of(item, path + "[" + items.size() + "]"));
      }
      return new Sequence(mark, items);
    }
    Object value = plain instanceof Integer number ? (Object) number.longValue() : plain;
    value = value instanceof Double real ? (Object) BigDecimal.valueOf(real) : value;
    return new Scalar(mark, value, String.valueOf(value));
  }
}
