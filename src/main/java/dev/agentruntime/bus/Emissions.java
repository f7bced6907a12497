package dev.agentruntime.bus;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Topics;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes emissions, whoever says them: names, sizes and ranges are checked here. Pure. */
public final class Emissions {

  /** Longest data of an event, or content of a message, in bytes of JSON. */
  public static final int DATA_BYTES_MAX = 256 << 10;

  /** Farthest priority from 0, both ways. */
  public static final int PRIORITY_MAX = 100;

  /** Longest time to live. */
  public static final Duration TTL_MAX = Duration.ofDays(7);

  /** Longest ordering key in characters. */
  public static final int KEY_CHARS_MAX = 200;

  private Emissions() {}

  /**
   * An event.
   *
   * @param type a name as {@link Topics} has them, not a pattern
   * @param data any JSON value
   * @throws RuntimeFault INVALID_REQUEST or PAYLOAD_TOO_LARGE
   */
  public static Emission event(String type, Json data) {
    return new Emission(
        Emission.Kind.EVENT,
        Topics.requireName("event_type", type),
        fitting("data", data),
        Emission.Options.NONE);
  }

  /**
   * A message.
   *
   * @param topic a name as {@link Topics} has them, not a pattern
   * @param content any JSON value
   * @throws RuntimeFault INVALID_REQUEST or PAYLOAD_TOO_LARGE
   */
  public static Emission message(String topic, Json content, Emission.Options options) {
    return new Emission(
        Emission.Kind.MESSAGE,
        Topics.requireName("topic", topic),
        fitting("content", content),
        options);
  }

  /**
   * How a message wants to be handled.
   *
   * @param priority -100..100, null = 0
   * @param ttlSeconds 1..604,800, null = for ever
   * @param orderingKey 1 to 200 characters, null = none
   * @throws RuntimeFault INVALID_REQUEST
   */
  public static Emission.Options options(
      @Nullable Long priority, @Nullable Long ttlSeconds, @Nullable String orderingKey) {
    if (priority != null && Math.abs(priority) > PRIORITY_MAX) {
      throw bad(
          "priority, expected=-" + PRIORITY_MAX + ".." + PRIORITY_MAX + ", actual=" + priority);
    }
    if (ttlSeconds != null && (ttlSeconds < 1 || ttlSeconds > TTL_MAX.toSeconds())) {
      throw bad("ttl_seconds, expected=1.." + TTL_MAX.toSeconds() + ", actual=" + ttlSeconds);
    }
    if (orderingKey != null && (orderingKey.isBlank() || orderingKey.length() > KEY_CHARS_MAX)) {
      throw bad("ordering_key, expected=1 to " + KEY_CHARS_MAX + " characters, actual="
          + orderingKey.length());
    }
    return new Emission.Options(
        priority == null ? 0 : priority.intValue(),
        ttlSeconds == null ? null : Duration.ofSeconds(ttlSeconds),
        orderingKey);
  }

  private static Json fitting(String what, Json data) {
    if (data.length() > DATA_BYTES_MAX) {
      throw new RuntimeFault(
          ErrorCode.PAYLOAD_TOO_LARGE,
          what + ", expected<=" + DATA_BYTES_MAX + " bytes, actual=" + data.length());
    }
    return data;
  }

  private static RuntimeFault bad(String message) {
    return new RuntimeFault(ErrorCode.INVALID_REQUEST, message);
  }
}
