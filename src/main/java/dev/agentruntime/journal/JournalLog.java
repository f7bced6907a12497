package dev.agentruntime.journal;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.ControlLine;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.Failpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
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
 * <p>Owned by: one thread, the writer; {@link #queue} and {@link #read} are for any.
 */
final class JournalLog {

  /** Bytes after which no further entry joins a group. */
  static final int GROUP_BYTES_MAX = 1 << 20;

  private final Disk disk;
  private final JournalSettings settings;
  private final SegmentMaker maker;
  private final List<Consumer<RuntimeFault>> listeners = new CopyOnWriteArrayList<>();

  private final LogQueue queue;
  private final List<Segment> segments = new CopyOnWriteArrayList<>();

  private final Bytes group = new Bytes(1 << 16);
  private final List<LogQueue.Pending> members = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private Map<ProcessId, ScanResult.Tip> tips = new HashMap<>();
  private Disk.@Nullable Lock lock;
  private Disk.@Nullable DiskFile file;
  private @Nullable Path rolling;
  private final Durables durables = new Durables();
  private final Checkpoints checkpoints;
  private final AtomicReference<Kept> kept = new AtomicReference<>(Kept.ALL);
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
  JournalLog(Disk disk, JournalSettings settings, Executor preparer, LogQueue.Told told) {
    this.disk = disk;
    this.settings = settings;
    this.maker = new SegmentMaker(disk, settings, preparer);
    this.checkpoints = new Checkpoints(disk, settings);
    this.queue = new LogQueue(settings, maker::shortage, told);
  }

  /** Where entries wait to be written. */
  LogQueue queue() {
    return queue;
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

  /**
   * Writes one group, syncs it, tells its callers.
   *
   * @return false when nothing was waiting
   */
  boolean drain() {
    if (queue.isIdle()) {
      return false;
    }
    RuntimeFault refused = queue.refusal();
    if (refused != null) {
      queue.fail(refused);
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
    LogQueue.Pending pending = queue.peek();
    while (pending != null && group.size() < GROUP_BYTES_MAX) {
      RuntimeFault wrong = outOfOrder(pending);
      if (wrong != null) {
        if (members.isEmpty()) {
          queue.remove();
          queue.finish(List.of(pending), wrong);
          pending = queue.peek();
          continue;
        }
        break;
      }
      if (!makeRoom(pending.entry().head().length + LogQueue.STAMP_MAX)) {
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

  private @Nullable RuntimeFault outOfOrder(LogQueue.Pending pending) {
    if (pending.generation() != queue.generation()) {
      return queue.closed("the journal was re-opened since; rebuild from it");
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
      durables.unanchored(entry.process(), entry.sequence(), entry.hash());
      durables.unfolded(entry.process(), entry.sequence());
    }
    position += group.size();
    next += members.size();
    lastHash = members.get(members.size() - 1).entry().hash();
    segment.durableEnd(position);
    List<LogQueue.Pending> done = List.copyOf(members);
    members.clear();
    if (group.capacity() > 4 * GROUP_BYTES_MAX) {
      group.shrink();
    }
    queue.finish(done, null);
    if (position > capacity / 2) {
      maker.prepare();
    }
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
    if (!segments.isEmpty()) {
      Segment before = segments.get(segments.size() - 1);
      before.range(before.first(), next);
    }
    segment.range(next, Long.MAX_VALUE);
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
    queue.refuse(fault);
    for (int i = members.size() - 1; i >= 0; i--) {
      EncodedEntry entry = members.get(i).entry();
      tip(entry.process()).sequence(entry.sequence() - 1);
    }
    List<LogQueue.Pending> failed = List.copyOf(members);
    members.clear();
    queue.finish(failed, fault);
    queue.fail(fault);
    for (Consumer<RuntimeFault> listener : listeners) {
      listener.accept(fault);
    }
  }

  /** Opens again after a failure, in a new segment; nothing that was not durable stays. */
  void reopen() throws IOException {
    RuntimeFault refused = queue.refusal();
    if (refused == null) {
      return;
    }
    if (!recovered || lock == null) {
      throw refused;
    }
    queue.fail(refused);
    closeFile();
    Segment.zeroTail(disk, segments);
    Path unfinished = rolling;
    if (unfinished != null) {
      disk.delete(unfinished);
    }
    roll(maker.takeFresh());
    queue.nextGeneration();
    queue.refuse(null);
  }

  /** What became durable since it was last asked. */
  Journal.Stretch stretch() {
    return recovered ? durables.stretch(next) : Journal.Stretch.NONE;
  }

  /** What no checkpoint folds. */
  Keeping.Due due() {
    if (!checkpoints.hasBase()) {
      Map<ProcessId, Long> all = new HashMap<>();
      tips.forEach((process, tip) -> all.put(process, tip.sequence()));
      durables.forget(all);
    }
    return durables.due(next);
  }

  /** How many entries no checkpoint folds; from any thread. */
  long unfolded() {
    return durables.waiting();
  }

  /** A checkpoint folds it now. */
  void folded(Keeping.Due due) {
    durables.folded(due, next);
  }

  /** Up to which n everything is durable. */
  long last() {
    return next - 1;
  }

  Checkpoints checkpoints() {
    return checkpoints;
  }

  /** Those with entries, in order; any thread may read them, and take the first ones out. */
  List<Segment> segments() {
    return segments;
  }

  /** What was let go; for any thread, set by the one that lets go. */
  AtomicReference<Kept> kept() {
    return kept;
  }

  /** Who makes the segments, and knows of a shortage; only that is for any thread. */
  SegmentMaker maker() {
    return maker;
  }

  /**
   * Reads the journal: the first time from whatever is there, which opens the log for writing;
   * later up to what is durable. A {@link Journal.Folding} is handed a checkpoint first.
   */
  Journal.Replayed replay(Journal.EntrySink sink) throws IOException {
    Replay replay = new Replay(disk, settings, checkpoints, sink);
    ScanResult found = recovered ? again(replay) : recover(replay);
    return found.replayed(replay.notes());
  }

  private ScanResult again(Replay replay) throws IOException {
    List<Segment.Head> heads = Segment.Head.durable(disk, segments);
    Kept now = Objects.requireNonNull(kept.get());
    return replay.run(heads, now, (view, process) -> {});
  }

  private ScanResult recover(Replay replay) throws IOException {
    long anchored = settings.anchored().getAsLong();
    durables.anchored(anchored >= 0);
    Kept let = Kept.read(disk, settings.directory());
    kept.set(let);
    List<Segment.Head> heads = Segment.Head.all(disk, settings.directory());
    maker.sync(heads);
    ScanResult found = replay.run(heads, let, (view, process) -> {
      if (view.n() > anchored) {
        durables.unanchored(process, view.sequence(), view.hash());
      }
      durables.unfolded(process, view.sequence());
    });
    found.requireUpTo(anchored, settings.directory(), ScanResult.ANCHORS);
    CheckpointFile.Header used = replay.used();
    checkpoints.begin(used);
    durables.unfoldedFrom(used == null ? let.first() : used.from());
    durables.stretchFrom(Math.min(anchored + 1, found.next));
    int last = found.lastUsed(heads);
    boolean spare = maker.dropUnused(found, last + 1);
    maker.dropLetGo(heads, let);
    Segment open = found.open;
    if (open != null) {
      Disk.DiskFile opened = disk.openWrite(open.file());
      file = opened;
      capacity = opened.size();
      position = found.end;
      bodyStart = 0;
      Segment.settle(opened, found.group, found.end);
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
    queue.refuse(null);
    return found;
  }

  /** Entries of one process that are durable; from any thread. */
  List<Journal.JournalLine> read(ProcessId process, long from, int limit) throws IOException {
    List<Journal.JournalLine> lines =
        Segment.read(disk, List.copyOf(segments), new Segment.Wanted(process, from, limit));
    if (lines == null) {
      throw new RuntimeFault(
          ErrorCode.NOT_KEPT,
          "sequence " + from + " of " + process + " is not kept any more, expected=one written at "
              + Objects.requireNonNull(kept.get()).since() + " or later");
    }
    return lines;
  }

  /** Whether nothing was let go; from any thread. */
  boolean isWhole() {
    return !Objects.requireNonNull(kept.get()).isCut();
  }

  /** The first sequence of a process that is kept, 0 when there is none; from any thread. */
  long first(ProcessId process) throws IOException {
    return Segment.first(disk, List.copyOf(segments), process);
  }

  /** Writes what waits, then the closing line, and lets go of the directory. */
  void close() throws IOException {
    while (drain()) {
      // one group after the other
    }
    boolean writable = queue.refusal() == null;
    queue.refuse(queue.closed("it was closed"));
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
}
