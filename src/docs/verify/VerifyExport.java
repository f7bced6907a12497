import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Checks what {@code journal export} wrote, with nothing but a JDK of version 17 or later:
 *
 * <pre>
 * java VerifyExport.java FILE [ANCHORS]
 * </pre>
 *
 * Ends with 0 and says what the file proves, or with 1 and the first line that is wrong. With
 * ANCHORS, a copy of the node's anchors.jsonl from a place that whoever made the export could not
 * write to, the anchor in the file must be one of those; without it, the file only agrees with
 * itself.
 */
public final class VerifyExport {

  private static final String HEX = "([0-9a-f]{64})";
  private static final Pattern HEADER = Pattern.compile("\\{\"export\":1,\"node\":\"([^\"\\\\]+)\","
      + "\"process\":\"([^\"\\\\]+)\",\"invocation\":(?:null|\"[0-9A-Z]{26}\"),\"from\":([0-9]+),"
      + "\"to\":([0-9]+),\"h\":\"" + HEX + "\"}");
  private static final Pattern FRONT = Pattern.compile("\\{\"p\":\"([^\"]+)\",\"s\":([0-9]{1,18}),"
      + "\"e\":([0-9]{1,18}),\"t\":\"([^\"]{24})\",\"k\":\"([^\"]+)\",\"([dx])\":");
  private static final Pattern BACK = Pattern.compile(
      ",\"h\":\"" + HEX + "\",\"n\":([0-9]{1,18}),\"g\":[0-9]{1,18},\"c\":\"([0-9a-f]{8})\"}");
  private static final Pattern ANCHOR = Pattern.compile("\\{\"anchor\":1,\"node\":\"([^\"\\\\]+)\","
      + "\"t\":\"([^\"]{24})\",\"from\":([0-9]+),\"n\":([0-9]+),\"heads\":([0-9]+),\"a\":\"" + HEX
      + "\"}");
  private static final Pattern PROOF =
      Pattern.compile("\\{\"before\":\"" + HEX + "\",\"heads\":\\{(.+)}}");
  private static final Pattern HEAD =
      Pattern.compile("\"([^\"\\\\]+)\":\\{\"s\":([0-9]+),\"h\":\"" + HEX + "\"}(,|$)");
  private static final Pattern END =
      Pattern.compile("\\{\"end\":([0-9]+),\"sha256\":\"" + HEX + "\"}");

  private final List<String> lines;
  private final List<String> links = new ArrayList<>();
  private final MessageDigest sha = MessageDigest.getInstance("SHA-256");
  private int at;
  private long whole;
  private long n;

