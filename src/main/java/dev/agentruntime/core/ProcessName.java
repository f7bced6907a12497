package dev.agentruntime.core;

import java.util.regex.Pattern;

/**
 * The name of a process, unique in the cluster: a letter, then letters, digits, {@code _} or
 * {@code -}, at most 64 characters. A node's system process is written {@code @<node id>}; only
 * {@link #system(NodeId)} makes such a name. A fork is written {@code name~number}; only
 * {@link #fork(int)} makes such a name, and no process has it.
 *
 * @param value the name as written
 */
public record ProcessName(String value) implements Comparable<ProcessName> {

  /** Longest name in characters. */
  public static final int LENGTH_MAX = 64;

  private static final Pattern USER = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
  private static final Pattern FORK =
      Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}~[1-9][0-9]{0,8}");
  private static final Pattern SYSTEM = Pattern.compile("@[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  /**
   * Checks the form.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_NAME} when {@code value} has another form
   */
  public ProcessName {
    if (!USER.matcher(value).matches()
        && !SYSTEM.matcher(value).matches()
        && !FORK.matcher(value).matches()) {
      throw refused(value);
    }
  }

  private static RuntimeFault refused(String value) {
    return new RuntimeFault(
        ErrorCode.INVALID_NAME,
        "process name " + Json.quote(value) + " is not allowed, expected a letter, then letters,"
            + " digits, '_' or '-', at most " + LENGTH_MAX + " characters");
  }

  /**
   * The name of a user's process, which neither a system process nor a fork can have.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_NAME}
   */
  public static ProcessName ofUser(String text) {
    if (!isValid(text)) {
      throw refused(text);
    }
    return new ProcessName(text);
  }

  /** Whether {@code text} may be the name of a user's process. */
  public static boolean isValid(String text) {
    return USER.matcher(text).matches();
  }

  /** The name of the process in which a node journals what no other process owns. */
  public static ProcessName system(NodeId node) {
    return new ProcessName("@" + node.value());
  }

  /**
   * The name of a fork of this process.
   *
   * @param number from 1
   */
  public ProcessName fork(int number) {
    return new ProcessName(value + "~" + number);
  }

  /** Whether this is a node's system process. */
  public boolean isSystem() {
    return value.charAt(0) == '@';
  }

  @Override
  public int compareTo(ProcessName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
