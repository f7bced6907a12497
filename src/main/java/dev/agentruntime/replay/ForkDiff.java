package dev.agentruntime.replay;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.history.InvocationViews;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a fork did otherwise than the run it began as: decisions turn by turn, effects call by call,
 * what it would have kept and said, and what it cost. Pure.
 */
final class ForkDiff {

  private static final int TEXT_MAX = 2_000;

  private final RunStory original;
  private final RunStory fork;
  private final Map<Integer, Answered> answered;
  private final int keptTurns;

  /**
   * A difference.
   *
   * @param answered where the results of the fork's calls came from, by ordinal
   * @param keptTurns turns that stand before the fork
   */
  ForkDiff(RunStory original, RunStory fork, Map<Integer, Answered> answered, int keptTurns) {
    this.original = original;
    this.fork = fork;
    this.answered = answered;
    this.keptTurns = keptTurns;
  }

  /**
   * As shown.
   *
   * @param spent what the fork itself has used
   */
  Map<String, @Nullable Object> toValues(
      String originalModel, String forkModel, Message.Usage spent) {
    List<Map<String, @Nullable Object>> decisions = decisions();
    List<Map<String, @Nullable Object>> effects = effects();
    List<Object> context = context();
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put(
        "same",
        context.isEmpty()
            && said(original).equals(said(fork))
            && decisions.stream().allMatch(one -> Boolean.TRUE.equals(one.get("same")))
            && effects.stream().allMatch(one -> Boolean.TRUE.equals(one.get("same"))));
    all.put("original", summary(original, originalModel));
    all.put("fork", summary(fork, forkModel));
    all.put("decisions", decisions);
    all.put("effects", effects);
    all.put("context", context);
    if (!said(original).equals(said(fork))) {
      all.put("said", Map.of("original", said(original), "fork", said(fork)));
    }
    Map<String, @Nullable Object> usage = new LinkedHashMap<>();
    usage.put("original", InvocationViews.usage(original.usage));
    usage.put("fork", InvocationViews.usage(fork.usage));
    usage.put("difference", difference());
    usage.put("spent", InvocationViews.usage(spent));
    all.put("usage", usage);
    return all;
  }

  private static Map<String, @Nullable Object> summary(RunStory story, String model) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    EntryData.InvocationResult end = story.end;
    all.put("model", model);
    all.put("outcome", end == null ? "open" : word(end.outcome()));
    all.put("turns", story.replies.size());
    all.put("effects", story.calls.size());
    all.put(
        "text",
        story.replies.isEmpty()
            ? ""
            : cut(story.replies.lastEntry().getValue().reply().text()));
    return all;
  }

  // --- Decisions

  private List<Map<String, @Nullable Object>> decisions() {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    Set<Integer> turns = new TreeSet<>(original.replies.keySet());
    turns.addAll(fork.replies.keySet());
    for (int turn : turns) {
      EntryData.ModelReply then = original.replies.get(turn);
      EntryData.ModelReply now = fork.replies.get(turn);
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("turn", turn);
      one.put("same", then != null && now != null && same(then.reply(), now.reply()));
      one.put("kept", turn <= keptTurns);
      one.put("original", then == null ? null : decision(then.reply()));
      one.put("fork", now == null ? null : decision(now.reply()));
      all.add(one);
    }
    return all;
  }

  /** What is done counts; words count where nothing is done. */
  private static boolean same(Message.Assistant one, Message.Assistant other) {
    boolean words = one.calls().isEmpty() && other.calls().isEmpty();
    return words ? one.text().equals(other.text()) : calls(one).equals(calls(other));
  }

  private static List<CallKey> calls(Message.Assistant reply) {
    return reply.calls().stream()
        .map(call -> new CallKey(call.tool(), CallKey.digest(call), 0))
        .toList();
  }

  private static Map<String, Object> decision(Message.Assistant reply) {
    List<Object> calls = new ArrayList<>();
    for (Message.ToolRequest call : reply.calls()) {
      calls.add(Map.of("tool", call.tool(), "arguments", cut(call.arguments())));
    }
    return Map.of("text", cut(reply.text()), "calls", calls);
  }

  // --- Effects

  private List<Map<String, @Nullable Object>> effects() {
    Map<CallKey, Map<String, @Nullable Object>> all = new LinkedHashMap<>();
    CallKey.Counter counter = new CallKey.Counter();
    fork.calls.forEach((ordinal, call) -> {
      Map<String, @Nullable Object> one = effect(all, counter.next(call.request()), call);
      Answered how = answered.get(ordinal);
      one.put("fork", how == null ? "open" : how.word());
    });
    CallKey.Counter originals = new CallKey.Counter();
    original.calls.forEach((ordinal, call) -> {
      EntryData.ToolResult result = original.results.get(ordinal);
      Map<String, @Nullable Object> one = effect(all, originals.next(call.request()), call);
      one.put("original", result == null ? "open" : word(result.outcome()));
    });
    all.values()
        .forEach(one -> one.put("same", one.get("original") != null && one.get("fork") != null));
    return List.copyOf(all.values());
  }

  private static Map<String, @Nullable Object> effect(
      Map<CallKey, Map<String, @Nullable Object>> all, CallKey key, EntryData.ToolCall call) {
    return all.computeIfAbsent(key, fresh -> {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("tool", key.tool());
      one.put("arguments", cut(call.request().arguments()));
      one.put("occurrence", key.occurrence());
      one.put("policy", call.policy().word());
      one.put("original", null);
      one.put("fork", null);
      return one;
    });
  }

  // --- What would be kept and said

  private List<Object> context() {
    Map<String, @Nullable Json> then = original.writes();
    Map<String, @Nullable Json> now = fork.writes();
    Set<String> keys = new TreeSet<>(then.keySet());
    keys.addAll(now.keySet());
    List<Object> all = new ArrayList<>();
    for (String key : keys) {
      boolean same = then.containsKey(key)
          && now.containsKey(key)
          && String.valueOf(then.get(key)).equals(String.valueOf(now.get(key)));
      if (!same) {
        Map<String, @Nullable Object> one = new LinkedHashMap<>();
        one.put("key", key);
        one.put("original", written(then, key));
        one.put("fork", written(now, key));
        all.add(one);
      }
    }
    return all;
  }

  private static Map<String, @Nullable Object> written(
      Map<String, @Nullable Json> writes, String key) {
    Map<String, @Nullable Object> one = new LinkedHashMap<>();
    one.put("written", writes.containsKey(key));
    one.put("value", writes.get(key));
    return one;
  }

  private static List<Object> said(RunStory story) {
    List<Object> all = new ArrayList<>();
    for (Emission emission : story.emissions()) {
      all.add(Map.of(
          "kind", word(emission.kind()),
          "name", emission.name(),
          "data", emission.data()));
    }
    return all;
  }

  private Map<String, @Nullable Object> difference() {
    Long then = original.usage.cost();
    Long now = fork.usage.cost();
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("input", fork.usage.input() - original.usage.input());
    all.put("output", fork.usage.output() - original.usage.output());
    all.put("cost_usd", InvocationViews.dollars(then == null || now == null ? null : now - then));
    return all;
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
