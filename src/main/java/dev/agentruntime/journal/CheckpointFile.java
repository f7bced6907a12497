package dev.agentruntime.journal;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.Fields;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.Keeping.SavedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint as a file of lines, version 1:
 *
 * <pre>
 * {"checkpoint":1,                      version
 *  "node":"node-1","number":7,          whose, and the number in the file's name
 *  "from":4711,                         every entry with a lower n is folded
 *  "last":4720,                         every entry up to this n was durable
 *  "time":"2026-11-22T08:15:00.123Z","c":"8 hex"}
 * {"p":"billing#1","s":17,"e":1,"h":"64 hex",   of the last entry that the image folds
 *  "bytes":4100,                        of all entries of the process up to there
 *  "length":812,"crc":"8 hex",          of the image: bytes, CRC-32C
 *  "c":"8 hex"}
 * {"image":1,...}                       the image, its format is its owner's
 * ...                                   two lines for each process
 * {"images":2,"sha256":"64 hex",        over all bytes before this line
 *  "c":"8 hex"}
 * </pre>
 *
 * A line's {@code c} is made as in the journal. Blocks; for one thread.
 */
final class CheckpointFile {

  /** The version this code writes, and the only one it reads. */
  static final int VERSION = 1;

  private static final int WINDOW = 1 << 18;
  private static final int LINE_MAX = 1 << 12;

  private CheckpointFile() {}

  /** What the first line says. */
  record Header(NodeId node, int number, long from, long last, Instant time) {}

  /** Takes what a file holds, in its order. */
  interface Sink {
    void header(Header header);

    void image(SavedImage image);
  }

  /** Writes one. */
  static final class Writer {
    private final Disk.DiskFile file;
    private final Bytes out = new Bytes(WINDOW);
    private final CRC32C crc = new CRC32C();
    private final MessageDigest digest = Hex.newSha256();
    private long position;
    private int images;

    Writer(Disk.DiskFile file, Header header) throws IOException {
      this.file = file;
      int start = out.size();
      out.ascii("{\"checkpoint\":").number(VERSION);
      out.ascii(",\"node\":\"").ascii(header.node().value());
      out.ascii("\",\"number\":").number(header.number());
      out.ascii(",\"from\":").number(header.from());
      out.ascii(",\"last\":").number(header.last());
      out.ascii(",\"time\":\"").time(header.time()).ascii("\"").seal(start);
    }

    void image(SavedImage saved) throws IOException {
      byte[] image = saved.image().bytes();
      crc.reset();
      crc.update(image);
      int start = out.size();
      out.ascii("{\"p\":\"").ascii(saved.process().toString());
      out.ascii("\",\"s\":").number(saved.sequence());
      out.ascii(",\"e\":").number(saved.epoch());
      out.ascii(",\"h\":\"").hex(saved.hash());
      out.ascii("\",\"bytes\":").number(saved.bytes());
      out.ascii(",\"length\":").number(image.length);
      out.ascii(",\"crc\":\"").ascii(HexFormat.of().toHexDigits((int) crc.getValue()));
      out.ascii("\"").seal(start);
      out.raw(image).ascii("\n");
      images++;
      if (out.size() >= WINDOW) {
        flush();
      }
    }

    /** Writes the last line and forces all; answers the digest of the file. */
    String end() throws IOException {
      flush();
      String before = HexFormat.of().formatHex(cloned().digest());
      out.ascii("{\"images\":").number(images).ascii(",\"sha256\":\"").ascii(before);
      out.ascii("\"").seal(0);
      flush();
      file.force();
      return HexFormat.of().formatHex(digest.digest());
    }

    private MessageDigest cloned() {
      try {
        return (MessageDigest) digest.clone();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException(e);
      }
    }

    private void flush() throws IOException {
      digest.update(out.array(), 0, out.size());
      file.write(position, out.array(), 0, out.size());
      position += out.size();
      out.reset();
      if (out.capacity() > 4 * WINDOW) {
        out.shrink();
      }
    }

    int images() {
      return images;
    }

    long size() {
      return position;
    }
  }

