package dev.agentruntime.intake;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Triggers of a manifest that listen before it is in force, so that one that cannot is known before
 * the journal says anything. What they hear waits for the manifest's entry, and so does what they
 * want to remember: a crash in between leaves nothing of them. Owned by: the process's context.
 */
public final class Trial {

  private final @Nullable TriggerSet set;
  private final Promise<Void> opened = Promise.promise();
  private final Map<String, Supplier<Future<Void>>> cursors = new LinkedHashMap<>();
  private final Map<String, Json> remembered = new LinkedHashMap<>();
  private @Nullable ProcessConfig tried;
  private List<TriggerConfig> was = List.of();
  private Runnable onOpen = () -> {};

  Trial(@Nullable TriggerSet set) {
    this.set = set;
  }

  /** Of a process that does not listen. */
  public static Trial none() {
    return new Trial(null);
  }

  Trial began(ProcessConfig next, List<TriggerConfig> before) {
    tried = next;
    was = before;
    return this;
  }

  /** What else happens when the entry is written. */
  public Trial onOpen(Runnable task) {
    onOpen = task;
    return this;
  }

  /** The entry is written: what waited goes on. The future says when what it adds is durable. */
  public Future<Void> open() {
    List<Future<Void>> written = new ArrayList<>();
    try {
      onOpen.run();
    } catch (RuntimeException e) {
      // The entry is there all the same: were these not to listen, nobody would.
      written.add(Future.failedFuture(e));
    }
    cursors.values().forEach(cursor -> written.add(cursor.get()));
    cursors.clear();
    opened.tryComplete();
    return Future.join(written).mapEmpty();
  }

  /** The entry is not written: everything is as it was. Does nothing once it was opened. */
  public Future<Void> abandon() {
    if (opened.future().succeeded()) {
      return Future.succeededFuture();
    }
    opened.tryFail(new RuntimeFault(
        ErrorCode.VERSION_CONFLICT, "the manifest of this trigger did not come in force"));
    return set == null || tried == null ? Future.succeededFuture() : set.takeBack(tried, was);
  }

  /** What a trigger offers to while it is tried, and afterwards. */
  TriggerSink before(TriggerSink sink) {
    return new Waiting(sink);
  }

  private final class Waiting implements TriggerSink {
    private final TriggerSink sink;

    Waiting(TriggerSink sink) {
      this.sink = sink;
    }

    @Override
    public Future<Accepted> offer(TriggerEvent event) {
      return opened.future().succeeded()
          ? sink.offer(event)
          : opened.future().compose(in -> sink.offer(event));
    }

    @Override
    public Future<Settled> settled(String eventId, Duration limit) {
      return sink.settled(eventId, limit);
    }

    @Override
    public boolean knows(TriggerEvent event) {
      return sink.knows(event);
    }

    @Override
    public @Nullable Json cursor(String triggerId) {
      Json waits = opened.future().succeeded() ? null : remembered.get(triggerId);
      return waits == null ? sink.cursor(triggerId) : waits;
    }

    @Override
    public Future<Void> saveCursor(String triggerId, Json cursor) {
      if (opened.future().succeeded()) {
        return sink.saveCursor(triggerId, cursor);
      }
      // Not waited for: a trigger that saves before it listens would wait for its own end.
      remembered.put(triggerId, cursor);
      cursors.put(triggerId, () -> sink.saveCursor(triggerId, cursor));
      return Future.succeededFuture();
    }
  }
}
