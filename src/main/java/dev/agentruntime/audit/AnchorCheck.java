package dev.agentruntime.audit;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares anchors with the entries they were set over. Is told the entries in order of their n.
 * For one thread; used once.
 */
final class AnchorCheck {

  private static final int WINDOW = 1 << 16;

  private final String file;
  private final List<Anchor> anchors = new ArrayList<>();
  private final List<Integer> lines = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final Map<ProcessId, Journal.Head> heads = new HashMap<>();
  private int next;
  private int fitting;

  private AnchorCheck(Path file) {
    this.file = String.valueOf(file.getFileName());
  }

  /** Reads the anchors; no file is no anchors. */
  static AnchorCheck of(Disk disk, Path file) throws IOException {
    AnchorCheck check = new AnchorCheck(file);
    if (disk.exists(file)) {
      check.read(bytes(disk, file));
    }
    return check;
  }

  private static byte[] bytes(Disk disk, Path file) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] window = new byte[WINDOW];
    try (Disk.DiskFile open = disk.openRead(file)) {
      int length = open.read(0, window, 0, WINDOW);
      while (length > 0) {
        all.write(window, 0, length);
        length = open.read(all.size(), window, 0, WINDOW);
      }
    }
    return all.toByteArray();
  }

  /** Takes whole lines; one that was not finished vouches for nothing. */
  private void read(byte[] bytes) {
    int line = 1;
    int from = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == '\n') {
        take(Arrays.copyOfRange(bytes, from, at), line);
        from = at + 1;
        line++;
      }
    }
  }

  private void take(byte[] bytes, int line) {
    try {
      Anchor anchor = Anchor.parse(bytes);
      long expected = anchors.isEmpty() ? 1 : anchors.get(anchors.size() - 1).n() + 1;
      if (anchor.from() != expected || anchor.n() < anchor.from()) {
        problem(
            line,
            "anchor over n=" + anchor.from() + ".." + anchor.n() + ", expected=one from n="
                + expected + " on: anchors are missing, or the journal was cut before it");
      }
      anchors.add(anchor);
      lines.add(line);
    } catch (RuntimeFault e) {
      problem(line, e.failure().message());
    }
  }

  private void problem(int line, String text) {
    problems.add(file + ":" + line + ": " + text);
  }

  /** The entries begin with this n; anchors over any that were let go cannot be compared. */
  void begin(long first) {
    while (next < anchors.size() && anchors.get(next).from() < first) {
      next++;
    }
  }

  /** An entry, of a higher n than the one before. */
  void entry(JournalReader.Line line) {
    while (next < anchors.size() && line.n() > anchors.get(next).n()) {
      compare();
    }
    if (next < anchors.size() && line.n() >= anchors.get(next).from()) {
      heads.put(line.process(), new Journal.Head(line.sequence(), line.hash()));
    }
  }

  /** The journal ends with this n. */
  void end(String node, long last) {
    while (next < anchors.size() && last >= anchors.get(next).n()) {
      compare();
    }
    if (next < anchors.size()) {
      Anchor newest = anchors.get(anchors.size() - 1);
      problem(
          lines.get(next),
          "the anchor of " + anchors.get(next).time() + " does not fit: it vouches for n="
              + anchors.get(next).n() + ", and the journal ends with n=" + last
              + "; the newest, of "
              + newest.time() + ", for n=" + newest.n());
    }
    if (!anchors.isEmpty() && !anchors.get(0).node().equals(node)) {
      problem(
          lines.get(0),
          "anchors, expected=node " + node + ", actual=node " + anchors.get(0).node());
    }
  }

  private void compare() {
    Anchor anchor = anchors.get(next);
    if (anchor.fits(heads, next == 0 ? Anchor.NONE : anchors.get(next - 1).value())) {
      fitting++;
    } else {
      problem(
          lines.get(next),
          "the anchor of " + anchor.time() + " does not fit: n=" + anchor.from() + ".." + anchor.n()
              + " are not the entries it was set over");
    }
    heads.clear();
    next++;
  }

  /** The anchors of a file, the oldest first. */
  static List<Anchor> read(Disk disk, Path file) throws IOException {
    AnchorCheck check = of(disk, file);
    if (!check.problems.isEmpty()) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, check.problems.get(0));
    }
    return List.copyOf(check.anchors);
  }

  /** How many were compared and fit. */
  int fitting() {
    return fitting;
  }

  /** Up to which n the journal is vouched for, 0 without anchors. */
  long anchored() {
    return anchors.isEmpty() ? 0 : anchors.get(anchors.size() - 1).n();
  }

  /** What is wrong, {@code anchors.jsonl:line: ...}. */
  List<String> problems() {
    return problems;
  }
}
