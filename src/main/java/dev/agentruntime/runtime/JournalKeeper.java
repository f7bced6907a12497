package dev.agentruntime.runtime;

import dev.agentruntime.audit.AnchorFile;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.home.AnchorKeeper;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Keeping;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.Recovery;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings back what the journal refused: a journal that closed itself is tried again at an interval,
 * then every image is rebuilt; a process that lost an append of its own is rebuilt alone.
 *
 * <p>Owned by: the runtime's event-loop context.
 */
final class JournalKeeper {

  private static final System.Logger LOG = System.getLogger(JournalKeeper.class.getName());

  private static final Duration MEND_PAUSE = Duration.ofMillis(100);

  private final LocalRuntime runtime;
  private final Set<ProcessName> broken = new HashSet<>();
  private String shortage = "";
  private Timers.@Nullable Armed looking;
  private @Nullable AnchorKeeper anchors;
  private @Nullable CheckpointKeeper checkpoints;

  JournalKeeper(LocalRuntime runtime) {
    this.runtime = runtime;
  }

  /** Begins to watch, once the node's journal is open. */
  void watch() {
    journal().onFailure(this::failed);
    looking =
        runtime.timers().every(runtime.setup().config().journal().reopenInterval(), this::look);
  }

  /** Begins to set anchors and to make checkpoints, once the journal was recovered. */
  void begin(Recovery.Found found) {
    anchor();
    Keeping keeping = journal().keeping();
    if (keeping == null || runtime.setup().config().journal().upkeep().isOff()) {
      return;
    }
    boolean damaged = !found.report().damaged().isEmpty()
        || !found.report().suspect().isEmpty()
        || found.processes().values().stream().anyMatch(each -> !each.damage().isEmpty());
    if (damaged) {
      // What is damaged stays as it is found, and so does all around it.
      runtime.warn("no checkpoints are made while the journal is damaged");
    } else {
      checkpoints = new CheckpointKeeper(runtime, keeping, found);
    }
  }

  private void anchor() {
    AnchorFile file = runtime.home().anchors();
    if (file != null) {
      Duration interval = runtime.setup().config().journal().safeguards().anchorInterval();
      anchors = new AnchorKeeper(runtime.vertx(), runtime.timers(), runtime.home(), interval, file);
    }
  }

  /** Watches no more, and has a last checkpoint made and a last anchor set. */
  Future<Void> end() {
    if (looking != null) {
      looking.cancel();
    }
    Future<Void> last = checkpoints == null ? Future.succeededFuture() : checkpoints.end();
    AnchorKeeper setting = anchors;
    return setting == null ? last : last.compose(done -> setting.end());
  }

  /** A disk that was full may have room again. */
  private void look() {
    String now = journal().shortage();
    if (now == null) {
      shortage = "";
      return;
    }
    if (shortage.isEmpty()) {
      runtime.warn(now);
    }
    shortage = now;
    journal()
        .replenish()
        .onSuccess(done -> LOG.log(System.Logger.Level.INFO, "the journal has room again"))
        .onFailure(cause -> LOG.log(System.Logger.Level.DEBUG, "no room yet: {0}", cause));
  }

  private Journal journal() {
    return runtime.home().journal();
  }

  private void failed(RuntimeFault fault) {
    runtime.journalClosed(fault);
    runtime.vertx().runOnContext(ignored -> retryLater());
  }

  private void retryLater() {
    Timers.Armed ignored =
        runtime.timers().after(runtime.setup().config().journal().reopenInterval(), this::retry);
  }

  private void retry() {
    if (runtime.isDraining()) {
      return;
    }
    journal()
        .reopen()
        .compose(open -> runtime.rebuild())
        .onSuccess(done -> LOG.log(System.Logger.Level.INFO, "the journal is open again"))
        .onFailure(cause -> {
          LOG.log(System.Logger.Level.WARNING, "the journal stays closed: {0}", cause.getMessage());
          retryLater();
        });
  }

  /** Rebuilds the images of these from the journal. */
  Future<Void> rebuild(Collection<AgentProcess> lost) {
    // What was taken before an append was refused may yet become durable, and must be read then.
    Future<Void> landed = Future.join(lost.stream().map(AgentProcess::landed).toList())
        .otherwiseEmpty()
        .mapEmpty();
    return landed.compose(done -> Recovery.replay(journal())).compose(found -> {
      List<Future<Void>> all = new ArrayList<>();
      for (AgentProcess process : lost) {
        Recovery.Restored restored = found.processes().get(process.name());
        if (restored != null && restored.id().equals(process.id())) {
          all.add(process.rebuilt(restored));
        }
      }
      return Future.all(all).mapEmpty();
    });
  }

  /** Told by a process, on its context, that an append of its own failed. */
  void broken(ProcessName name) {
    LOG.log(System.Logger.Level.WARNING, "process {0} lost an append; it is rebuilt", name);
    runtime.loop().runOnContext(ignored -> {
      if (broken.add(name) && broken.size() == 1) {
        mendLater();
      }
    });
  }

  private void mendLater() {
    Timers.Armed ignored = runtime.timers().after(MEND_PAUSE, this::mend);
  }

  /** The journal is well and only had no room: rebuilds those it refused. */
  private void mend() {
    if (!runtime.isOpen()) {
      // Closed: everyone is rebuilt when it is open again.
      broken.clear();
      return;
    }
    if (!journal().accepting()) {
      mendLater();
      return;
    }
    List<AgentProcess> lost = runtime.everyone().stream()
        .filter(process -> broken.contains(process.name()))
        .toList();
    broken.clear();
    LocalRuntime.unheard(
        rebuild(lost).onFailure(cause -> lost.forEach(process -> broken(process.name()))));
  }

  /**
   * Those whose entries go to the node's journal; level none has one of its own, which stays open.
   */
  List<AgentProcess> onDisk() {
    Journal journal = journal();
    return runtime.everyone().stream().filter(process -> process.isIn(journal)).toList();
  }
}
