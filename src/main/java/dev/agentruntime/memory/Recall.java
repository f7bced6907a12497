package dev.agentruntime.memory;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.context.RecalledBlock;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.memory.Memory.Found;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is recalled before a run: the memories nearest to what woke it. It never fails: a store that
 * fails, or does not answer in time, leaves a run without memories, and the block says so. Owned
 * by: the process's context.
 */
final class Recall {

  private static final System.Logger LOG = System.getLogger(Recall.class.getName());

  private final Memory memory;
  private final Scope scope;
  private final MemoryConfig config;
  private final Timers timers;

  Recall(Memory memory, Scope scope, MemoryConfig config, Timers timers) {
    this.memory = memory;
    this.scope = scope;
    this.config = config;
    this.timers = timers;
  }

  /** The blocks that a run begins with; empty when nothing is near. */
  Future<Map<String, String>> blocks(TriggerEvent event, InvocationId invocation) {
    String text = words(event.payload());
    if (text.isBlank()) {
      return Future.succeededFuture(Map.of());
    }
    Promise<Map<String, String>> promise = Promise.promise();
    Timers.Armed deadline = timers.after(config.timeout(), () -> {
      if (!promise.future().isComplete()) {
        without(promise, "no answer within " + config.timeout().toMillis() + " ms");
      }
    });
    memory.search(scope, text, config.max(), config.minScore()).onComplete(search -> {
      deadline.cancel();
      if (promise.future().isComplete()) {
        return;
      }
      if (search.failed()) {
        Failure failure = Failure.of(search.cause());
        without(promise, failure.code().name());
        LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", scope.process(), failure.message());
      } else {
        promise.complete(blocks(search.result(), invocation));
      }
    });
    return promise.future();
  }

  private void without(Promise<Map<String, String>> promise, String why) {
    LOG.log(
        System.Logger.Level.WARNING,
        "{0}: a run begins without its memory ({1})",
        scope.process(),
        why);
    promise.complete(Map.of(RecalledBlock.TITLE, RecalledBlock.unavailable(why)));
  }

  private static Map<String, String> blocks(List<Found> found, InvocationId invocation) {
    return found.isEmpty()
        ? Map.of()
        : Map.of(
            RecalledBlock.TITLE,
            RecalledBlock.of(found.stream().map(Found::line).toList(), invocation));
  }

  /** What a payload says, without the names of its fields. */
  static String words(Json payload) {
    List<String> words = new ArrayList<>();
    collect(payload.value(), words);
    String text = String.join(" ", words);
    return text.length() <= Memory.QUERY_CHARS_MAX
        ? text
        : text.substring(0, Memory.QUERY_CHARS_MAX);
  }

  private static void collect(@Nullable Object value, List<String> words) {
    if (value instanceof Map<?, ?> map) {
      map.values().forEach(inner -> collect(inner, words));
    } else if (value instanceof Collection<?> list) {
      list.forEach(inner -> collect(inner, words));
    } else if (value != null) {
      words.add(value.toString());
    }
  }
}
