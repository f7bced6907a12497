package dev.agentruntime.provider;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long a server asks to be left alone: {@code Retry-After} (RFC 9110, 10.2.3) with seconds or
 * an HTTP date, {@code retry-after-ms} as OpenAI sends it, or the {@code retryDelay} in the body of
 * a Google error. Advice that cannot be read is no advice.
 */
final class RetryAfter {

  private static final Duration MAX = Duration.ofDays(1);

  private static final Pattern DELAY =
      Pattern.compile("\"retryDelay\"\\s*:\\s*\"([0-9]{1,9}(?:\\.[0-9]{1,9})?)s\"");

  private RetryAfter() {}

  /**
   * What a refusal says.
   *
   * @param header finds a header of it
   */
  static @Nullable Duration of(UnaryOperator<@Nullable String> header, String body, Instant now) {
    String ms = header.apply("retry-after-ms");
    if (ms != null && ms.trim().matches("[0-9]{1,9}")) {
      return bounded(Duration.ofMillis(Long.parseLong(ms.trim())));
    }
    Duration said = parse(header.apply("retry-after"), now);
    if (said != null) {
      return said;
    }
    Matcher delay = DELAY.matcher(body);
    return delay.find() ? parse(delay.group(1), now) : null;
  }

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
    return wait == null ? null : bounded(wait);
  }

  private static Duration bounded(Duration wait) {
    return wait.compareTo(MAX) <= 0 ? wait : MAX;
  }

  private static @Nullable Duration untilDate(String text, Instant now) {
    try {
      Instant then =
          ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO;
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
