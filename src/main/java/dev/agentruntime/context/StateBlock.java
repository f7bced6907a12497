package dev.agentruntime.context;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How the context is shown to a model: as JSON, in the order of its keys, within a budget of
 * tokens. What was written last is shown first when there is not room for all, and what is left out
 * is named. Pure, so that the prompt of a recorded run can be derived again.
 *
 * <pre>
 * [Context State]
 * {"last_push":"1f0c"}
 * [Left out to fit 4000 tokens: "log" (about 9120). The tool context_get reads an entry.]
 * </pre>
 */
public final class StateBlock {

  /** Names of entries left out that are listed. */
  private static final int NAMES_MAX = 50;

  private StateBlock() {}

  private record Part(int order, String key, StateEntry entry, long tokens) {}

  /**
   * The block, null when the context has no keys.
   *
   * @param maxTokens what the entries may come to, as {@link TokenEstimate} counts; 0 = no limit
   */
  public static Message.@Nullable SystemText of(AgentContext state, int maxTokens) {
    if (state.entries().isEmpty()) {
      return null;
    }
    // No character is more than one token, so a small state needs no counting.
    if (maxTokens == 0 || state.bytes() + 4L * state.entries().size() <= maxTokens) {
      return block(state.toJson(), "");
    }
    List<Part> parts = new ArrayList<>();
    state.entries().forEach((key, entry) -> {
      String shown = Json.quote(key) + ":" + entry.value() + ",";
      parts.add(new Part(parts.size(), key, entry, TokenEstimate.of(shown)));
    });
    Set<Integer> shown = chosen(parts, maxTokens);
    Map<String, Json> values = new LinkedHashMap<>();
    List<Part> left = new ArrayList<>();
    for (Part part : parts) {
      if (shown.contains(part.order())) {
        values.put(part.key(), part.entry().value());
      } else {
        left.add(part);
      }
    }
    return block(Json.of(values), left.isEmpty() ? "" : "\n" + leftOut(left, maxTokens));
  }

  private static Set<Integer> chosen(List<Part> parts, int maxTokens) {
    List<Part> newest = new ArrayList<>(parts);
    newest.sort(Comparator.comparing((Part part) -> part.entry().time())
        .thenComparingInt(Part::order)
        .reversed());
    Set<Integer> chosen = new TreeSet<>();
    long room = maxTokens;
    for (Part part : newest) {
      if (part.tokens() <= room) {
        room -= part.tokens();
        chosen.add(part.order());
      }
    }
    return chosen;
  }

  private static String leftOut(List<Part> left, int maxTokens) {
    List<String> names = new ArrayList<>();
    for (Part part : left.subList(0, Math.min(NAMES_MAX, left.size()))) {
      names.add(Json.quote(part.key()) + " (about " + part.tokens() + ")");
    }
    String more = left.size() > NAMES_MAX ? " and " + (left.size() - NAMES_MAX) + " more" : "";
    return "[Left out to fit " + maxTokens + " tokens: " + String.join(", ", names) + more
        + ". The tool context_get reads an entry.]";
  }

  private static Message.SystemText block(Json values, String rest) {
    return new Message.SystemText("[Context State]\n" + values + rest);
  }
}
