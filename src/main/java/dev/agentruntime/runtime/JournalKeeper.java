package dev.agentruntime.runtime;

import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.time.Timers;

/**
 * Brings a journal that closed itself back: tries again at an interval, then has every image
 * rebuilt.
 */
final class JournalKeeper {

  private static final System.Logger LOG = System.getLogger(JournalKeeper.class.getName());

  private final LocalRuntime runtime;
  private final Journal journal;

  JournalKeeper(LocalRuntime runtime, Journal journal) {
    this.runtime = runtime;
    this.journal = journal;
  }

  /** Begins to watch. */
  void watch() {
    journal.onFailure(this::failed);
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
    journal
        .reopen()
        .compose(open -> runtime.rebuild())
        .onSuccess(done -> LOG.log(System.Logger.Level.INFO, "the journal is open again"))
        .onFailure(cause -> {
          LOG.log(System.Logger.Level.WARNING, "the journal stays closed: {0}", cause.getMessage());
          retryLater();
        });
  }
}
