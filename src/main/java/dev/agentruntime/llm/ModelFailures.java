package dev.agentruntime.llm;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.RuntimeFault;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What went wrong with a model call, as one of our codes. */
final class ModelFailures {

  private static final int MESSAGE_CHARS_MAX = 500;

  private ModelFailures() {}

  /**
   * The failure that a cause means; anything a provider's adapter could not read is {@link
   * ErrorCode#MODEL_MALFORMED}.
   *
   * @param model for the message, as configured
   * @param secret taken out of the message, null when there is none
   */
  static RuntimeFault of(Throwable cause, String model, @Nullable String secret) {
    Failure failure = classify(cause);
    String message = model + ": " + failure.message();
    if (secret != null && !secret.isBlank()) {
      message = message.replace(secret, "***");
    }
    return new RuntimeFault(failure.code(), cut(message), failure.retryAfter());
  }

  private static Failure classify(Throwable cause) {
    for (Throwable at = cause; at != null; at = at.getCause() == at ? null : at.getCause()) {
      if (at instanceof RuntimeFault fault) {
        return fault.failure();
      }
      if (at instanceof HttpException http) {
        return status(http);
      }
      if (at instanceof TimeoutException) {
        return new Failure(ErrorCode.MODEL_TIMEOUT, "" + at.getMessage());
      }
    }
    return new Failure(
        ErrorCode.MODEL_MALFORMED,
        "the answer cannot be read: " + cause.getClass().getSimpleName() + ": "
            + cause.getMessage());
  }

  private static Failure status(HttpException http) {
    Duration retryAfter =
        http instanceof VertxHttpTransport.HttpFailure failure ? failure.retryAfter() : null;
    String body = "" + http.getMessage();
    return new Failure(
        code(http.statusCode(), body), "HTTP " + http.statusCode() + ": " + body, retryAfter);
  }

  private static ErrorCode code(int status, String body) {
    return switch (status) {
      case 401, 403 -> ErrorCode.MODEL_UNAUTHORIZED;
      case 404 -> ErrorCode.MODEL_NOT_FOUND;
      case 408 -> ErrorCode.MODEL_TIMEOUT;
      // An account without money answers 429 too, but waiting does not help.
      case 429 ->
        body.contains("insufficient_quota")
            ? ErrorCode.MODEL_REFUSED
            : ErrorCode.MODEL_RATE_LIMITED;
      default -> status >= 500 ? ErrorCode.MODEL_UNAVAILABLE : ErrorCode.MODEL_REFUSED;
    };
  }

  private static String cut(String message) {
    return message.length() <= MESSAGE_CHARS_MAX
        ? message
        : message.substring(0, MESSAGE_CHARS_MAX) + "...";
  }
}
