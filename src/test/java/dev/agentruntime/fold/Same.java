package dev.agentruntime.fold;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.Json;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares two images field by field, also what their digest leaves out: a field that an image
 * gets and its format forgets is found here.
 */
public final class Same {

  /** Made anew when it is asked for. */
  private static final Set<String> DERIVED = Set.of("merged");

  private Same() {}

  /** Writes an image, reads it, and compares; answers what was read. */
  @CanIgnoreReturnValue
  public static ProcessImage afterWriting(ProcessImage image) {
    ProcessImage read =
        ImageReader.read(Json.parse(ImageWriter.capture(image).get().bytes()));
    List<String> here = shown(image).lines().toList();
    List<String> there = shown(read).lines().toList();
    for (int i = 0; i < Math.min(here.size(), there.size()); i++) {
      assertEquals(here.get(i), there.get(i));
    }
    assertEquals(here.size(), there.size());
    assertEquals(ImageDigest.of(image), ImageDigest.of(read));
    return read;
  }

  /** All that an image refers to, as text. */
  static String shown(ProcessImage image) {
    List<String> lines = new ArrayList<>();
    show(lines, "image", image, new ArrayDeque<>());
    return String.join("\n", lines);
  }

  private static void show(
      List<String> lines, String path, @Nullable Object value, Deque<Object> above) {
    if (value == null || isPlain(value)) {
      lines.add(path + " = " + value);
      return;
    }
    if (value instanceof long[] amounts) {
      lines.add(path + " = " + Arrays.toString(amounts));
      return;
    }
    if (above.stream().anyMatch(each -> each == value)) {
      lines.add(path + " = above");
      return;
    }
    above.push(value);
    if (value instanceof Map<?, ?> map) {
      lines.add(path + " : " + map.size());
      inOrder(map).forEach((key, each) -> show(lines, path + "[" + key + "]", each, above));
    } else if (value instanceof Collection<?> items) {
      lines.add(path + " : " + items.size());
      int at = 0;
      for (Object each : items) {
        show(lines, path + "[" + at++ + "]", each, above);
      }
    } else {
      fields(value).forEach((name, each) -> show(lines, path + "." + name, each, above));
    }
    above.pop();
  }

  /** The order of a map that has none is left out. */
  private static Map<?, ?> inOrder(Map<?, ?> map) {
    return map.getClass() == HashMap.class ? new TreeMap<>(map) : map;
  }

  /** Values that say all they hold. */
  private static boolean isPlain(Object value) {
    boolean held = value instanceof DeadLetters.FailedRun || value instanceof OpenRun.Base;
    boolean several = value instanceof Map<?, ?> || value instanceof Collection<?>;
    return (value instanceof Record && !held)
        || value instanceof Enum<?>
        || value instanceof Json
        || (value.getClass().getName().startsWith("java.") && !several);
  }

  private static Map<String, @Nullable Object> fields(Object value) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers()) && !DERIVED.contains(field.getName())) {
          fields.put(field.getName(), get(field, value));
        }
      }
    }
    return fields;
  }

  private static @Nullable Object get(Field field, Object value) {
    try {
      field.setAccessible(true);
      // Neighbours in a line would be shown again and again; their ids say which they are.
      Object got = field.get(value);
      boolean neighbour = got instanceof QueuedEvent && value instanceof QueuedEvent;
      return neighbour ? ((QueuedEvent) got).event.id() : got;
    } catch (IllegalAccessException | InaccessibleObjectException e) {
      throw new AssertionError(field.toString(), e);
    }
  }
}
