package dev.agentruntime.journal;

import dev.agentruntime.core.ProcessId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a scan found, and where writing goes on. Filled by one {@link JournalScan}, then only read.
 */
final class ScanResult {

  /** More findings than these are counted, not kept: garbage must not fill the memory. */
  static final int FINDINGS_MAX = 100;

  final List<Segment> segments = new ArrayList<>();

  /** Where the good part of each of them ends. */
  final List<Long> ends = new ArrayList<>();

  final Map<ProcessId, ProcessTip> tips = new LinkedHashMap<>();
  final List<String> suspect = new ArrayList<>();

  /** Everything found, in the order of the files. */
  final List<String> problems = new ArrayList<>();

  long entries;
  long next = 1;
  byte[] lastHash = HashChain.start();
  boolean cleanStop;

  @Nullable
  String tornTail;

  /** The segment that may be written on, at {@link #end}; null when a new one is needed. */
  @Nullable
  Segment open;

  long end;

  /** Whether what stands there from {@link #end} on is to be zeroed. */
  boolean cut;

  /** Files behind the last one with entries: made ahead, or with a header that was torn. */
  final List<SegmentHead> unused = new ArrayList<>();

  /** How much was found, kept or not. */
  long found;

  void problem(String text) {
    found++;
    if (problems.size() < FINDINGS_MAX) {
      problems.add(text);
    }
  }

  void suspect(String text) {
    problem(text);
    if (suspect.size() < FINDINGS_MAX) {
      suspect.add(text);
    }
  }

  void damaged(ProcessTip tip, String text) {
    problem(text);
    tip.damaged(text);
  }

  Journal.Replayed replayed() {
    Map<ProcessId, String> damaged = new LinkedHashMap<>();
    for (ProcessTip tip : tips.values()) {
      String damage = tip.damage();
      if (damage != null) {
        damaged.put(tip.id(), damage);
      }
    }
    return new Journal.Replayed(entries, cleanStop, tornTail, damaged, List.copyOf(suspect));
  }
}
