package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import org.jspecify.annotations.Nullable;

/** Cursors that count. */
final class Cursors {

  private Cursors() {}

  /** The number a cursor says, 0 for none. */
  static int offset(@Nullable String cursor) {
    try {
      return cursor == null ? 0 : Math.max(0, Integer.parseInt(cursor));
    } catch (NumberFormatException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "cursor, expected=the next_cursor of a page, actual=" + Json.quote(cursor));
    }
  }
}
