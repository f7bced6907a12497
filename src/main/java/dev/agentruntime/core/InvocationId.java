package dev.agentruntime.core;

/**
 * The id of one invocation: a ULID (26 characters, Crockford base 32), random and never a counter.
 *
 * @param value the id as written
 */
public record InvocationId(String value) {

  /** Checks that the id is not empty and fits a path segment. */
  public InvocationId {
    if (value.isEmpty() || value.length() > 64) {
      throw new RuntimeFault(
          ErrorCode.INVALID_NAME, "invocation id " + Json.quote(value) + ", expected a ULID");
    }
  }

  /**
   * The key under which the {@code ordinal}-th tool call of this invocation acts on the world. It
   * is the same for every attempt, so the receiver can tell a repetition from a second act.
   *
   * @param ordinal counts every tool call of the invocation from 1, refused ones included
   */
  public String effectKey(int ordinal) {
    return value + "-" + ordinal;
  }

  @Override
  public String toString() {
    return value;
  }
}
