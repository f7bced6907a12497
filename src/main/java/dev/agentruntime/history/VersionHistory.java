package dev.agentruntime.history;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Journal.JournalLine;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The manifests a process had, as its journal keeps them: every one of them, for compaction leaves
 * deployments alone; where retention let the oldest entries go, those that are younger. For one
 * request.
 */
public final class VersionHistory {

  private static final int PAGE = 1_000;

  private final Journal journal;
  private final ProcessId process;
  private final long last;
  private final List<Version> found = new ArrayList<>();

  /**
   * A history up to an entry.
   *
   * @param last sequence of the last entry that may be shown
   */
  public VersionHistory(Journal journal, ProcessId process, long last) {
    this.journal = journal;
    this.process = process;
    this.last = last;
  }

  /** A manifest that was deployed then. */
  public record Version(Instant at, DeployEntry.ProcessDeployed entry) {

    /**
     * {@code {"version","deployed_at","digest","source","file","restores","in_force"}}, without
     * the manifest; {@code restores} only where it is the manifest of an earlier version.
     */
    public Json shown(int inForce) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("version", entry.version());
      all.put("deployed_at", at.toString());
      all.put("digest", entry.digest());
      all.put("source", entry.source());
      all.put("file", entry.file());
      if (entry.restores() > 0) {
        all.put("restores", entry.restores());
      }
      all.put("in_force", entry.version() == inForce);
      return Json.of(all);
    }
  }

  /** Reads it, oldest first. */
  public Future<List<Version>> read() {
    return journal.first(process).compose(first -> first == 0 ? end() : from(first));
  }

  private Future<List<Version>> end() {
    return Future.succeededFuture(List.copyOf(found));
  }

  private Future<List<Version>> from(long sequence) {
    if (sequence > last) {
      return end();
    }
    return journal.read(process, sequence, PAGE).compose(lines -> {
      long next = sequence;
      for (JournalLine line : lines) {
        JournalEntry entry = line.entry();
        next = entry.sequence() + 1;
        if (entry.sequence() <= last && entry.data() instanceof DeployEntry.ProcessDeployed said) {
          found.add(new Version(entry.time(), said));
        }
      }
      return lines.isEmpty() ? end() : from(next);
    });
  }
}
