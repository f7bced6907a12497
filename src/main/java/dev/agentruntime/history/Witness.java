package dev.agentruntime.history;

import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ProcessImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sees what happens to a process while it is up. It is never called for an entry that is read
 * again, and hears of none that a crash could take back. Called on the process's context; it must
 * return at once and write nothing.
 */
public interface Witness {

  /** An entry is about to be applied; null when there is nothing to say about it. */
  @Nullable
  Sight sees(ProcessImage before, JournalEntry entry);

  /** Whether it wants to know how far calls of tools are. */
  default boolean wantsProgress() {
    return false;
  }

  /**
   * How far a call is that was announced, by what who makes it says; nothing keeps it.
   *
   * @param key the effect key of the call
   * @param said {@code {"progress","total","message"}}
   */
  default void progress(ProcessImage now, String key, Map<String, @Nullable Object> said) {}

  /** What was seen of one entry. */
  interface Sight {
    /**
     * It was applied.
     *
     * @param hid whether a secret was taken out of it before it was written
     */
    void applied(ProcessImage after, boolean hid);

    /** It is durable, and may be told. */
    void durable();
  }

  /** Several as one, null when there are none. */
  static @Nullable Witness all(List<Witness> several) {
    return switch (several.size()) {
      case 0 -> null;
      case 1 -> several.get(0);
      default -> new Several(List.copyOf(several));
    };
  }

  /** Tells each. */
  record Several(List<Witness> all) implements Witness {

    @Override
    public @Nullable Sight sees(ProcessImage before, JournalEntry entry) {
      List<Sight> sights = new ArrayList<>();
      for (Witness witness : all) {
        Sight sight = witness.sees(before, entry);
        if (sight != null) {
          sights.add(sight);
        }
      }
      return sights.isEmpty() ? null : together(sights);
    }

    @Override
    public boolean wantsProgress() {
      return all.stream().anyMatch(Witness::wantsProgress);
    }

    @Override
    public void progress(ProcessImage now, String key, Map<String, @Nullable Object> said) {
      all.forEach(witness -> witness.progress(now, key, said));
    }
  }

  private static Sight together(List<Sight> sights) {
    return new Sight() {
      @Override
      public void applied(ProcessImage after, boolean hid) {
        sights.forEach(sight -> sight.applied(after, hid));
      }

      @Override
      public void durable() {
        sights.forEach(Sight::durable);
      }
    };
  }
}
