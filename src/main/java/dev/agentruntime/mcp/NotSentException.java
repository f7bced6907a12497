package dev.agentruntime.mcp;

/** A message did not leave: whatever it asked for, nothing was done. */
final class NotSentException extends RuntimeException {

  NotSentException(String message) {
    super(message);
  }
}
