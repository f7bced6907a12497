package dev.agentruntime.http;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A refusal as problem JSON (RFC 9457): {@code {"title","status","code","detail"}}, with {@code
 * errors} where one request has several faults, {@code error_id} where the log knows more than the
 * caller may, and {@code request_id} where requests have ids.
 *
 * @param status the HTTP status
 * @param code stable, for programs
 * @param detail for people: what, expected, actual
 * @param errors every fault of the request when there are several, else empty
 * @param errorId under which the log holds the cause, null when there is nothing to hide
 * @param requestId of the request that was refused, null = not known
 * @param retryAfterSeconds for the {@code Retry-After} header, 0 = none
 */
public record Problem(
    int status,
    String code,
    String detail,
    List<String> errors,
    @Nullable String errorId,
    @Nullable String requestId,
    int retryAfterSeconds) {

  /** The media type of a problem. */
  public static final String MEDIA_TYPE = "application/problem+json";

  /** What {@code Retry-After} says when a failure that may pass names no time. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private static final Duration RETRY_AFTER_MAX = Duration.ofDays(1);

  /** Keeps an unmodifiable copy. */
  public Problem {
    errors = List.copyOf(errors);
  }

  /**
   * A refusal; an unforeseen failure shows its code only, since what it says may name what nobody
   * outside should know.
   */
  public static Problem of(Failure failure) {
    ErrorCode code = failure.code();
    String detail = code == ErrorCode.INTERNAL
        ? "an unforeseen failure; the log of the runtime names it"
        : failure.message();
    return new Problem(
        code.status(), code.name(), detail, List.of(), null, null, retryAfterSeconds(failure));
  }

  private static int retryAfterSeconds(Failure failure) {
    Duration after = failure.retryAfter();
    if (after == null) {
      return failure.code().status() == 503 ? (int) RETRY_AFTER.toSeconds() : 0;
    }
    long seconds = Math.min(after.toSeconds(), RETRY_AFTER_MAX.toSeconds());
    return (int) Math.max(1, seconds + (after.toNanosPart() > 0 ? 1 : 0));
  }

  /** Short for a failure that names no time. */
  public static Problem of(ErrorCode code, String detail) {
    return of(new Failure(code, detail));
  }

  /** Something unforeseen; what it was is in the log under {@code errorId} only. */
  public static Problem internal(String errorId) {
    return new Problem(
        500,
        ErrorCode.INTERNAL.name(),
        "the runtime failed to answer; its log says why, under error_id",
        List.of(),
        errorId,
        null,
        0);
  }

  /** The same problem with the list of all faults. */
  public Problem withErrors(List<String> all) {
    return new Problem(status, code, detail, all, errorId, requestId, retryAfterSeconds);
  }

  /** The same problem with the id of its request. */
  public Problem withRequest(String id) {
    return new Problem(status, code, detail, errors, errorId, id, retryAfterSeconds);
  }

  /** The body. */
  public Json toJson() {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("title", title(status));
    body.put("status", status);
    body.put("code", code);
    body.put("detail", detail);
    if (!errors.isEmpty()) {
      body.put("errors", errors);
    }
    if (errorId != null) {
      body.put("error_id", errorId);
    }
    if (requestId != null) {
      body.put("request_id", requestId);
    }
    return Json.of(body);
  }

  // The reason phrases of RFC 9110, as RFC 9457 wants them where no problem type is named.
  private static String title(int status) {
    return switch (status) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 410 -> "Gone";
      case 412 -> "Precondition Failed";
      case 413 -> "Content Too Large";
      case 414 -> "URI Too Long";
      case 415 -> "Unsupported Media Type";
      case 421 -> "Misdirected Request";
      case 422 -> "Unprocessable Content";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 500 -> "Internal Server Error";
      case 502 -> "Bad Gateway";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      default -> "Error";
    };
  }
}
