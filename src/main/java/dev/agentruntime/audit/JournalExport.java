package dev.agentruntime.audit;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A part of a process's history that proves itself, as lines of a file:
 *
 * <pre>
 * {"export":1,"node":"node-1","process":"billing#1","invocation":"01J..." or null,
 *  "from":3,"to":17,"h":"64 hex"}      h of the entry before "from", zeros before the first
 * {"p":"billing#1","s":3,...}          the entries "from" to "to" as they stand in the journal; one
 *                                      that was not asked for has "x", its hash, for "d"
 * {"anchor":1,...}                     when an anchor vouches for them: its line,
 * {"before":"64 hex","heads":{         the value of the anchor before it, and every process it was
 *   "billing#1":{"s":17,"h":"64 hex"}}}   made over, in its order
 * {"end":15,"sha256":"64 hex"}         entries with "d", SHA-256 over all bytes before this line
 * </pre>
 *
 * @param process whose history
 * @param from sequence of the first entry
 * @param to sequence of the last entry
 * @param anchored whether an anchor vouches for all that was asked for
 * @param lines the file's lines, each without its line break
 */
public record JournalExport(
    ProcessId process, long from, long to, boolean anchored, List<String> lines) {

  /**
   * What is asked for.
   *
   * @param name the process, its newest incarnation
   * @param run one run of it, null = its whole history
   */
  public record Wanted(ProcessName name, @Nullable InvocationId run) {}

  /**
   * Collects an export; it is held in memory.
   *
   * @param journal the directory of the segments
   * @param anchors the file of the anchors, which may not be there
   * @throws RuntimeFault {@code PROCESS_NOT_FOUND} or {@code INVOCATION_NOT_FOUND} when there is
   *     nothing to export, {@code JOURNAL_CORRUPT} when the process's history is broken or its
   *     anchor does not fit
   */
  public static JournalExport of(Disk disk, Path journal, Path anchors, Wanted wanted)
      throws IOException {
    JournalReader reader = new JournalReader(disk, journal);
    Survey survey = new Survey(wanted, AnchorCheck.read(disk, anchors), reader.first());
    JournalReader.Report report = reader.read(survey::take);
    ProcessId process = survey.process;
    if (process == null) {
      throw new RuntimeFault(
          ErrorCode.PROCESS_NOT_FOUND, "no process " + wanted.name() + " in " + journal);
    }
    String damage = report.damaged().get(process.toString());
    if (damage != null) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, damage);
    }
    if (survey.lastN == 0) {
      throw new RuntimeFault(
          ErrorCode.INVOCATION_NOT_FOUND, "process " + process + " has no run " + wanted.run());
    }
    Collection collection = new Collection(process, survey);
    var unused = reader.read(collection::take);
    return collection.export(String.valueOf(report.node()), wanted);
  }

  /** The first reading: what is there, and which anchor covers it. */
  private static final class Survey {
    private final Wanted wanted;
    private final List<Anchor> anchors;
    private final long first;
    private RunFilter filter;
    private @Nullable ProcessId process;
    private long lastN;
    private long lastSequence;
    private int window;
    private int newestWindow = -1;

    Survey(Wanted wanted, List<Anchor> anchors, long first) {
      this.first = first;
      this.wanted = wanted;
      this.anchors = anchors;
      this.filter = new RunFilter(wanted.run());
    }

    void take(JournalReader.Line line) {
      while (window < anchors.size() && line.n() > anchors.get(window).n()) {
        window++;
      }
      ProcessId id = line.process();
      if (!id.name().equals(wanted.name())
          || (process != null && id.incarnation() < process.incarnation())) {
        return;
      }
      if (!id.equals(process)) {
        process = id;
        filter = new RunFilter(wanted.run());
        lastN = 0;
        newestWindow = -1;
      }
      if (line.entry() != null) {
        filter.learn(line.entry().data());
      }
      if (wanted.run() == null
          || (line.entry() != null && filter.isOfRun(line.entry().data()))) {
        lastN = line.n();
        lastSequence = line.sequence();
        // An anchor over entries that were let go cannot be shown to fit.
        boolean whole = window < anchors.size() && anchors.get(window).from() >= first;
        newestWindow = whole ? window : newestWindow;
      }
    }

    /** The anchor that covers the last entry wanted, else the newest one that covers any. */
    int anchor() {
      return newestWindow;
    }

    /** Whether it covers all. */
    boolean coversAll() {
      return newestWindow >= 0 && lastN <= anchors.get(newestWindow).n();
    }
  }

  /** The second reading: the lines themselves. */
  private static final class Collection {
    private final ProcessId process;
    private final Survey survey;
    private final @Nullable Anchor anchor;
    private final Map<ProcessId, Journal.Head> heads = new HashMap<>();
    private final List<String> entries = new ArrayList<>();
    private byte[] before = new byte[32];
    private boolean linked;
    private long from;
    private long to;
    private int whole;

    Collection(ProcessId process, Survey survey) {
      this.process = process;
      this.survey = survey;
      this.anchor = survey.anchor() < 0 ? null : survey.anchors.get(survey.anchor());
    }

    void take(JournalReader.Line line) {
      boolean inWindow = anchor != null && line.n() >= anchor.from() && line.n() <= anchor.n();
      if (inWindow) {
        heads.put(line.process(), new Journal.Head(line.sequence(), line.hash()));
      }
      if (!line.process().equals(process)) {
        return;
      }
      boolean wanted = line.sequence() <= survey.lastSequence
          && (line.entry() == null
              ? survey.wanted.run() == null
              : survey.filter.wants(line.entry().data()));
      if (from == 0 && (!wanted || isOnlyALink(line))) {
        before = line.hash();
        linked = true;
        return;
      }
      if (line.sequence() > survey.lastSequence && !inWindow) {
        return;
      }
      from = from == 0 ? line.sequence() : from;
      to = line.sequence();
      entries.add(wanted ? line.text() : link(line.text()));
      whole += wanted && line.entry() != null ? 1 : 0;
    }

    /** Whether it is the first one that is kept: the ones before it are gone, and so its proof. */
    private boolean isOnlyALink(JournalReader.Line line) {
      boolean first = !linked && line.sequence() > 1;
      if (first && survey.wanted.run() != null) {
        throw new RuntimeFault(
            ErrorCode.NOT_KEPT,
            "the beginning of run " + survey.wanted.run() + " is not kept any more");
      }
      return first;
    }

    JournalExport export(String node, Wanted wanted) {
      List<String> lines = new ArrayList<>();
      lines.add(header(node, wanted).toString());
      lines.addAll(entries);
      if (anchor != null) {
        String previous = survey.anchor() == 0
            ? Anchor.NONE
            : survey.anchors.get(survey.anchor() - 1).value();
        if (!anchor.fits(heads, previous)) {
          throw new RuntimeFault(
              ErrorCode.JOURNAL_CORRUPT,
              "the anchor of " + anchor.time() + " does not fit; journal verify says more");
        }
        lines.add(anchor.toJson().toString());
        lines.add(proof(previous).toString());
      }
      lines.add(end(lines).toString());
      return new JournalExport(process, from, to, survey.coversAll(), List.copyOf(lines));
    }

    private Json header(String node, Wanted wanted) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("export", 1);
      all.put("node", node);
      all.put("process", process.toString());
      all.put("invocation", wanted.run() == null ? null : wanted.run().value());
      all.put("from", from);
      all.put("to", to);
      all.put("h", HexFormat.of().formatHex(before));
      return Json.of(all);
    }

    private Json proof(String previous) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      Anchor.sorted(new Journal.Stretch(1, 0, heads)).forEach((id, head) -> {
        Map<String, @Nullable Object> each = new LinkedHashMap<>();
        each.put("s", head.sequence());
        each.put("h", HexFormat.of().formatHex(head.hash()));
        all.put(id, each);
      });
      Map<String, @Nullable Object> proof = new LinkedHashMap<>();
      proof.put("before", previous);
      proof.put("heads", all);
      return Json.of(proof);
    }

    private Json end(List<String> lines) {
      MessageDigest digest = Hex.newSha256();
      for (String line : lines) {
        digest.update(line.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
      }
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("end", whole);
      all.put("sha256", HexFormat.of().formatHex(digest.digest()));
      return Json.of(all);
    }

    /** The line with its data replaced by the data's hash, as compaction would do it. */
    private static String link(String text) {
      int data = text.indexOf(",\"d\":");
      int end = text.lastIndexOf(",\"h\":\"");
      int crc = text.lastIndexOf(",\"c\":\"");
      if (data < 0) {
        return text;
      }
      String body = text.substring(0, data) + ",\"x\":\""
          + Hex.sha256(text.substring(data + 5, end)) + "\"" + text.substring(end, crc);
      CRC32C sum = new CRC32C();
      sum.update(body.getBytes(StandardCharsets.UTF_8));
      return body + ",\"c\":\"" + HexFormat.of().toHexDigits((int) sum.getValue()) + "\"}";
    }
  }
}
