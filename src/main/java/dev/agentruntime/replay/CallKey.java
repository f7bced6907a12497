package dev.agentruntime.replay;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.CanonicalJson;
import java.util.HashMap;
import java.util.Map;

/**
 * What makes two calls the same one.
 *
 * @param tool its name
 * @param digest of the arguments in canonical form
 * @param occurrence 1 for the first such call of a run
 */
record CallKey(String tool, String digest, int occurrence) {

  /** Of arguments that are no JSON, the text itself is compared. */
  static String digest(Message.ToolRequest request) {
    try {
      String written = request.arguments();
      return CanonicalJson.digest(written.isBlank() ? Json.EMPTY : Json.parse(written));
    } catch (RuntimeFault noJson) {
      return request.arguments();
    }
  }

  /** Counts the calls of one run. */
  static final class Counter {
    private final Map<CallKey, Integer> seen = new HashMap<>();

    /** The key of the next call in order. */
    CallKey next(Message.ToolRequest request) {
      String digest = digest(request);
      int occurrence = seen.merge(new CallKey(request.tool(), digest, 0), 1, Integer::sum);
      return new CallKey(request.tool(), digest, occurrence);
    }
  }
}
