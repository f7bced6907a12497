package dev.agentruntime.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The one exception of the runtime: unchecked, carrying a {@link Failure}. */
public final class RuntimeFault extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  /** Wraps a failure that expects no stack trace: refusals are answers, not accidents. */
  public RuntimeFault(Failure failure) {
    super(failure.message(), null, false, false);
    this.failure = failure;
  }

  /** A refusal. */
  public RuntimeFault(ErrorCode code, String message) {
    this(new Failure(code, message));
  }

  /** A refusal that says when to come back. */
  public RuntimeFault(ErrorCode code, String message, @Nullable Duration retryAfter) {
    this(new Failure(code, message, retryAfter));
  }

  /** A failure with a cause, which keeps its stack trace. */
  public RuntimeFault(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.failure = new Failure(code, message);
  }

  /** What failed. */
  public Failure failure() {
    return failure;
  }

  /** Short for {@code failure().code()}. */
  public ErrorCode code() {
    return failure.code();
  }
}
