package dev.agentruntime.history;

import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.fold.RunHead;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a process: what the image counted, and what its newest settled invocations took.
 * Pure. A figure over few invocations says over how many.
 */
public final class ProcessFigures {

  private ProcessFigures() {}

  /**
   * {@code {"accepted","waiting","running","retrying","settled","restarts","dead_letters",
   * "consecutive_failures","recent":{"invocations","since","outcomes":{"completed":n,...},
   * "duration_ms":{"min","p50","p95","max"},"usage":{"input","output","cached","cost"}}}}}; what
   * {@code recent} says is null where no invocation of it has settled.
   */
  public static Map<String, @Nullable Object> of(ProcessImage image) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("accepted", image.accepted());
    all.put("waiting", image.queue().waiting());
    all.put("running", image.open().active());
    all.put("retrying", image.open().resting().size());
    all.put("settled", image.settled());
    all.put("restarts", image.restarts());
    all.put("dead_letters", image.deadLetters().size());
    all.put("consecutive_failures", image.consecutiveFailures());
    all.put("recent", recent(List.copyOf(image.heads())));
    return all;
  }

  private static Map<String, @Nullable Object> recent(List<RunHead> heads) {
    Map<String, @Nullable Object> outcomes = new LinkedHashMap<>();
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(
          outcome.name().toLowerCase(Locale.ROOT),
          heads.stream().filter(head -> head.result().outcome() == outcome).count());
    }
    Message.Usage usage = heads.stream()
        .map(head -> head.result().usage())
        .reduce(Message.Usage.NONE, Message.Usage::plus);
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("invocations", heads.size());
    all.put(
        "since",
        heads.stream()
            .map(RunHead::startedAt)
            .min(Comparator.naturalOrder())
            .map(String::valueOf)
            .orElse(null));
    all.put("outcomes", outcomes);
    all.put("duration_ms", spread(heads));
    all.put("usage", InvocationViews.usage(usage));
    return all;
  }

  private static @Nullable Map<String, Long> spread(List<RunHead> heads) {
    if (heads.isEmpty()) {
      return null;
    }
    long[] sorted =
        heads.stream().mapToLong(head -> head.result().durationMs()).sorted().toArray();
    Map<String, Long> all = new LinkedHashMap<>();
    all.put("min", sorted[0]);
    all.put("p50", rank(sorted, 50));
    all.put("p95", rank(sorted, 95));
    all.put("max", sorted[sorted.length - 1]);
    return all;
  }

  /** The smallest of them that so many in a hundred do not exceed (nearest rank). */
  static long rank(long[] sorted, int percent) {
    return sorted[Math.max(0, (sorted.length * percent + 99) / 100 - 1)];
  }
}
