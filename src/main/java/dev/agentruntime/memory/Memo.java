package dev.agentruntime.memory;

import dev.agentruntime.core.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One memory. Its JSON form, which stores keep and the control API shows:
 *
 * <pre>
 * {"id":"01J...-2","content":"...","tags":["deploy"],"origin":"webhook:push","untrusted":true,
 *  "invocation":"01J...","time":"2026-11-22T08:00:00.123Z"}
 * </pre>
 *
 * @param id unique in its scope
 * @param content 1..{@link Memory#CONTENT_CHARS_MAX} characters
 * @param tags words to tell memories apart, not searched
 * @param from where it comes from
 * @param time when it was stored, milliseconds
 */
public record Memo(String id, String content, List<String> tags, Provenance from, Instant time) {

  /** Keeps an unmodifiable copy. */
  public Memo {
    tags = List.copyOf(tags);
  }

  /**
   * Where a memory comes from.
   *
   * @param origin type and id of the trigger whose run stored it, as in {@code webhook:push};
   *     {@code operator} for a person
   * @param untrusted whether anything that led to it came from outside
   * @param invocation the run, null when it was none
   */
  public record Provenance(
      String origin, boolean untrusted, @Nullable String invocation) {}

  /** Its JSON form. */
  public Json json() {
    return Json.of(fields());
  }

  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", id);
    all.put("content", content);
    all.put("tags", tags);
    all.put("origin", from.origin());
    all.put("untrusted", from.untrusted());
    if (from.invocation() != null) {
      all.put("invocation", from.invocation());
    }
    all.put("time", time.toString());
    return all;
  }

  /** Reads the JSON form; what is missing is taken as from somewhere untrusted. */
  static Memo of(Map<String, @Nullable Object> all) {
    List<String> tags = new ArrayList<>();
    if (all.get("tags") instanceof List<?> given) {
      given.forEach(tag -> tags.add(String.valueOf(tag)));
    }
    return new Memo(
        String.valueOf(all.get("id")),
        String.valueOf(all.get("content")),
        tags,
        new Provenance(
            all.get("origin") instanceof String origin ? origin : "unknown",
            !Boolean.FALSE.equals(all.get("untrusted")),
            all.get("invocation") instanceof String run ? run : null),
        all.get("time") instanceof String time ? Instant.parse(time) : Instant.EPOCH);
  }
}
