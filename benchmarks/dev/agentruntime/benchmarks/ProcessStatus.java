package dev.agentruntime.benchmarks;

import io.vertx.core.json.JsonObject;

/**
 * What a process says of its work.
 *
 * @param invocations runs so far ({@code invocation_count})
 * @param queued accepted events that are not settled ({@code queue_size})
 */
record ProcessStatus(long invocations, long queued) {

  /** Reads a status; fails when a key is missing. */
  static ProcessStatus of(String json) {
    JsonObject status = new JsonObject(json);
    return new ProcessStatus(number(status, "invocation_count"), number(status, "queue_size"));
  }

  /** Whether everything accepted so far has run, nothing left behind. */
  boolean done(long invocationsExpected) {
    return invocations >= invocationsExpected && queued == 0;
  }

  private static long number(JsonObject status, String key) {
    Long value = status.getLong(key);
    if (value == null) {
      throw new IllegalArgumentException("status, expected=a number " + key + ", actual=" + status);
    }
    return value;
  }
}
