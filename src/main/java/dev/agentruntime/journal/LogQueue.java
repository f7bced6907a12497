package dev.agentruntime.journal;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The entries that wait to be written, and whether more may come. Anybody offers and asks; the
 * writer takes, and says that it is closed.
 */
final class LogQueue {

  /** The writer's part of a line: n and g of 19 digits, c, the line break. */
  static final int STAMP_MAX = 80;

  private final JournalSettings settings;
  private final Supplier<@Nullable String> shortage;
  private final Told told;
  private final ConcurrentLinkedQueue<Pending> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong generation = new AtomicLong();
  private final AtomicReference<@Nullable RuntimeFault> refusal;

  /**
   * An empty one, closed until the journal was replayed.
   *
   * @param told hands outcomes to the callers
   */
  LogQueue(JournalSettings settings, Supplier<@Nullable String> shortage, Told told) {
    this.settings = settings;
    this.shortage = shortage;
    this.told = told;
    this.refusal = new AtomicReference<>(closed("it was not replayed yet"));
  }

  /** Takes outcomes, on the writer's thread. */
  interface Told {
    /** All of them, in order; {@code failure} is null when they are durable. */
    void tell(List<Pending> group, @Nullable RuntimeFault failure);
  }

  /** Takes an entry in; what it answers refuses it. */
  @Nullable
  RuntimeFault offer(Pending pending) {
    RuntimeFault refused = refusal.get();
    if (refused != null) {
      return refused;
    }
    int length = pending.entry().head().length;
    if (length > LineView.LENGTH_MAX - STAMP_MAX) {
      return new RuntimeFault(
          ErrorCode.PAYLOAD_TOO_LARGE,
          "journal entry, expected<=" + (LineView.LENGTH_MAX - STAMP_MAX) + " bytes, actual="
              + length);
    }
    if (waiting.incrementAndGet() > settings.queueMax()) {
      waiting.decrementAndGet();
      return new RuntimeFault(
          ErrorCode.OVERLOADED,
          "journal queue, expected<" + settings.queueMax() + " entries waiting, actual=full");
    }
    queue.add(pending);
    return null;
  }

  boolean accepting() {
    return refusal.get() == null
        && shortage.get() == null
        && waiting.get() < settings.queueMax() * 3L / 4;
  }

  /** Whether nothing waits to be written. */
  boolean isIdle() {
    return queue.isEmpty();
  }

  @Nullable
  Pending peek() {
    return queue.peek();
  }

  void remove() {
    queue.remove();
  }

  /** Which opening this is, for {@link Pending#generation}. */
  long generation() {
    return generation.get();
  }

  void nextGeneration() {
    generation.incrementAndGet();
  }

  /** Why nothing is taken, null when it is. */
  @Nullable
  RuntimeFault refusal() {
    return refusal.get();
  }

  void refuse(@Nullable RuntimeFault why) {
    refusal.set(why);
  }

  /** These were written, or not. */
  void finish(List<Pending> pending, @Nullable RuntimeFault failure) {
    waiting.addAndGet(-pending.size());
    told.tell(pending, failure);
  }

  /** None of those that wait is written. */
  void fail(RuntimeFault fault) {
    List<Pending> failed = new ArrayList<>();
    Pending pending = queue.poll();
    while (pending != null) {
      failed.add(pending);
      pending = queue.poll();
    }
    if (!failed.isEmpty()) {
      finish(failed, fault);
    }
  }

  RuntimeFault closed(String why) {
    return new RuntimeFault(
        ErrorCode.JOURNAL_CLOSED,
        "journal " + settings.directory() + ", expected=open, actual=" + why);
  }

  /**
   * An entry on its way to being durable.
   *
   * @param entry the entry
   * @param promise told when it is
   * @param context where the caller wants to be told, null = wherever
   * @param generation which opening of the journal the caller was talking to
   */
  record Pending(
      EncodedEntry entry, Promise<Void> promise, @Nullable Context context, long generation) {}
}
