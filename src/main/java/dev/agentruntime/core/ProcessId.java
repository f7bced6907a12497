package dev.agentruntime.core;

/**
 * A process in the journal: its name and its incarnation, written {@code name#incarnation}. A name
 * that was removed and created again is a new incarnation with a history of its own.
 *
 * @param name the process's name
 * @param incarnation 1 for the first, rising by one with each re-creation
 */
public record ProcessId(ProcessName name, int incarnation) {

  /** Checks the range. */
  public ProcessId {
    if (incarnation < 1) {
      throw new IllegalArgumentException("incarnation, expected>=1, actual=" + incarnation);
    }
  }

  /**
   * Reads {@code name#incarnation}.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_NAME} when the text has another form
   */
  public static ProcessId parse(String text) {
    int hash = text.lastIndexOf('#');
    if (hash > 0 && text.length() - hash <= 10) {
      try {
        int incarnation = Integer.parseInt(text.substring(hash + 1));
        if (incarnation >= 1) {
          return new ProcessId(new ProcessName(text.substring(0, hash)), incarnation);
        }
      } catch (NumberFormatException e) {
        throw new RuntimeFault(ErrorCode.INVALID_NAME, notAnId(text), e);
      }
    }
    throw new RuntimeFault(ErrorCode.INVALID_NAME, notAnId(text));
  }

  private static String notAnId(String text) {
    return "process id " + Json.quote(text) + ", expected name#incarnation";
  }

  @Override
  public String toString() {
    return name.value() + "#" + incarnation;
  }
}
