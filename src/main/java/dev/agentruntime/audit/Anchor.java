package dev.agentruntime.audit;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.journal.Journal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What vouches for a stretch of a node's journal, kept outside of it. One line of {@code
 * anchors.jsonl}, a JSON object with its keys in this order:
 *
 * <pre>
 * {"anchor":1,                           version of this line
 *  "node":"node-1",
 *  "t":"2026-11-22T08:15:00.123Z",       when it was set
 *  "from":4001,                          n of the first entry it is made over
 *  "n":4711,                             n of the last one: so many entries the journal had
 *  "heads":3,                            processes with entries among them
 *  "a":"64 hex"}                         the value
 *
 * a = SHA-256(  a of the anchor before   32 bytes, all zero before the first
 *             | node '\n' t '\n' from '\n' n '\n'
 *             | for each process with entries among them, in order of the bytes of its p:
 *               p '\n' s '\n' h          its last entry among them; h as 32 bytes
 *            )
 * </pre>
 *
 * The links {@code h} hold the entries before them, so the heads hold every entry; compaction keeps
 * them, so an anchor outlives it.
 *
 * @param node whose journal
 * @param time as it stands in the line
 * @param from n of the first entry
 * @param n of the last entry
 * @param heads how many processes
 * @param value 64 hex digits
 */
record Anchor(String node, String time, long from, long n, int heads, String value) {

  private static final Pattern VERSION = Pattern.compile("\\{\"anchor\":([0-9]{1,9}),");
  private static final Pattern FORM =
      Pattern.compile("\\{\"anchor\":1,\"node\":\"([^\"\\\\]+)\",\"t\":\"([^\"\\\\]{24})\","
          + "\"from\":([0-9]{1,18}),\"n\":([0-9]{1,18}),\"heads\":([0-9]{1,9}),"
          + "\"a\":\"([0-9a-f]{64})\"}");

  /** The value before the first anchor. */
  static final String NONE = "0".repeat(64);

  /** The anchor over a stretch, behind one with the value {@code previous}. */
  static Anchor over(String node, String time, Journal.Stretch stretch, String previous) {
    return new Anchor(
        node,
        time,
        stretch.from(),
        stretch.to(),
        stretch.heads().size(),
        value(node, time, stretch, previous));
  }

  private static String value(String node, String time, Journal.Stretch stretch, String previous) {
    MessageDigest digest = Hex.newSha256();
    digest.update(HexFormat.of().parseHex(previous));
    field(digest, node);
    field(digest, time);
    field(digest, Long.toString(stretch.from()));
    field(digest, Long.toString(stretch.to()));
    for (Map.Entry<String, Journal.Head> head : sorted(stretch).entrySet()) {
      field(digest, head.getKey());
      field(digest, Long.toString(head.getValue().sequence()));
      digest.update(head.getValue().hash());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The heads in the order in which they are hashed. */
  static Map<String, Journal.Head> sorted(Journal.Stretch stretch) {
    // Names are ASCII, so that characters and bytes stand in one order.
    Map<String, Journal.Head> sorted = new TreeMap<>();
    stretch.heads().forEach((process, head) -> sorted.put(process.toString(), head));
    return sorted;
  }

  private static void field(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
  }

  /** Whether these heads, behind {@code previous}, give this value. */
  boolean fits(Map<ProcessId, Journal.Head> found, String previous) {
    return found.size() == heads
        && over(node, time, new Journal.Stretch(from, n, found), previous).equals(this);
  }

  /** The line, without a line break. */
  Json toJson() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("anchor", 1);
    all.put("node", node);
    all.put("t", time);
    all.put("from", from);
    all.put("n", n);
    all.put("heads", heads);
    all.put("a", value);
    return Json.of(all);
  }

  /**
   * Reads a line.
   *
   * @throws RuntimeFault {@code JOURNAL_CORRUPT} when it is none, {@code JOURNAL_FORMAT} when it is
   *     of another version
   */
  static Anchor parse(byte[] line) {
    String text = new String(line, StandardCharsets.ISO_8859_1);
    Matcher version = VERSION.matcher(text);
    if (version.lookingAt() && !version.group(1).equals("1")) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_FORMAT,
          "anchor, expected=version 1, actual=version " + version.group(1));
    }
    Matcher fields = FORM.matcher(text);
    if (!fields.matches()) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, "this is not an anchor");
    }
    return new Anchor(
        fields.group(1),
        fields.group(2),
        Long.parseLong(fields.group(3)),
        Long.parseLong(fields.group(4)),
        Integer.parseInt(fields.group(5)),
        fields.group(6));
  }
}
