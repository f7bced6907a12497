package dev.agentruntime.provider;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.RuntimeFault;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.anthropic.internal.api.AnthropicStreamingException;
import dev.langchain4j.model.ollama.OllamaStreamingException;
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
      if (at instanceof AnthropicStreamingException told) {
        return new Failure(anthropic("" + told.type()), told.type() + ": " + told.getMessage());
      }
      if (at instanceof OllamaStreamingException told) {
        return new Failure(ErrorCode.MODEL_UNAVAILABLE, "" + told.getMessage());
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

  /** What Anthropic calls an error that comes in the middle of a stream. */
  private static ErrorCode anthropic(String type) {
    return switch (type) {
      case "overloaded_error", "api_error" -> ErrorCode.MODEL_UNAVAILABLE;
      case "rate_limit_error" -> ErrorCode.MODEL_RATE_LIMITED;
      case "timeout_error" -> ErrorCode.MODEL_TIMEOUT;
      case "authentication_error", "permission_error" -> ErrorCode.MODEL_UNAUTHORIZED;
      case "not_found_error" -> ErrorCode.MODEL_NOT_FOUND;
      case "billing_error" -> ErrorCode.MODEL_QUOTA_EXHAUSTED;
      default -> ErrorCode.MODEL_REFUSED;
    };
  }

  private static ErrorCode code(int status, String body) {
    // OpenAI says it with 429, Anthropic with 400: in both cases waiting does not help.
    if (body.contains("insufficient_quota") || body.contains("credit balance is too low")) {
      return ErrorCode.MODEL_QUOTA_EXHAUSTED;
    }
    return switch (status) {
      case 401, 403 -> ErrorCode.MODEL_UNAUTHORIZED;
      case 402 -> ErrorCode.MODEL_QUOTA_EXHAUSTED;
      case 404 -> ErrorCode.MODEL_NOT_FOUND;
      case 408 -> ErrorCode.MODEL_TIMEOUT;
      case 429 -> ErrorCode.MODEL_RATE_LIMITED;
      // Google says of a wrong key that it is a bad request.
      case 400 ->
        body.contains("API_KEY_INVALID") ? ErrorCode.MODEL_UNAUTHORIZED : ErrorCode.MODEL_REFUSED;
      default -> status >= 500 ? ErrorCode.MODEL_UNAVAILABLE : ErrorCode.MODEL_REFUSED;
    };
  }

  private static String cut(String message) {
    return message.length() <= MESSAGE_CHARS_MAX
        ? message
        : message.substring(0, MESSAGE_CHARS_MAX) + "...";
  }
}
