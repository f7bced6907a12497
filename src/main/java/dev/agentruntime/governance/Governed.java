package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.entry.JournalEntry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a process's image that governance keeps: a fold of its own. Owned by: the process's
 * context; during recovery, the worker that replays.
 */
public interface Governed {

  /** Under which name an image keeps it. */
  String name();

  /**
   * Moves it over one entry; reads no clock.
   *
   * @param config what is in force after the entry, null before the first manifest
   */
  void apply(JournalEntry entry, @Nullable ProcessConfig config);

  /** All it holds, for {@link #read}; empty when there is nothing to keep. */
  Map<String, Object> toValues();

  /** Takes what {@link #toValues} gave. */
  void read(Fields values);
}
