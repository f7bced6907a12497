package dev.agentruntime.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A failure as data; the same one goes to the journal, the bus and the API.
 *
 * @param code what kind
 * @param message {@code what, expected=..., actual=...}, never a secret and never a stack trace
 * @param retryAfter how long the other side asked to be left alone, null when it said nothing
 */
public record Failure(
    ErrorCode code, String message, @Nullable Duration retryAfter) {

  /** A failure that names no time. */
  public Failure(ErrorCode code, String message) {
    this(code, message, null);
  }

  /** The failure an exception carries; anything unforeseen is {@link ErrorCode#INTERNAL}. */
  public static Failure of(Throwable cause) {
    if (cause instanceof RuntimeFault fault) {
      return fault.failure();
    }
    return new Failure(
        ErrorCode.INTERNAL, cause.getClass().getSimpleName() + ": " + cause.getMessage());
  }

  @Override
  public String toString() {
    return code + ": " + message;
  }
}
