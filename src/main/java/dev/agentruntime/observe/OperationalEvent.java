package dev.agentruntime.observe;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a process, in words for people who run it. It follows from one entry
 * of the journal that is durable, and its id from that entry's place: the same happening has the
 * same id.
 *
 * @param id 32 hex digits
 * @param time of the entry; of progress, when it was said
 * @param invocation the run it is about, null = none
 * @param data a JSON object, by type
 * @param metadata {@code {"node","incarnation","sequence"}}, where the entry is
 */
public record OperationalEvent(
    String id,
    EventType type,
    Severity severity,
    Instant time,
    ProcessName process,
    @Nullable InvocationId invocation,
    Json data,
    Json metadata) {

  /** {@code {"id","type","severity","timestamp","process","invocation","data","metadata"}}. */
  public Json json() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", id);
    all.put("type", type.word());
    all.put("severity", severity.word());
    all.put("timestamp", time.toString());
    all.put("process", process.value());
    all.put("invocation", invocation == null ? null : invocation.value());
    all.put("data", data);
    all.put("metadata", metadata);
    return Json.of(all);
  }

  /** The same at another time. */
  OperationalEvent at(Instant now) {
    return new OperationalEvent(id, type, severity, now, process, invocation, data, metadata);
  }

  /** The same with other data. */
  OperationalEvent with(Json clean) {
    return new OperationalEvent(id, type, severity, time, process, invocation, clean, metadata);
  }
}
