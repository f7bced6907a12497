package dev.agentruntime.llm;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Reads {@code Retry-After} (RFC 9110, 10.2.3): seconds or an HTTP date. */
final class RetryAfter {

  private static final Duration MAX = Duration.ofDays(1);

  private RetryAfter() {}

  /**
   * How long to wait, at most a day.
   *
   * @return null when there is no header or it says nothing usable
   */
  static @Nullable Duration parse(@Nullable String header, Instant now) {
    if (header == null) {
      return null;
    }
    String text = header.trim();
    Duration wait = text.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")
        ? Duration.ofMillis((long) Math.ceil(Double.parseDouble(text) * 1_000))
        : untilDate(text, now);
    return wait == null || wait.compareTo(MAX) <= 0 ? wait : MAX;
  }

  private static @Nullable Duration untilDate(String text, Instant now) {
    try {
      Instant then =
          ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO;
    } catch (DateTimeParseException e) {
      return null; // Advice that cannot be read is no advice.
    }
  }
}
