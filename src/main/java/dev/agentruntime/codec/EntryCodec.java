package dev.agentruntime.codec;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * The journal's line format, version 1. One entry is one JSON object (RFC 8259) in UTF-8 on one
 * line; the keys stand in exactly this order, without blanks between them:
 *
 * <pre>
 * {"p":"billing#1",                      process: name # incarnation
 *  "s":17,                               its own sequence, from 1, no gaps
 *  "e":1,                                epoch, never falling
 *  "t":"2026-11-22T08:15:00.123Z",       RFC 3339, UTC, milliseconds, always 24 characters
 *  "k":"trigger_event",                  kind
 *  "d":{...},                            data, see {@link DataWriter}; or "x":"64 hex" = SHA-256(d)
 *  "h":"64 hex",                         link of the chain, see {@link HashChain}
 *  --- up to here by the caller (EncodedEntry.head), from here by the writer ---
 *  "n":4711,                             the node's own sequence, from 1, no gaps
 *  "g":4702,                             n of the first entry of the group written with it
 *  "c":"8 hex"}\n                        CRC-32C (RFC 3720) of all bytes before ,"c":
 * </pre>
 *
 * Unknown fields inside {@code d} are passed over; an unknown kind is {@code JOURNAL_CORRUPT}.
 *
 * <p>Safe for every thread: each has its own buffers.
 */
public final class EntryCodec {

  private static final int KEEP = 1 << 20;

  private static final ThreadLocal<Encoder> ENCODERS = ThreadLocal.withInitial(Encoder::new);

  private EntryCodec() {}

  /**
   * Encodes an entry behind the one that {@code previousHash} belongs to.
   *
   * @param previousHash 32 bytes, {@link HashChain#start} before the first entry; not changed
   * @throws IllegalArgumentException when the time is outside the years 0 to 9999
   */
  public static EncodedEntry encode(JournalEntry entry, byte[] previousHash) {
    Encoder encoder = ENCODERS.get();
    EncodedEntry encoded = encoder.encode(entry, previousHash);
    if (encoder.out.capacity() > KEEP) {
      ENCODERS.remove();
    }
    return encoded;
  }

  /**
   * Decodes one line, with or without its line break.
   *
   * @throws RuntimeFault {@code JOURNAL_CORRUPT} when it is no entry of this format, its CRC is
   *     wrong, its kind unknown, or its data was dropped by compaction
   */
  public static Decoded decode(byte[] line) {
    int length = line.length > 0 && line[line.length - 1] == '\n' ? line.length - 1 : line.length;
    LineView view = new LineView();
    if (view.parse(line, 0, length) != LineView.Form.ENTRY) {
      throw corrupt("not an entry: " + view.problem());
    }
    return new Decoded(decode(view, ProcessId.parse(view.process())), view.hash());
  }

  /** The {@code d} of an entry. */
  public static Json data(EntryData data) {
    Bytes out = new Bytes(256);
    new DataWriter(out).write(data);
    return Json.trusted(out.toByteArray());
  }

  /** Reads the {@code d} of an entry of that kind; throws {@code JOURNAL_CORRUPT} as decoding. */
  public static EntryData data(String kind, Fields d) {
    return DataReader.read(kind, d);
  }

  /** Decodes a line that was checked; the process is handed in because readers keep them. */
  public static JournalEntry decode(LineView view, ProcessId process) {
    if (view.compacted()) {
      throw corrupt("the data of this entry was dropped by compaction");
    }
    return new JournalEntry(
        process,
        view.sequence(),
        view.epoch(),
        view.time(),
        DataReader.read(
            view.kind(), new Fields(view.source(), view.dataStart(), view.dataLength())));
  }

  /** As {@link #decode}, but an entry whose data was dropped is shown as what is left of it. */
  public static JournalEntry shown(LineView view, ProcessId process) {
    return view.compacted()
        ? new JournalEntry(
            process,
            view.sequence(),
            view.epoch(),
            view.time(),
            new EntryData.Dropped(view.kind(), view.dropped()))
        : decode(view, process);
  }

  /** Appends the whole line: the head and the writer's fields. */
  public static void seal(Bytes out, EncodedEntry entry, long n, long group) {
    int start = out.size();
    out.raw(entry.head())
        .ascii(",\"n\":")
        .number(n)
        .ascii(",\"g\":")
        .number(group)
        .seal(start);
  }

  public static RuntimeFault corrupt(String what) {
    return new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, what);
  }

  /**
   * A decoded line.
   *
   * @param entry what it says
   * @param hash its {@code h}, 32 bytes
   */
  public record Decoded(JournalEntry entry, byte[] hash) {}

  /** Owned by: one thread. */
  private static final class Encoder {
    private final Bytes out = new Bytes(4096);
    private final HashChain chain = new HashChain();
    private DataWriter data = new DataWriter(out);
    private @Nullable ProcessId lastProcess;
    private byte[] lastName = {};

    EncodedEntry encode(JournalEntry entry, byte[] previousHash) {
      out.reset();
      String kind = entry.data().kind();
      byte[] process = name(entry.process());
      out.ascii("{\"p\":\"").raw(process).ascii("\",\"s\":").number(entry.sequence());
      out.ascii(",\"e\":").number(entry.epoch()).ascii(",\"t\":\"");
      int time = out.size();
      out.time(entry.time()).ascii("\",\"k\":\"").ascii(kind).ascii("\",\"d\":");
      int start = out.size();
      writeData(entry);
      chain.data(out.array(), start, out.size() - start);
      chain.begin(previousHash);
      chain.field(process, 0, process.length);
      chain.field(Long.toString(entry.sequence()));
      chain.field(Long.toString(entry.epoch()));
      chain.field(out.array(), time, LineView.TIME_LENGTH);
      chain.field(kind);
      byte[] hash = chain.end().clone();
      out.ascii(",\"h\":\"").hex(hash).ascii("\"");
      return new EncodedEntry(entry.process(), entry.sequence(), out.toByteArray(), hash);
    }

    /** A process writes many entries in a row, and has a thread to itself for as long. */
    private byte[] name(ProcessId process) {
      if (!process.equals(lastProcess)) {
        lastProcess = process;
        lastName = process.toString().getBytes(StandardCharsets.US_ASCII);
      }
      return lastName;
    }

    private void writeData(JournalEntry entry) {
      boolean whole = false;
      try {
        data.write(entry.data());
        whole = true;
      } finally {
        if (!whole) {
          // The generator stands in the middle of something; a fresh one does not.
          data = new DataWriter(out);
        }
      }
    }
  }

  /** Reads the fixed 24 characters of a time. */
  public static Instant time(String text) {
    if (text.length() != LineView.TIME_LENGTH || text.charAt(23) != 'Z') {
      throw corrupt("time " + Json.quote(text) + ", expected=YYYY-MM-DDThh:mm:ss.mmmZ");
    }
    try {
      long day = LocalDate.of(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2))
          .toEpochDay();
      long seconds = digits(text, 11, 2) * 3600L + digits(text, 14, 2) * 60L + digits(text, 17, 2);
      return Instant.ofEpochMilli(day * 86_400_000 + seconds * 1000 + digits(text, 20, 3));
    } catch (DateTimeException | NumberFormatException e) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, "time " + Json.quote(text), e);
    }
  }

  private static int digits(String text, int from, int length) {
    return Integer.parseInt(text, from, from + length, 10);
  }
}
