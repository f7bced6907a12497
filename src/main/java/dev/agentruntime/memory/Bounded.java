package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.EmbeddingSpending;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Holds every store to the bounds of {@link Memory}, and turns what it throws into a failure. */
record Bounded(Memory store) implements Memory {

  @Override
  public Memory countedBy(EmbeddingSpending spending) {
    return new Bounded(store.countedBy(spending));
  }

  @Override
  public Future<Void> store(Scope scope, Memo memo) {
    return within(
        "content",
        memo.content().length(),
        CONTENT_CHARS_MAX,
        "characters",
        () -> within(
            "memory_id",
            memo.id().length(),
            ID_CHARS_MAX,
            "characters",
            () -> store.store(scope, memo)));
  }

  @Override
  public Future<List<Found>> search(Scope scope, String text, int max, double minScore) {
    String shown = text.length() <= QUERY_CHARS_MAX ? text : text.substring(0, QUERY_CHARS_MAX);
    return within(
        "query",
        shown.length(),
        QUERY_CHARS_MAX,
        "characters",
        () -> within(
            "max", max, RESULTS_MAX, "memories", () -> store.search(scope, shown, max, minScore)));
  }

  @Override
  public Future<Page> list(Scope scope, Where where, int limit, @Nullable String cursor) {
    return within(
        "limit", limit, RESULTS_MAX, "memories", () -> store.list(scope, where, limit, cursor));
  }

  @Override
  public Future<Integer> forget(Scope scope, Where where) {
    return asked(() -> store.forget(scope, where));
  }

  private static <T> Future<T> within(
      String what, int actual, int most, String unit, Supplier<Future<T>> ask) {
    return actual >= 1 && actual <= most
        ? asked(ask)
        : Future.failedFuture(new RuntimeFault(
            ErrorCode.INVALID_REQUEST,
            what + ", expected=1 to " + most + " " + unit + ", actual=" + actual));
  }

  private static <T> Future<T> asked(Supplier<Future<T>> ask) {
    try {
      return ask.get();
    } catch (RuntimeFault refusal) {
      return Future.failedFuture(refusal);
    }
  }
}
