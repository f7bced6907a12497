package dev.agentruntime.outbound;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.RuntimeFault;

/** Nothing left the machine, so nothing can have happened. */
final class Unsent extends RuntimeException {

  private static final long serialVersionUID = 1L;

  Unsent(Throwable cause) {
    super(Failure.of(cause).message(), cause, false, false);
  }

  /** Whether it may not go where it was to go. */
  boolean isForbidden() {
    return getCause() instanceof RuntimeFault fault && fault.code() == ErrorCode.FORBIDDEN;
  }
}
