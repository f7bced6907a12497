package dev.agentruntime.replay;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
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
  private final ForkSeat.Guard guard;
  private final List<JournalEntry> entries = new ArrayList<>();

  ForkLog(ProcessImage image, Timers timers, ForkSeat.Guard guard) {
    this.image = image;
    this.timers = timers;
    this.guard = guard;
  }

  /** Answers what was written: what was given, without the values of secrets. */
  @CanIgnoreReturnValue
  <T extends EntryData> T write(T given) {
    T data = guard.clean(given);
    JournalEntry entry = new JournalEntry(
        image.id(), image.sequence() + 1, Math.max(1, image.epoch()), timers.now(), data);
    image.apply(entry);
    entries.add(entry);
    return data;
  }

  ProcessImage image() {
    return image;
  }

  List<JournalEntry> entries() {
    return entries;
  }
}
