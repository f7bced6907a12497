package dev.agentruntime.journal;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.ControlLine;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.Failpoints;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node's log on a disk, without a thread or a clock of its own: whoever owns it calls {@link
 * #drain}. The segments are drawn at {@link EntryCodec} (entries) and {@link ControlLine}:
 *
 * <pre>
 * journal/lock              holds the pid of the runtime that has it
 * journal/00000001.jsonl    header, entries in groups, maybe a closing line, zeros
 * journal/00000002.jsonl    zeroed ahead, empty until the first is full
 * </pre>
 *
 * A group is what was waiting when the one before it was synced; it is written at once, synced
 * once, then all its callers are told. A group never spans two segments.
 *
 * <p>Owned by: one thread, the writer. {@link #offer}, {@link #accepting}, {@link #isIdle} and
 * {@link #read} may be called from any.
 */
final class JournalLog {

  /** Bytes after which no further entry joins a group. */
  static final int GROUP_BYTES_MAX = 1 << 20;

  /** The writer's part of a line: n and g of 19 digits, c, the line break. */
  private static final int STAMP_MAX = 80;

  private final Disk disk;
  private final JournalSettings settings;
  private final SegmentMaker maker;
  private final Told told;
  private final List<Consumer<RuntimeFault>> listeners = new CopyOnWriteArrayList<>();

  private final ConcurrentLinkedQueue<Pending> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong generation = new AtomicLong();
  private final AtomicReference<@Nullable RuntimeFault> refusal;
  private final List<Segment> segments = new CopyOnWriteArrayList<>();

  private final Bytes group = new Bytes(1 << 16);
  private final List<Pending> members = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private Map<ProcessId, ScanResult.Tip> tips = new HashMap<>();
  private Disk.@Nullable Lock lock;
  private Disk.@Nullable DiskFile file;
  private @Nullable Path rolling;
  private @Nullable Map<ProcessId, Journal.Head> stretch;
  private long stretchFrom = 1;
  private long capacity;
  private boolean recovered;
  private long position;
  private long bodyStart;
  private long next = 1;
  private byte[] lastHash = HashChain.start();

  /**
   * A log that is not opened yet.
   *
   * @param preparer runs the zeroing of the next segment
   * @param told hands outcomes to the callers
   */
  JournalLog(Disk disk, JournalSettings settings, Executor preparer, Told told) {
    this.disk = disk;
    this.settings = settings;
    this.maker = new SegmentMaker(disk, settings, preparer);
    this.told = told;
    this.refusal = new AtomicReference<>(closed("it was not replayed yet"));
  }

  /** Takes outcomes, on the writer's thread. */
  interface Told {
    /** All of them, in order; {@code failure} is null when they are durable. */
    void tell(List<Pending> group, @Nullable RuntimeFault failure);
  }

  /** Makes the directory and takes its lock. */
  void open() throws IOException {
    disk.createDirectories(settings.directory());
    lock = disk.lock(settings.directory().resolve("lock"));
  }

  /** Hears when the log closes itself; on the writer's thread. */
  void onFailure(Consumer<RuntimeFault> listener) {
    listeners.add(listener);
  }

  /** Which opening this is, for {@link Pending#generation}. */
  long generation() {
    return generation.get();
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
        && maker.shortage() == null
        && waiting.get() < settings.queueMax() * 3L / 4;
  }

  /** Whether nothing waits to be written. */
  boolean isIdle() {
    return queue.isEmpty();
  }

  /**
   * Writes one group, syncs it, tells its callers.
   *
   * @return false when nothing was waiting
   */
  boolean drain() {
    if (queue.isEmpty()) {
      return false;
    }
    RuntimeFault refused = refusal.get();
    if (refused != null) {
      failQueue(refused);
      return true;
    }
    try {
      collect();
      if (!members.isEmpty()) {
        write();
        commit();
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
    return true;
  }

  private void collect() throws IOException {
    members.clear();
    offsets.clear();
    group.reset();
    Pending pending = queue.peek();
    while (pending != null && group.size() < GROUP_BYTES_MAX) {
      RuntimeFault wrong = outOfOrder(pending);
      if (wrong != null) {
        if (members.isEmpty()) {
          queue.remove();
          finish(List.of(pending), wrong);
          pending = queue.peek();
          continue;
        }
        break;
      }
      if (!makeRoom(pending.entry().head().length + STAMP_MAX)) {
        break;
      }
      queue.remove();
      offsets.add(position + group.size());
      members.add(pending);
      EntryCodec.seal(group, pending.entry(), next + members.size() - 1, next);
      tip(pending.entry().process()).sequence(pending.entry().sequence());
      pending = queue.peek();
    }
  }

  /** Whether so many bytes fit behind the group; an empty group may go on in a new segment. */
  private boolean makeRoom(int length) throws IOException {
    long end = position + group.size() + length;
    if (file != null && end <= capacity) {
      return true;
    }
    if (!members.isEmpty()) {
      return false;
    }
    // An entry longer than a whole segment makes its own segment longer.
    if (file == null || position > bodyStart) {
      roll(maker.take());
    }
    return true;
  }

  private @Nullable RuntimeFault outOfOrder(Pending pending) {
    if (pending.generation() != generation.get()) {
      return closed("the journal was re-opened since; rebuild from it");
    }
    EncodedEntry entry = pending.entry();
    ScanResult.Tip tip = tips.get(entry.process());
    long expected = tip == null ? 1 : tip.sequence() + 1;
    if (tip != null && tip.damage() != null) {
      return new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, String.valueOf(tip.damage()));
    }
    return entry.sequence() == expected
        ? null
        : new RuntimeFault(
            ErrorCode.VERSION_CONFLICT,
            "journal sequence of " + entry.process() + ", expected=" + expected + ", actual="
                + entry.sequence());
  }

  private ScanResult.Tip tip(ProcessId process) {
    return tips.computeIfAbsent(process, ScanResult.Tip::new);
  }

  private void write() throws IOException {
    Disk.DiskFile open = current();
    int length = group.size();
    int allowed = Failpoints.hit("journal.beforeWrite", length);
    open.write(position, group.array(), 0, allowed);
    if (allowed < length) {
      Failpoints.tear();
    }
    Failpoints.hit("journal.afterWrite");
    open.force();
    Failpoints.hit("journal.afterSync");
  }

  private void commit() {
    Segment segment = segments.get(segments.size() - 1);
    for (int i = 0; i < members.size(); i++) {
      EncodedEntry entry = members.get(i).entry();
      segment.note(entry.process(), entry.sequence(), offsets.get(i));
      stretch(entry.process(), entry.sequence(), entry.hash());
    }
    position += group.size();
    next += members.size();
    lastHash = members.get(members.size() - 1).entry().hash();
    segment.durableEnd(position);
    List<Pending> done = List.copyOf(members);
    members.clear();
    if (group.capacity() > 4 * GROUP_BYTES_MAX) {
      group.shrink();
    }
    finish(done, null);
    if (position > capacity / 2) {
      maker.prepare();
    }
  }

  private void finish(List<Pending> pending, @Nullable RuntimeFault failure) {
    waiting.addAndGet(-pending.size());
    told.tell(pending, failure);
  }

  private void roll(Segment segment) throws IOException {
    Failpoints.hit("journal.beforeRoll");
    byte[] header =
        new ControlLine.Header(settings.node().value(), segment.number(), next, lastHash).line();
    rolling = segment.file();
    Disk.DiskFile opened = segment.begin(disk, header);
    Disk.DiskFile old = file;
    file = opened;
    position = header.length;
    bodyStart = header.length;
    capacity = opened.size();
    segment.durableEnd(position);
    segments.add(segment);
    rolling = null;
    if (old != null) {
      old.close();
    }
    Failpoints.hit("journal.afterRoll");
  }

  /** Fail-stop: from here on nothing is written or acknowledged until {@link #reopen}. */
  private void fail(Exception cause) {
    RuntimeFault fault = new RuntimeFault(
        ErrorCode.JOURNAL_CLOSED,
        "journal " + settings.directory() + " closed for writing, expected=a write and a sync,"
            + " actual=" + cause,
        cause);
    refusal.set(fault);
    for (int i = members.size() - 1; i >= 0; i--) {
      EncodedEntry entry = members.get(i).entry();
      tip(entry.process()).sequence(entry.sequence() - 1);
    }
    List<Pending> failed = List.copyOf(members);
    members.clear();
    finish(failed, fault);
    failQueue(fault);
    for (Consumer<RuntimeFault> listener : listeners) {
      listener.accept(fault);
    }
  }

  private void failQueue(RuntimeFault fault) {
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

  /** Opens again after a failure, in a new segment; nothing that was not durable stays. */
  void reopen() throws IOException {
    RuntimeFault refused = refusal.get();
    if (refused == null) {
      return;
    }
    if (!recovered || lock == null) {
      throw refused;
    }
    failQueue(refused);
    closeFile();
    Segment.zeroTail(disk, segments);
    Path unfinished = rolling;
    if (unfinished != null) {
      disk.delete(unfinished);
    }
    roll(maker.takeFresh());
    generation.incrementAndGet();
    refusal.set(null);
  }

  private void stretch(ProcessId process, long sequence, byte[] hash) {
    if (stretch != null) {
      stretch.put(process, new Journal.Head(sequence, hash));
    }
  }

  /** What became durable since it was last asked. */
  Journal.Stretch stretch() {
    if (!recovered || stretch == null || stretch.isEmpty()) {
      return Journal.Stretch.NONE;
    }
    Journal.Stretch taken = new Journal.Stretch(stretchFrom, next - 1, stretch);
    stretch = new HashMap<>();
    stretchFrom = next;
    return taken;
  }

  /** Who makes the segments, and knows of a shortage; only that is for any thread. */
  SegmentMaker maker() {
    return maker;
  }

  /**
   * Reads all entries: the first time from whatever is there, which opens the log for writing;
   * later up to what is durable.
   */
  Journal.Replayed replay(Journal.EntrySink sink) throws IOException {
    JournalScan.Visitor visitor = (segment, line, view, process) -> {
      segment.note(process, view.sequence(), line.start());
      if (!view.compacted()) {
        sink.accept(EntryCodec.decode(view, process), view.hash());
      }
    };
    return recovered ? again(visitor) : recover(visitor);
  }

  private Journal.Replayed again(JournalScan.Visitor visitor) throws IOException {
    List<Segment.Head> heads = Segment.Head.durable(disk, segments);
    return new JournalScan(disk, visitor).run(heads, settings.node().value()).replayed();
  }

  private Journal.Replayed recover(JournalScan.Visitor visitor) throws IOException {
    long anchored = settings.anchored().getAsLong();
    stretch = anchored < 0 ? null : new HashMap<>();
    List<Segment.Head> heads = Segment.Head.all(disk, settings.directory());
    maker.sync(heads);
    JournalScan.Visitor noting = (segment, line, view, process) -> {
      visitor.entry(segment, line, view, process);
      if (view.n() > anchored) {
        stretch(process, view.sequence(), view.hash());
      }
    };
    ScanResult found = new JournalScan(disk, noting).run(heads, settings.node().value());
    found.requireUpTo(anchored, settings.directory());
    stretchFrom = Math.min(anchored + 1, found.next);
    int last = found.lastUsed(heads);
    boolean spare = maker.dropUnused(found, last + 1);
    Segment open = found.open;
    if (open != null) {
      Disk.DiskFile opened = disk.openWrite(open.file());
      file = opened;
      capacity = opened.size();
      position = found.end;
      bodyStart = 0;
      Segment.rewrite(opened, found.group, found.end);
      // Also without a cut: what stands behind zeros must never be taken for an entry later.
      Segment.zeroTail(opened, found.end);
    }
    tips = found.tips;
    next = found.next;
    lastHash = found.lastHash;
    segments.addAll(found.durableSegments());
    recovered = true;
    maker.start(last + 1, spare);
    if (open == null) {
      maker.prepare();
    }
    maker.keepReserve();
    refusal.set(null);
    return found.replayed();
  }

  /** Entries of one process that are durable; from any thread. */
  List<Journal.JournalLine> read(ProcessId process, long from, int limit) throws IOException {
    return Segment.read(disk, List.copyOf(segments), new Segment.Wanted(process, from, limit));
  }

  /** Writes what waits, then the closing line, and lets go of the directory. */
  void close() throws IOException {
    while (drain()) {
      // one group after the other
    }
    boolean writable = refusal.getAndSet(closed("it was closed")) == null;
    while (drain()) {
      // what came in between is refused
    }
    try {
      Disk.DiskFile open = file;
      if (writable && open != null) {
        byte[] line = new ControlLine.Closing(next - 1).line();
        open.write(position, line, 0, line.length);
        open.force();
      }
    } finally {
      closeFile();
      maker.close();
      Disk.Lock held = lock;
      lock = null;
      if (held != null) {
        held.close();
      }
    }
  }

  private Disk.DiskFile current() throws IOException {
    Disk.DiskFile open = file;
    if (open == null) {
      throw new IOException("no open segment in " + settings.directory());
    }
    return open;
  }

  private void closeFile() throws IOException {
    Disk.DiskFile open = file;
    file = null;
    if (open != null) {
      open.close();
    }
  }

  private RuntimeFault closed(String why) {
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
