package dev.agentruntime.codec;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a segment that are no entries; they have a CRC and no {@code n}.
 *
 * <pre>
 * first line:    {"format":1,            version of everything in this segment
 *                 "node":"node-1",       whose journal it is
 *                 "segment":3,           the number in the file's name
 *                 "first":4711,          n of its first entry; entries with this n or a higher one
 *                                        in older segments were never acknowledged and are void
 *                 "h":"64 hex",          h of the entry with n = first - 1, whatever its process;
 *                                        zeros for the first
 *                 "c":"8 hex"}
 * clean stop:    {"closed":4710,"c":"8 hex"}     everything up to this n was durable
 * </pre>
 *
 * Every later format keeps {@code "format"} at the front and the CRC at the end, so that any
 * version can name the one it does not know.
 */
public sealed interface ControlLine {

  /** The version this code writes, and the only one it reads. */
  int FORMAT = 1;

  /** Longest header; a file with more in it, and nothing readable, is no torn segment. */
  int HEADER_MAX = 512;

  /** The first line of a segment. */
  record Header(String node, int segment, long first, byte[] hash) implements ControlLine {

    public byte[] line() {
      Bytes out = new Bytes(256);
      out.ascii("{\"format\":").number(FORMAT).ascii(",\"node\":\"").ascii(node);
      out.ascii("\",\"segment\":").number(segment).ascii(",\"first\":").number(first);
      out.ascii(",\"h\":\"").hex(hash).ascii("\"").seal(0);
      return out.toByteArray();
    }
  }

  /** The line of a clean stop. */
  record Closing(long last) implements ControlLine {

    public byte[] line() {
      Bytes out = new Bytes(64);
      out.ascii("{\"closed\":").number(last).seal(0);
      return out.toByteArray();
    }
  }

  /**
   * Reads a line that {@link LineView} called a control line.
   *
   * @param file for the message
   * @return null for a line whose CRC is right and which yet makes no sense
   * @throws RuntimeFault {@code JOURNAL_FORMAT} for another version
   */
  static @Nullable ControlLine read(LineReader reader, Path file) {
    try {
      return read(new Fields(reader.buffer(), reader.from(), reader.to() - reader.from()), file);
    } catch (IllegalArgumentException e) {
      return null;
    } catch (RuntimeFault e) {
      if (e.code() == ErrorCode.JOURNAL_FORMAT) {
        throw e;
      }
      return null;
    }
  }

  private static ControlLine read(Fields fields, Path file) {
    Long closed = fields.optionalNumber("closed");
    if (closed != null) {
      return new Closing(closed);
    }
    long format = fields.number("format");
    if (format != FORMAT) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_FORMAT,
          "journal segment " + file + " is of another version and was left untouched,"
              + " expected=format " + FORMAT + ", actual=format " + format);
    }
    byte[] hash = HexFormat.of().parseHex(fields.text("h"));
    if (hash.length != HashChain.LENGTH) {
      throw EntryCodec.corrupt("h, expected=64 hex digits");
    }
    return new Header(fields.text("node"), fields.integer("segment"), fields.number("first"), hash);
  }
}
