package dev.agentruntime.replay;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import org.jspecify.annotations.Nullable;

/**
 * How somebody names an entry: {@code 17}, the process's own sequence, or {@code billing#1:17}.
 *
 * @param process null when only the sequence was said
 * @param sequence from 1
 */
public record EntryRef(@Nullable ProcessId process, long sequence) {

  /**
   * Reads one.
   *
   * @throws RuntimeFault INVALID_TYPE when it is none
   */
  public static EntryRef parse(String text) {
    int colon = text.lastIndexOf(':');
    String number = text.substring(colon + 1);
    if (number.matches("[1-9][0-9]{0,17}")) {
      try {
        return new EntryRef(
            colon < 0 ? null : ProcessId.parse(text.substring(0, colon)), Long.parseLong(number));
      } catch (RuntimeFault noProcess) {
        throw new RuntimeFault(ErrorCode.INVALID_TYPE, bad(text), noProcess);
      }
    }
    throw new RuntimeFault(ErrorCode.INVALID_TYPE, bad(text));
  }

  private static String bad(String text) {
    return "entry, expected=its sequence, as in 17 or billing#1:17, actual=" + Json.quote(text);
  }

  /**
   * The sequence, when this is an entry of that process.
   *
   * @throws RuntimeFault NOT_FOUND when it is another process's, or an earlier incarnation's
   */
  public long of(ProcessId wanted) {
    if (process != null && !process.equals(wanted)) {
      throw new RuntimeFault(
          ErrorCode.NOT_FOUND,
          "entry " + process + ":" + sequence + " is another process's, expected=one of " + wanted);
    }
    return sequence;
  }
}
