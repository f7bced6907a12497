package dev.agentruntime.context;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One committed value of the context.
 *
 * @param value any JSON value
 * @param version rises with each write, from 1; a key that was deleted begins above every version
 *     that was ever deleted, so that no version of a key stands for two values
 * @param source {@code initial, api, rewind} or {@code agent}
 * @param invocation the run that wrote it, null when none did
 * @param time when it was written
 * @param untrusted whether a run wrote it that had read something from outside
 */
public record StateEntry(
    Json value,
    long version,
    String source,
    @Nullable InvocationId invocation,
    Instant time,
    boolean untrusted) {
  /** One that came from nowhere outside. */
  public StateEntry(
      Json value, long version, String source, @Nullable InvocationId invocation, Instant time) {
    this(value, version, source, invocation, time, false);
  }
}
