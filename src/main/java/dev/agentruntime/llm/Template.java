package dev.agentruntime.llm;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value of a play with holes like <code>{{payload.head_commit.id}}</code>, to be filled from a
 * trigger event. A text that is one hole and nothing else becomes the value it names, whatever its
 * JSON type; in any other text the value is written out: a string as it is, anything else as JSON.
 * A path that leads nowhere is null, and nothing in a text. What is filled in is never expanded
 * again.
 *
 * @param value plain Java values as {@link Json#value()} gives them
 */
record Template(@Nullable Object value) {

  static final Template EMPTY = new Template("");

  /** Stands for a secret, and is for the tool that is called. */
  private static final String HANDLE = "secret:";

  private static final Pattern HOLE = Pattern.compile("\\{\\{\\s*([^{}\\s]{1,500})\\s*}}");

  /** The paths in the value that lead to nothing this class knows; empty when it can be filled. */
  List<String> unknown() {
    List<String> unknown = new ArrayList<>();
    collect(value, unknown);
    return unknown;
  }

  private static void collect(@Nullable Object value, List<String> unknown) {
    if (value instanceof String text) {
      Matcher hole = HOLE.matcher(text);
      while (hole.find()) {
        if (!known(hole.group(1))) {
          unknown.add(hole.group(1));
        }
      }
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(item -> collect(item, unknown));
    } else if (value instanceof List<?> list) {
      list.forEach(item -> collect(item, unknown));
    }
  }

  private static boolean known(String path) {
    return path.startsWith(HANDLE)
        || path.equals("payload")
        || path.startsWith("payload.")
        || path.equals("event.id")
        || path.equals("event.type")
        || path.equals("event.trigger")
        || path.equals("event.time");
  }

  /** The value with every hole filled. */
  @Nullable
  Object fill(TriggerEvent event) {
    return fill(value, event, event.payload().value());
  }

  /** The value as text; one that is no text is written as JSON. */
  String text(TriggerEvent event) {
    Object filled = fill(event);
    return filled instanceof String text ? text : Json.of(filled).toString();
  }

  private static @Nullable Object fill(
      @Nullable Object value, TriggerEvent event, @Nullable Object payload) {
    if (value instanceof String text) {
      return fillText(text, event, payload);
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> filled = new LinkedHashMap<>();
      map.forEach((key, item) -> filled.put(String.valueOf(key), fill(item, event, payload)));
      return filled;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> filled = new ArrayList<>();
      list.forEach(item -> filled.add(fill(item, event, payload)));
      return filled;
    }
    return value;
  }

  private static @Nullable Object fillText(
      String text, TriggerEvent event, @Nullable Object payload) {
    Matcher hole = HOLE.matcher(text);
    if (hole.matches() && !hole.group(1).startsWith(HANDLE)) {
      return look(hole.group(1), event, payload);
    }
    StringBuilder out = new StringBuilder();
    int from = 0;
    hole.reset();
    while (hole.find()) {
      if (hole.group(1).startsWith(HANDLE)) {
        continue;
      }
      Object found = look(hole.group(1), event, payload);
      out.append(text, from, hole.start());
      if (found instanceof String string) {
        out.append(string);
      } else if (found != null) {
        out.append(Json.of(found));
      }
      from = hole.end();
    }
    return out.append(text, from, text.length()).toString();
  }

  private static @Nullable Object look(String path, TriggerEvent event, @Nullable Object payload) {
    return switch (path) {
      case "event.id" -> event.id();
      case "event.type" -> event.triggerType();
      case "event.trigger" -> event.triggerId();
      case "event.time" -> event.time().toString();
      case "payload" -> payload;
      default -> walk(path, payload);
    };
  }

  private static @Nullable Object walk(String path, @Nullable Object payload) {
    Object at = payload;
    int from = path.indexOf('.') + 1;
    while (at != null && from > 0) {
      int dot = path.indexOf('.', from);
      String step = dot < 0 ? path.substring(from) : path.substring(from, dot);
      at = child(at, step);
      from = dot + 1;
    }
    return at;
  }

  private static @Nullable Object child(Object parent, String step) {
    if (parent instanceof Map<?, ?> map) {
      return map.get(step);
    }
    if (parent instanceof List<?> list && step.matches("[0-9]{1,9}")) {
      int index = Integer.parseInt(step);
      return index < list.size() ? list.get(index) : null;
    }
    return null;
  }
}
