package dev.agentruntime.core;

import java.util.regex.Pattern;

/**
 * The id of a node (one JVM), which also names its directory: letters, digits, {@code _}, {@code .}
 * or {@code -}, starting with a letter or digit, at most 63 characters.
 *
 * @param value the id as written
 */
public record NodeId(String value) {

  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  /**
   * Checks the form.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_NAME} when {@code value} has another form
   */
  public NodeId {
    if (!FORM.matcher(value).matches() || value.contains("..")) {
      throw new RuntimeFault(
          ErrorCode.INVALID_NAME,
          "node id " + Json.quote(value) + " is not allowed, expected letters, digits, '_', '.' or"
              + " '-', starting with a letter or digit, at most 63 characters");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
