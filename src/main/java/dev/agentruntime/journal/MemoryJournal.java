package dev.agentruntime.journal;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A journal that lives as long as its JVM, for level {@code none} and for tests. Its entries take
 * the same bytes as those of a file, and it never gives any back. Futures complete inside the call.
 */
public final class MemoryJournal implements Journal {

  private final ConcurrentSkipListMap<Long, Stored> entries = new ConcurrentSkipListMap<>();
  private final ConcurrentHashMap<ProcessId, AtomicLong> tips = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** An empty journal. */
  public MemoryJournal() {}

  @Override
  public Future<Void> append(EncodedEntry entry) {
    if (closed.get()) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.JOURNAL_CLOSED, "memory journal, expected=open, actual=closed"));
    }
    RuntimeFault wrong = outOfOrder(entry);
    if (wrong != null) {
      return Future.failedFuture(wrong);
    }
    long n = last.incrementAndGet();
    Bytes line = new Bytes(entry.head().length + 64);
    EntryCodec.seal(line, entry, n, n);
    line.cut(line.size() - 1);
    entries.put(n, new Stored(entry.process(), entry.sequence(), line.toByteArray()));
    return Future.succeededFuture();
  }

  private @Nullable RuntimeFault outOfOrder(EncodedEntry entry) {
    AtomicLong tip = tips.computeIfAbsent(entry.process(), process -> new AtomicLong());
    return tip.compareAndSet(entry.sequence() - 1, entry.sequence())
        ? null
        : new RuntimeFault(
            ErrorCode.VERSION_CONFLICT,
            "journal sequence of " + entry.process() + ", expected=" + (tip.get() + 1) + ", actual="
                + entry.sequence());
  }

  @Override
  public boolean accepting() {
    return !closed.get();
  }

  @Override
  public boolean durable() {
    return false;
  }

  @Override
  public Future<Replayed> replay(EntrySink sink) {
    long count = 0;
    for (Stored stored : entries.values()) {
      EntryCodec.Decoded decoded = EntryCodec.decode(stored.line());
      sink.accept(decoded.entry(), decoded.hash());
      count++;
    }
    return Future.succeededFuture(
        new Replayed(count, false, null, Map.of(), List.of(), Map.of(), List.of()));
  }

  @Override
  public Future<List<JournalLine>> read(ProcessId process, long from, int limit) {
    List<JournalLine> found = new ArrayList<>();
    for (Stored stored : entries.values()) {
      if (found.size() >= limit) {
        break;
      }
      if (stored.sequence() >= from && stored.process().equals(process)) {
        found.add(new JournalLine(
            EntryCodec.decode(stored.line()).entry(),
            new String(stored.line(), StandardCharsets.UTF_8)));
      }
    }
    return Future.succeededFuture(found);
  }

  @Override
  public void onFailure(Consumer<RuntimeFault> listener) {
    // Memory does not fail to write.
  }

  @Override
  public Future<Void> reopen() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    closed.set(true);
    return Future.succeededFuture();
  }

  private record Stored(ProcessId process, long sequence, byte[] line) {}
}
