package dev.agentruntime.process;

import dev.agentruntime.entry.EntryData;
import dev.agentruntime.live.ProcessDeps;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.UnaryOperator;

/** What a process does whose JVM ended between any two of its entries. */
final class CutJournal {

  /** As many ids as one entry may have drawn. */
  private static final int IDS = 10;

  private CutJournal() {}

  /** A process whose JVM ended when these entries were durable, and that goes on now. */
  static HandProcess after(List<EntryData> durable) {
    return after(durable, deps -> deps);
  }

  /** The same, with something else around it. */
  static HandProcess after(List<EntryData> durable, UnaryOperator<ProcessDeps> around) {
    HandProcess process = new HandProcess();
    process.around = around;
    process.open();
    for (EntryData data : durable) {
      Future<Void> ignored = process.kernel().log().write(data);
    }
    // None of their ids is given again.
    process.born += IDS * durable.size();
    while (process.drain()) {
      // Nobody does what the entries bring about.
    }
    process.restart(false);
    return process;
  }
}
