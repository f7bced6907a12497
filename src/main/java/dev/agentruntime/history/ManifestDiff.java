package dev.agentruntime.history;

import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What differs between two manifests as the journal keeps them, key by key. Pure. */
public final class ManifestDiff {

  private final List<Json> changes = new ArrayList<>();

  private ManifestDiff() {}

  /**
   * The changes in the order of their keys: {@code {"key":"config.concurrency","from":1,"to":2}}.
   * A key that one of them does not have, because it leaves it at its default, has no {@code from}
   * or no {@code to}. Triggers are told apart by their ids, {@code triggers[push].filter}; other
   * lists are compared as a whole. Literal secrets are masked on both sides, so that one that
   * changed does not show.
   */
  public static List<Json> of(Json from, Json to) {
    ManifestDiff diff = new ManifestDiff();
    diff.compare("", from.value(), to.value());
    return List.copyOf(diff.changes);
  }

  private void compare(String key, @Nullable Object from, @Nullable Object to) {
    Map<String, @Nullable Object> before = members(from);
    Map<String, @Nullable Object> after = members(to);
    if (before != null && after != null) {
      boolean list = from instanceof List<?>;
      TreeSet<String> names = new TreeSet<>(before.keySet());
      names.addAll(after.keySet());
      for (String name : names) {
        String path = list ? key + "[" + name + "]" : key.isEmpty() ? name : key + "." + name;
        if (!before.containsKey(name) || !after.containsKey(name)) {
          add(path, before, after, name);
        } else {
          compare(path, before.get(name), after.get(name));
        }
      }
    } else if (!Json.of(from).equals(Json.of(to))) {
      Map<String, @Nullable Object> change = new LinkedHashMap<>();
      change.put("key", key);
      change.put("from", from);
      change.put("to", to);
      changes.add(Json.of(change));
    }
  }

  private void add(
      String path,
      Map<String, @Nullable Object> before,
      Map<String, @Nullable Object> after,
      String name) {
    Map<String, @Nullable Object> change = new LinkedHashMap<>();
    change.put("key", path);
    if (before.containsKey(name)) {
      change.put("from", before.get(name));
    }
    if (after.containsKey(name)) {
      change.put("to", after.get(name));
    }
    changes.add(Json.of(change));
  }

  /** What a value has under names: of an object its fields, of a list of things with ids these. */
  private static @Nullable Map<String, @Nullable Object> members(@Nullable Object value) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> object) {
      object.forEach((key, member) -> members.put(String.valueOf(key), member));
      return members;
    }
    if (!(value instanceof List<?> list) || list.isEmpty()) {
      return null;
    }
    for (Object item : list) {
      Object id = item instanceof Map<?, ?> object ? object.get("id") : null;
      if (id == null || members.put(String.valueOf(id), item) != null) {
        return null;
      }
    }
    return members;
  }
}
