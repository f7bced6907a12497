package dev.agentruntime.replay;

import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.time.Timers;
import java.util.ArrayList;
import java.util.List;

/**
 * The journal of a fork: its own entries behind the one it was forked at, in memory, gone with the
 * fork. An entry is applied by the same fold as anywhere. Owned by: the process's context.
 */
final class ForkLog {

  private final ProcessImage image;
  private final Timers timers;
  private final List<JournalEntry> entries = new ArrayList<>();

  ForkLog(ProcessImage image, Timers timers) {
    this.image = image;
    this.timers = timers;
  }

  void write(EntryData data) {
    JournalEntry entry = new JournalEntry(
        image.id(), image.sequence() + 1, Math.max(1, image.epoch()), timers.now(), data);
    image.apply(entry);
    entries.add(entry);
  }

  ProcessImage image() {
    return image;
  }

  List<JournalEntry> entries() {
    return entries;
  }
}
