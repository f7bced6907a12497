package dev.agentruntime.home;

import dev.agentruntime.audit.AnchorFile;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Sets an anchor at an interval, and a last one when the node stops. What could not be written is
 * kept and tried again, so that no stretch of the journal is left out.
 *
 * <p>Owned by: the runtime's event-loop context; files are written on workers.
 */
public final class AnchorKeeper {

  private static final System.Logger LOG = System.getLogger(AnchorKeeper.class.getName());

  private final Vertx vertx;
  private final Timers timers;
  private final Journal journal;
  private final AnchorFile file;
  private final Timers.Armed timer;
  private Journal.@Nullable Stretch unsaid;
  private Future<Void> current = Future.succeededFuture();

  /** Begins; the journal was replayed. */
  public AnchorKeeper(
      Vertx vertx, Timers timers, NodeHome home, Duration interval, AnchorFile file) {
    this.vertx = vertx;
    this.timers = timers;
    this.journal = home.journal();
    this.file = file;
    this.timer = timers.every(interval, this::tick);
  }

  private void tick() {
    if (current.isComplete()) {
      current = set();
    }
  }

  /** The future never fails: the next one tries again. */
  private Future<Void> set() {
    Journal.Stretch waiting = unsaid;
    Future<Journal.Stretch> taken =
        waiting == null ? journal.stretch() : Future.succeededFuture(waiting);
    return taken.compose(this::write).recover(cause -> {
      LOG.log(
          System.Logger.Level.WARNING, "no anchor set in {0}: {1}", file.file(), cause.toString());
      return Future.succeededFuture();
    });
  }

  private Future<Void> write(Journal.Stretch stretch) {
    if (stretch.heads().isEmpty()) {
      return Future.succeededFuture();
    }
    unsaid = stretch;
    Instant now = timers.now();
    return vertx
        .executeBlocking(
            () -> {
              file.append(now, stretch);
              return true;
            },
            false)
        .onSuccess(done -> unsaid = null)
        .mapEmpty();
  }

  /** Vouches for what there is, then stops. */
  public Future<Void> end() {
    timer.cancel();
    current = current.compose(done -> set()).compose(done -> set());
    return current;
  }
}
