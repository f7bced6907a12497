package dev.agentruntime.runtime;

import dev.agentruntime.config.RuntimeConfig.Upkeep;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Keeping;
import dev.agentruntime.journal.Keeping.Due;
import dev.agentruntime.journal.Keeping.SavedImage;
import dev.agentruntime.live.ProcessLog.Captured;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.Recovery;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Has checkpoints made, and what they fold compacted and let go. A round takes the images of the
 * processes with new entries, waits until all that they fold is durable, and hands them to the
 * journal; the journal's own thread does the rest.
 *
 * <p>Owned by: the runtime's event-loop context.
 */
final class CheckpointKeeper {

  private static final System.Logger LOG = System.getLogger(CheckpointKeeper.class.getName());

  private static final Duration LOOK = Duration.ofSeconds(1);

  /** The thread that compacts works at most one part in so many of the time. */
  private static final int SHARE = 10;

  /** A node that stops makes a last checkpoint when so many entries would have to be read. */
  private static final int WORTH_IT = 1_000;

  private final LocalRuntime runtime;
  private final Keeping keeping;
  private final Upkeep upkeep;
  private final Timers timers;
  private final Timers.Armed looking;
  private final Map<ProcessId, Unsettled> unsettled = new ConcurrentHashMap<>();
  private Future<Void> current = Future.succeededFuture();
  private long roundNanos;
  private long compactNanos;
  private String complaint = "";

  /** What of a process has not settled; null ids = all of it stays. */
  private record Unsettled(@Nullable Set<String> ids) {}

  /** Begins; the journal was recovered, and nothing is wrong with it. */
  CheckpointKeeper(LocalRuntime runtime, Keeping keeping, Recovery.Found found) {
    this.runtime = runtime;
    this.keeping = keeping;
    this.upkeep = runtime.setup().config().journal().upkeep();
    this.timers = runtime.timers();
    found
        .processes()
        .values()
        .forEach(each -> unsettled.put(each.id(), new Unsettled(each.unsettled())));
    this.roundNanos = timers.nanos();
    this.compactNanos = roundNanos;
    this.looking = timers.every(LOOK, this::look);
  }

  private void look() {
    if (!current.isComplete() || !runtime.isOpen()) {
      return;
    }
    Future<Void> made = isDue() ? keeping.due().compose(this::round) : Future.succeededFuture();
    current = made.compose(done -> tidy()).recover(this::complain);
  }

  /** One entry alone is the checkpoint's own. */
  private boolean isDue() {
    boolean late = timers.nanos() - roundNanos >= upkeep.checkpointInterval().toNanos();
    long unfolded = keeping.unfolded();
    return unfolded >= upkeep.checkpointEntries() || (late && unfolded > 1);
  }

  private Future<Void> round(Due due) {
    roundNanos = timers.nanos();
    Map<ProcessId, AgentProcess> hosted = new HashMap<>();
    for (AgentProcess process : runtime.everyone()) {
      hosted.put(process.id(), process);
    }
    List<Future<SavedImage>> images = new ArrayList<>();
    due.processes().forEach((id, sequence) -> {
      AgentProcess process = hosted.get(id);
      images.add(process == null ? fold(id, sequence) : process.capture().compose(this::encode));
    });
    return Future.all(images)
        .compose(all -> keeping.checkpoint(due, all.list(), timers.now()))
        .compose(this::note);
  }

  private Future<SavedImage> encode(Captured taken) {
    unsettled.put(taken.process(), new Unsettled(taken.unsettled()));
    return runtime.vertx().executeBlocking(taken::saved, false);
  }

  private Future<Void> note(Keeping.Made made) {
    complaint = "";
    LOG.log(
        System.Logger.Level.DEBUG,
        "checkpoint {0}: {1} images, {2} bytes",
        made.file(),
        made.images(),
        made.bytes());
    AgentProcess node = runtime.system();
    return node == null
        ? Future.succeededFuture()
        : node.note(new EntryData.CheckpointMade(made.position(), made.digest()));
  }

  /** A process that nobody runs any more: what the journal says of it, folded here. */
  private Future<SavedImage> fold(ProcessId id, long sequence) {
    Journal journal = runtime.home().journal();
    AtomicReference<Recovery.Fold> fold = new AtomicReference<>();
    return keeping
        .saved(id)
        .compose(base -> {
          Recovery.Fold begun = new Recovery.Fold(id, base);
          fold.set(begun);
          return more(journal, begun, sequence);
        })
        .compose(done -> encode(java.util.Objects.requireNonNull(fold.get()).captured()));
  }

  private static Future<Void> more(Journal journal, Recovery.Fold fold, long sequence) {
    return fold.sequence() >= sequence
        ? Future.succeededFuture()
        : journal.read(fold.process(), fold.sequence() + 1, 1_000).compose(lines -> {
          fold.take(lines);
          return more(journal, fold, sequence);
        });
  }

  /** Compacts one segment, if it is its time, and lets go of those that are too many. */
  private Future<Void> tidy() {
    long begun = timers.nanos();
    if (begun < compactNanos) {
      return Future.succeededFuture();
    }
    return keeping
        .compact(process -> {
          Unsettled known = unsettled.get(process);
          return known == null ? null : known.ids();
        })
        .compose(did -> keeping.retire(
            new Keeping.Retention(
                upkeep.retentionAge(), upkeep.retentionBytes(), upkeep.archiveDir()),
            timers.now()))
        .onComplete(done -> compactNanos = timers.nanos() + (timers.nanos() - begun) * SHARE)
        .mapEmpty();
  }

  private Future<Void> complain(Throwable cause) {
    String text = String.valueOf(cause.getMessage());
    // The same again every second tells nothing new.
    LOG.log(
        complaint.equals(text) ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
        "no checkpoint: {0}",
        text);
    complaint = text;
    return Future.succeededFuture();
  }

  /** A last round when it saves the next start much reading, then no more. */
  Future<Void> end() {
    looking.cancel();
    current = current
        .compose(done -> keeping.unfolded() >= WORTH_IT
            ? keeping.due().compose(this::round)
            : Future.succeededFuture())
        .recover(this::complain);
    return current;
  }
}
