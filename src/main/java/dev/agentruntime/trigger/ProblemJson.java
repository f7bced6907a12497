package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A refusal as problem JSON (RFC 9457):
 *
 * <pre>
 * {"type":"about:blank","title":"Inbox full","status":503,"code":"INBOX_FULL","detail":"..."}
 * </pre>
 *
 * An unforeseen failure shows its code only: what it says may name what nobody outside should know.
 */
public final class ProblemJson {

  /** What {@code Retry-After} says when a failure that may pass names no time. */
  public static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private ProblemJson() {}

  /** The body. */
  public static Json of(Failure failure) {
    ErrorCode code = failure.code();
    String words = code.name().replace('_', ' ').toLowerCase(Locale.ROOT);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "about:blank");
    body.put("title", Character.toUpperCase(words.charAt(0)) + words.substring(1));
    body.put("status", code.status());
    body.put("code", code.name());
    body.put(
        "detail",
        code == ErrorCode.INTERNAL ? "an unforeseen failure; the log names it" : failure.message());
    return Json.of(body);
  }

  /** The seconds for {@code Retry-After}: at least 1 with status 503, else 0 = none. */
  public static int retryAfterSeconds(Failure failure) {
    if (failure.code().status() != 503) {
      return 0;
    }
    Duration after = failure.retryAfter() == null ? RETRY_AFTER : failure.retryAfter();
    long seconds = after.plusMillis(999).toSeconds();
    return (int) Math.min(Math.max(1, seconds), Duration.ofDays(1).toSeconds());
  }

  /** The whole answer. */
  public static WebhookRoutes.Answer answer(Failure failure) {
    return new WebhookRoutes.Answer(
        failure.code().status(), of(failure), retryAfterSeconds(failure));
  }
}
