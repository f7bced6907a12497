package dev.agentruntime.outbound;

import dev.agentruntime.core.Failure;

/** Nothing left the machine, so nothing can have happened. */
final class Unsent extends RuntimeException {

  private static final long serialVersionUID = 1L;

  Unsent(Throwable cause) {
    super(Failure.of(cause).message(), cause, false, false);
  }
}