  private VerifyExport(List<String> lines) throws Exception {
    this.lines = lines;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 1 || arguments.length > 2) {
      System.err.println("usage: java VerifyExport.java FILE [ANCHORS]");
      System.exit(2);
    }
    try {
      byte[] anchors = arguments.length == 2 ? Files.readAllBytes(Path.of(arguments[1])) : null;
      System.out.println("ok: " + verify(Files.readAllBytes(Path.of(arguments[0])), anchors));
    } catch (IllegalArgumentException e) {
      System.out.println("not ok: " + e.getMessage());
      System.exit(1);
    } catch (IOException e) {
      System.err.println("cannot read: " + e);
      System.exit(2);
    }
  }

  /** Says what a file proves; IllegalArgumentException, naming the line, when it is wrong. */
  static String verify(byte[] file, byte[] anchors) throws Exception {
    // One character for one byte: nothing is lost, and offsets are the same.
    String text = new String(file, StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\n")) {
      throw new IllegalArgumentException("the file does not end with a line break: it was cut");
    }
    VerifyExport export = new VerifyExport(List.of(text.split("\n", -1)));
    return export.check(file, anchors == null ? null : new String(anchors, StandardCharsets.UTF_8));
  }

  private String check(byte[] file, String anchors) throws Exception {
    Matcher header = next(HEADER, "the header");
    String process = header.group(2);
    long from = Long.parseLong(header.group(3));
    long to = Long.parseLong(header.group(4));
    require(from >= 1 && to >= from, "\"from\" and \"to\" make no sense");
    require(from > 1 || header.group(5).equals("0".repeat(64)), "\"h\" of a first entry is zeros");
    byte[] hash = HexFormat.of().parseHex(header.group(5));
    for (long sequence = from; sequence <= to; sequence++) {
      hash = entry(process, sequence, hash);
    }
    String proven = lines.get(at).startsWith("{\"anchor\":")
        ? anchor(header.group(1), process, from, anchors)
        : "no anchor vouches for it";
    require(anchors == null || !proven.startsWith("no"), "there is no anchor to compare");
    int end = 0;
    for (int i = 0; i < at; i++) {
      end += lines.get(i).length() + 1;
    }
    Matcher last = next(END, "the last line");
    require(Long.parseLong(last.group(1)) == whole, "\"end\", expected=" + whole);
    sha.update(file, 0, end);
    require(hex(sha.digest()).equals(last.group(2)), "\"sha256\" is not that of the lines before");
    require(at == lines.size() - 1 && lines.get(at).isEmpty(), "something follows the last line");
    return process + " entries " + from + " to " + to + ", " + whole + " of them whole, one chain; "
        + proven;
  }

  private Matcher next(Pattern pattern, String what) {
    require(at < lines.size(), "the file ends before " + what);
    Matcher matcher = pattern.matcher(lines.get(at));
    at++;
    require(matcher.matches(), "this is not " + what);
    return matcher;
  }

  private void require(boolean held, String otherwise) {
    if (!held) {
      throw new IllegalArgumentException("line " + at + ": " + otherwise);
    }
  }

  /** Checks CRC and chain of one entry, and answers its link. */
  private byte[] entry(String process, long sequence, byte[] previous) {
    require(at < lines.size(), "the file ends before entry " + sequence);
    String line = lines.get(at);
    at++;
    Matcher front = FRONT.matcher(line);
    require(front.lookingAt(), "this is not an entry");
    int hashAt = line.lastIndexOf(",\"h\":\"");
    require(hashAt >= front.end(), "this is not an entry");
    Matcher back = BACK.matcher(line).region(hashAt, line.length());
    require(back.matches(), "the entry does not end as one");
    CRC32C crc = new CRC32C();
    crc.update(bytes(line.substring(0, line.length() - 16)));
    require(HexFormat.of().toHexDigits((int) crc.getValue()).equals(back.group(3)), "wrong CRC");
    require(front.group(1).equals(process), "an entry of another process, " + front.group(1));
    require(front.group(2).equals(Long.toString(sequence)), "\"s\", expected=" + sequence);
    require(Long.parseLong(back.group(2)) > n, "\"n\" does not rise");
    n = Long.parseLong(back.group(2));
    String data = line.substring(front.end(), hashAt);
    byte[] dataHash;
    if (front.group(6).equals("x")) {
      require(data.matches("\"[0-9a-f]{64}\""), "\"x\" is no hash");
      dataHash = HexFormat.of().parseHex(data.substring(1, 65));
    } else {
      dataHash = sha.digest(bytes(data));
      whole++;
    }
    sha.update(previous);
    for (int field = 1; field <= 5; field++) {
      sha.update(bytes(front.group(field) + "\n"));
    }
    byte[] link = sha.digest(dataHash);
    require(hex(link).equals(back.group(1)), "the hash chain is broken");
    links.add(back.group(1));
    return link;
  }

  /** Checks that the anchor is made over the head of the exported chain. */
  private String anchor(String node, String process, long from, String known) throws Exception {
    Matcher anchor = next(ANCHOR, "an anchor");
    String line = lines.get(at - 1);
    require(anchor.group(1).equals(node), "an anchor of another node, " + anchor.group(1));
    require(
        known == null || List.of(known.split("\n", -1)).contains(line),
        "the anchor is none of those it should be one of");
    Matcher proof = next(PROOF, "what the anchor is made over");
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    made.write(HexFormat.of().parseHex(proof.group(1)));
    for (int field = 1; field <= 4; field++) {
      made.write(bytes(anchor.group(field) + "\n"));
    }
    long covered = 0;
    int count = 0;
    int end = 0;
    for (Matcher head = HEAD.matcher(proof.group(2)); head.find() && head.start() == end; count++) {
      end = head.end();
      made.write(bytes(head.group(1) + "\n" + head.group(2) + "\n"));
      made.write(HexFormat.of().parseHex(head.group(3)));
      if (head.group(1).equals(process)) {
        covered = Long.parseLong(head.group(2));
        long index = covered - from;
        require(
            index >= 0 && index < links.size() && links.get((int) index).equals(head.group(3)),
            "the anchor was set over another history of " + process);
      }
    }
    require(end == proof.group(2).length(), "the heads are not a list of heads");
    require(count == Integer.parseInt(anchor.group(5)), "\"heads\", expected=" + count);
    require(covered > 0, "the anchor says nothing of " + process);
    require(hex(sha.digest(made.toByteArray())).equals(anchor.group(6)), "the anchor does not fit");
    return "up to entry " + covered + " the anchor of " + anchor.group(2) + " vouches for it, "
        + anchor.group(6) + (known == null ? "; compare it with anchors.jsonl" : ", as it should");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
