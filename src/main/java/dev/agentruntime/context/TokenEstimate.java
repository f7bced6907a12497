package dev.agentruntime.context;

/**
 * How many tokens a text is likely to be, for budgets: every model counts in its own way, and none
 * is asked. Four ASCII characters are one token, and every other character is one by itself, which
 * is close for English and for JSON, and rather too many than too few for other scripts. Pure.
 */
final class TokenEstimate {

  private TokenEstimate() {}

  /** The tokens of a text, rounded up; 0 for an empty one. */
  public static long of(String text) {
    long ascii = 0;
    long others = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        ascii++;
      } else if (!Character.isLowSurrogate(c)) {
        others++;
      }
    }
    return others + (ascii + 3) / 4;
  }
}