  /**
   * Reads and checks all of it.
   *
   * @param node whose it must be, null = anybody's
   * @throws RuntimeFault {@code JOURNAL_FORMAT} when it is of another version, {@code
   *     JOURNAL_CORRUPT} when it is not whole, or not one of this node's
   */
  static void read(Disk disk, Path file, @Nullable NodeId node, Sink sink) throws IOException {
    try (Disk.DiskFile open = disk.openRead(file)) {
      new Reading(open, file).all(node, sink);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT, file.getFileName() + ": " + e.getMessage(), e);
    }
  }

  private static final class Reading {
    private final Disk.DiskFile file;
    private final Path name;
    private final LineView view = new LineView();
    private final CRC32C crc = new CRC32C();
    private final MessageDigest digest = Hex.newSha256();
    private byte[] window = new byte[WINDOW];
    private long end;
    private int at;
    private int length;

    Reading(Disk.DiskFile file, Path name) {
      this.file = file;
      this.name = name;
    }

    void all(@Nullable NodeId node, Sink sink) throws IOException {
      Header header = header();
      if (node != null && !header.node().equals(node)) {
        throw bad("node, expected=" + node + ", actual=" + header.node());
      }
      sink.header(header);
      int images = 0;
      while (true) {
        String before = HexFormat.of().formatHex(cloned());
        Fields line = line();
        if (line.optionalNumber("images") != null) {
          boolean whole =
              line.integer("images") == images && line.text("sha256").equals(before);
          if (!whole || fill(1)) {
            throw bad("its last line does not fit what stands before it");
          }
          return;
        }
        sink.image(image(line));
        images++;
      }
    }

    private byte[] cloned() {
      try {
        return ((MessageDigest) digest.clone()).digest();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException(e);
      }
    }

    Header header() throws IOException {
      Fields line = line();
      long version = line.number("checkpoint");
      if (version != VERSION) {
        throw new RuntimeFault(
            ErrorCode.JOURNAL_FORMAT,
            "checkpoint " + name + " is of another version and was left untouched, expected="
                + VERSION + ", actual=" + version);
      }
      return new Header(
          new NodeId(line.text("node")),
          line.integer("number"),
          line.number("from"),
          line.number("last"),
          Instant.parse(line.text("time")));
    }

    private SavedImage image(Fields line) throws IOException {
      int size = line.integer("length");
      byte[] hash = HexFormat.of().parseHex(line.text("h"));
      if (size < 0 || hash.length != HashChain.LENGTH || !fill(size + 1)) {
        throw bad("it ends inside the image of " + line.text("p"));
      }
      byte[] image = Arrays.copyOfRange(window, at, at + size);
      crc.reset();
      crc.update(image);
      String sum = HexFormat.of().toHexDigits((int) crc.getValue());
      if (!sum.equals(line.text("crc")) || window[at + size] != '\n') {
        throw bad("the CRC of the image of " + line.text("p") + " does not match");
      }
      pass(size + 1);
      return new SavedImage(
          ProcessId.parse(line.text("p")),
          line.number("s"),
          line.number("e"),
          hash,
          line.number("bytes"),
          Json.trusted(image));
    }

    private Fields line() throws IOException {
      int scan = 0;
      while (true) {
        if (at + scan >= length && !fill(scan + 1)) {
          throw bad("it ends inside a line");
        }
        if (window[at + scan] == '\n') {
          break;
        }
        if (++scan > LINE_MAX) {
          throw bad("a line is too long");
        }
      }
      if (!view.isSealed(window, at, at + scan)) {
        throw bad(view.problem());
      }
      byte[] text = Arrays.copyOfRange(window, at, at + scan);
      pass(scan + 1);
      return new Fields(text, 0, text.length);
    }

    private void pass(int bytes) {
      digest.update(window, at, bytes);
      at += bytes;
    }

    /** Whether so many bytes are there from here on. */
    private boolean fill(int bytes) throws IOException {
      if (length - at >= bytes) {
        return true;
      }
      System.arraycopy(window, at, window, 0, length - at);
      length -= at;
      at = 0;
      if (bytes > window.length) {
        // What it says of its length may be damaged: the file itself is the bound.
        if (file.size() - end < bytes - length) {
          return false;
        }
        window = Arrays.copyOf(window, Math.max(bytes, window.length * 2));
      }
      while (length < bytes) {
        int read = file.read(end, window, length, window.length - length);
        if (read <= 0) {
          return false;
        }
        end += read;
        length += read;
      }
      return true;
    }

    private RuntimeFault bad(String what) {
      return new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT, String.valueOf(name.getFileName()) + ": " + what);
    }
  }

  /** {@code 00000007.json} for 7. */
  static String name(int number) {
    String digits = Integer.toString(number);
    return "0".repeat(Math.max(0, 8 - digits.length())) + digits + ".json";
  }

  /** The number of a file of that name, 0 when it is no checkpoint. */
  static int number(String name) {
    return name.matches("[0-9]{8}\\.json") ? Integer.parseInt(name.substring(0, 8)) : 0;
  }
}
