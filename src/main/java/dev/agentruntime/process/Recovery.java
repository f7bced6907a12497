package dev.agentruntime.process;

import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Journal.JournalLine;
import dev.agentruntime.journal.Journal.Replayed;
import dev.agentruntime.journal.Keeping.SavedImage;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessLog;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Folds a journal into images, from its newest checkpoint on: the same {@link ProcessImage#apply}
 * that live running uses, and nothing else. Filled on the worker that replays, read afterwards.
 */
public final class Recovery implements Journal.Folding {

  private final Map<ProcessId, ProcessImage> images = new LinkedHashMap<>();
  private final Map<ProcessId, byte[]> hashes = new HashMap<>();
  private final Map<ProcessId, String> damaged =
      new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));

  private Recovery() {}

  /** Folds one process by itself: from an image of it, if there is one, over entries. */
  public static final class Fold {
    private final ProcessImage image;
    private byte[] hash;
    private long bytes;

    /** Begins; null = with nothing. */
    public Fold(ProcessId process, @Nullable SavedImage from) {
      image = from == null ? new ProcessImage(process) : ImageReader.read(from.image());
      hash = from == null ? HashChain.start() : from.hash();
      bytes = from == null ? 0 : from.bytes();
    }

    /** Whose image it is. */
    public ProcessId process() {
      return image.id();
    }

    /** Of the last entry it folds. */
    public long sequence() {
      return image.sequence();
    }

    /**
     * Folds entries that follow.
     *
     * @throws RuntimeFault JOURNAL_CORRUPT when there are none, or they do not follow
     */
    public void take(List<JournalLine> lines) {
      if (lines.isEmpty()) {
        throw new RuntimeFault(
            ErrorCode.JOURNAL_CORRUPT,
            "entries of " + image.id() + " after s=" + image.sequence() + " are not there");
      }
      for (JournalLine line : lines) {
        image.apply(line.entry());
        byte[] text = line.text().getBytes(StandardCharsets.UTF_8);
        hash = EntryCodec.decode(text).hash();
        bytes += line.text().lastIndexOf(",\"n\":");
      }
    }

    /** What it came to. */
    public ProcessLog.Captured captured() {
      return ProcessLog.Captured.of(new ProcessLog.Recovered(image, hash, bytes));
    }
  }

  /**
   * What a journal holds.
   *
   * @param processes the newest incarnation of each name, removed ones included
   * @param report what was found besides entries
   */
  public record Found(Map<ProcessName, Restored> processes, Replayed report) {}

  /**
   * One process as recovered; opaque outside this package.
   */
  public static final class Restored {
    private final ProcessImage image;
    private final byte[] hash;
    private final long bytes;
    private final Gate.@Nullable Condition condition;
    private final String damage;

    private Restored(ProcessLog.Recovered from, Gate.@Nullable Condition condition, String damage) {
      this.image = from.image();
      this.hash = from.hash();
      this.bytes = from.bytes();
      this.condition = condition;
      this.damage = damage;
    }

    /** Its id. */
    public ProcessId id() {
      return image.id();
    }

    /** Whether its name is free again. */
    public boolean removed() {
      return image.removed();
    }

    /** Ids of its invocations and events that have not settled; null = all of it is kept. */
    public @Nullable Set<String> unsettled() {
      return ProcessLog.Captured.unsettled(image);
    }

    /** What is wrong with its entries, empty when nothing is. */
    public String damage() {
      return damage;
    }

    ProcessImage image() {
      return image;
    }

    ProcessLog.Recovered recovered() {
      return new ProcessLog.Recovered(image, hash, bytes);
    }

    Gate.@Nullable Condition condition() {
      return condition;
    }
  }

  /** Replays a journal. */
  public static Future<Found> replay(Journal journal) {
    Recovery recovery = new Recovery();
    return journal.recover(recovery).map(recovery::found);
  }

  @Override
  public void restart() {
    images.clear();
    hashes.clear();
    damaged.clear();
  }

  @Override
  public void image(SavedImage saved) {
    ProcessImage image = ImageReader.read(saved.image());
    if (!image.id().equals(saved.process()) || image.sequence() != saved.sequence()) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "image, expected=" + saved.process() + " at s=" + saved.sequence() + ", actual="
              + image.id() + " at s=" + image.sequence());
    }
    images.put(image.id(), image);
    hashes.put(image.id(), saved.hash());
  }

  @Override
  public void accept(JournalEntry entry, byte[] hash) {
    ProcessId id = entry.process();
    if (damaged.containsKey(id)) {
      return;
    }
    try {
      images.computeIfAbsent(id, ProcessImage::new).apply(entry);
      hashes.put(id, hash);
    } catch (RuntimeFault fault) {
      damaged.put(id, fault.failure().message());
    }
  }

  private Found found(Replayed report) {
    report.damaged().forEach(damaged::putIfAbsent);
    damaged.keySet().forEach(id -> images.computeIfAbsent(id, ProcessImage::new));
    Map<ProcessName, Restored> newest = new TreeMap<>();
    for (ProcessImage image : images.values()) {
      ProcessName name = image.id().name();
      Restored known = newest.get(name);
      if (known == null || known.id().incarnation() < image.id().incarnation()) {
        newest.put(name, process(image, report));
      }
    }
    return new Found(newest, report);
  }

  private Restored process(ProcessImage image, Replayed report) {
    String damage = damaged.get(image.id());
    ProcessLog.Recovered from = new ProcessLog.Recovered(
        image,
        hashes.getOrDefault(image.id(), new byte[32]),
        report.bytes().getOrDefault(image.id(), 0L));
    if (damage != null) {
      return new Restored(from, Gate.Condition.JOURNAL_CORRUPT, damage);
    }
    if (!report.suspect().isEmpty()) {
      return new Restored(from, Gate.Condition.JOURNAL_SUSPECT, report.suspect().get(0));
    }
    return new Restored(from, null, "");
  }
}
