package dev.agentruntime.codec;

import dev.agentruntime.core.Hex;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one line where it lies, without copying: checks its CRC and its form, and says where its
 * fields are. Owned by: one thread; what it says lasts until the next {@link #parse}.
 */
public final class LineView {

  /** Longest line, line break included. */
  public static final int LENGTH_MAX = 16 << 20;

  public static final int TIME_LENGTH = 24;

  private static final int CRC_LENGTH = 16; // ,"c":"8 hex"}
  private static final int HASH_LENGTH = 71; // ,"h":"64 hex"
  private static final int DIGITS_MAX = 18;

  /** What a line is. */
  public enum Form {
    ENTRY,
    /** A header or a closing line. */
    CONTROL,
    BAD
  }

  private final CRC32C crc = new CRC32C();
  private byte[] source = new byte[0];
  private String problem = "";
  private int start;
  private int stop;
  private int at;
  private int processEnd;
  private int sequenceEnd;
  private int epochStart;
  private int epochEnd;
  private int timeStart;
  private int kindStart;
  private int kindEnd;
  private int dataStart;
  private int hashStart;
  private boolean compacted;
  private long sequence;
  private long epoch;
  private long n;
  private long group;

  public Form parse(byte[] bytes, int from, int to) {
    if (!isSealed(bytes, from, to)) {
      return Form.BAD;
    }
    int crcStart = to - CRC_LENGTH;
    if (has(from, "{\"format\":") || has(from, "{\"closed\":")) {
      return Form.CONTROL;
    }
    return front(crcStart) && back(crcStart)
        ? Form.ENTRY
        : bad("it is not of the form of an entry");
  }

  /** Whether a line, of whatever form, ends with the CRC of what stands before it. */
  public boolean isSealed(byte[] bytes, int from, int to) {
    source = bytes;
    start = from;
    stop = to;
    int crcStart = to - CRC_LENGTH;
    if (crcStart <= from || !has(crcStart, ",\"c\":\"") || !has(to - 2, "\"}")) {
      problem = "it does not end with a CRC";
      return false;
    }
    crc.reset();
    crc.update(bytes, from, crcStart - from);
    if (hex32(crcStart + 6) != crc.getValue()) {
      problem = "its CRC does not match";
      return false;
    }
    return true;
  }

  /** Appends the line, whole, with the hash of its data in place of the data. */
  public void compact(Bytes out) {
    MessageDigest digest = Hex.newSha256();
    digest.update(source, dataStart, dataLength());
    int from = out.size();
    out.write(source, start, dataStart - 5 - start);
    out.ascii(",\"x\":\"").hex(digest.digest()).ascii("\"");
    out.write(source, hashStart - 6, stop - CRC_LENGTH - hashStart + 6);
    out.seal(from);
  }

  private boolean front(int limit) {
    at = start;
    if (!take("{\"p\":\"")) {
      return false;
    }
    processEnd = quoted(limit);
    if (processEnd < 0 || !take("\",\"s\":")) {
      return false;
    }
    sequence = digits(limit);
    sequenceEnd = at;
    if (sequence < 0 || !take(",\"e\":")) {
      return false;
    }
    epochStart = at;
    epoch = digits(limit);
    epochEnd = at;
    if (epoch < 0 || !take(",\"t\":\"")) {
      return false;
    }
    timeStart = at;
    if (quoted(limit) != timeStart + TIME_LENGTH || !take("\",\"k\":\"")) {
      return false;
    }
    kindStart = at;
    kindEnd = quoted(limit);
    if (kindEnd < 0) {
      return false;
    }
    compacted = has(at, "\",\"x\":\"");
    boolean data = compacted ? take("\",\"x\":\"") : take("\",\"d\":");
    dataStart = at;
    return data;
  }

  private boolean back(int limit) {
    int groupStart = beforeDigits(limit);
    group = number(groupStart, limit);
    int nEnd = groupStart - 5;
    if (group < 0 || !has(nEnd, ",\"g\":")) {
      return false;
    }
    int nStart = beforeDigits(nEnd);
    n = number(nStart, nEnd);
    int hashEnd = nStart - 5;
    if (n < 0 || group > n || group < 1 || !has(hashEnd, ",\"n\":")) {
      return false;
    }
    hashStart = hashEnd - HASH_LENGTH + 6;
    return has(hashStart - 6, ",\"h\":\"")
        && source[hashEnd - 1] == '"'
        && isHex(hashStart, 64)
        && (compacted ? isHash() : hashStart - 6 > dataStart);
  }

  private boolean isHash() {
    return hashStart - 6 == dataStart + 65 && isHex(dataStart, 64) && source[dataStart + 64] == '"';
  }

  /** Adds up the chain behind {@code previous} and compares. */
  public boolean follows(HashChain chain, byte[] previous) {
    if (compacted) {
      chain.dataHash(HexFormat.of().parseHex(ascii(dataStart, dataStart + 64)));
    } else {
      chain.data(source, dataStart, dataLength());
    }
    chain.begin(previous);
    chain.field(source, start + 6, processEnd - start - 6);
    chain.field(source, processEnd + 6, sequenceEnd - processEnd - 6);
    chain.field(source, epochStart, epochEnd - epochStart);
    chain.field(source, timeStart, TIME_LENGTH);
    chain.field(source, kindStart, kindEnd - kindStart);
    byte[] link = chain.end();
    for (int i = 0; i < HashChain.LENGTH; i++) {
      if (link[i] != hashByte(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the line's process is the one that {@code id} spells. */
  public boolean isOf(byte[] id) {
    int length = processEnd - start - 6;
    if (length != id.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (source[start + 6 + i] != id[i]) {
        return false;
      }
    }
    return true;
  }

  public String problem() {
    return problem;
  }

  public byte[] source() {
    return source;
  }

  public String process() {
    return ascii(start + 6, processEnd);
  }

  public long sequence() {
    return sequence;
  }

  public long epoch() {
    return epoch;
  }

  public Instant time() {
    return EntryCodec.time(ascii(timeStart, timeStart + TIME_LENGTH));
  }

  public String kind() {
    return ascii(kindStart, kindEnd);
  }

  /** Whether the data was replaced by its hash. */
  public boolean compacted() {
    return compacted;
  }

  /** The hash that stands for the data, hex; of a line that is {@link #compacted}. */
  public String dropped() {
    return ascii(dataStart, dataStart + 64);
  }

  /**
   * The text that a datum begins with, as in {@code {"invocation":"01J..."}}; null when it begins
   * with something else, or with a text that holds escapes.
   *
   * @param name of the first field
   */
  public @Nullable String first(String name) {
    String lead = "{\"" + name + "\":\"";
    if (compacted || !has(dataStart, lead)) {
      return null;
    }
    int from = dataStart + lead.length();
    int to = from;
    while (to < hashStart && source[to] != '"' && source[to] != '\\') {
      to++;
    }
    return source[to] == '"' ? new String(source, from, to - from, StandardCharsets.UTF_8) : null;
  }

  public int dataStart() {
    return dataStart;
  }

  public int dataLength() {
    return hashStart - 6 - dataStart;
  }

  /** Bytes up to and with {@code h}: what the caller wrote, without the writer's fields. */
  public int headLength() {
    return hashStart + 65 - start;
  }

  public long n() {
    return n;
  }

  public long group() {
    return group;
  }

  /** A copy of {@code h}. */
  public byte[] hash() {
    byte[] hash = new byte[HashChain.LENGTH];
    for (int i = 0; i < hash.length; i++) {
      hash[i] = hashByte(i);
    }
    return hash;
  }

  private byte hashByte(int index) {
    return (byte)
        (nibble(source[hashStart + 2 * index]) << 4 | nibble(source[hashStart + 2 * index + 1]));
  }

  private Form bad(String why) {
    problem = why;
    return Form.BAD;
  }

  private boolean has(int position, String text) {
    if (position < start || position + text.length() > source.length) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (source[position + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean take(String text) {
    boolean there = has(at, text);
    at += there ? text.length() : 0;
    return there;
  }

  /** Moves to the next quote and says where it is, -1 when there is none. */
  private int quoted(int limit) {
    while (at < limit && source[at] != '"') {
      at++;
    }
    return at < limit ? at : -1;
  }

  private long digits(int limit) {
    int from = at;
    while (at < limit && source[at] >= '0' && source[at] <= '9') {
      at++;
    }
    return number(from, at);
  }

  private int beforeDigits(int end) {
    int from = end;
    while (from > start && source[from - 1] >= '0' && source[from - 1] <= '9') {
      from--;
    }
    return from;
  }

  private long number(int from, int to) {
    if (to <= from || to - from > DIGITS_MAX) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      value = value * 10 + (source[i] - '0');
    }
    return value;
  }

  private long hex32(int from) {
    long value = 0;
    for (int i = from; i < from + 8; i++) {
      int nibble = nibble(source[i]);
      if (nibble < 0) {
        return -1;
      }
      value = value << 4 | nibble;
    }
    return value;
  }

  private boolean isHex(int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (i >= source.length || nibble(source[i]) < 0) {
        return false;
      }
    }
    return true;
  }

  private static int nibble(byte digit) {
    if (digit >= '0' && digit <= '9') {
      return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
  }

  private String ascii(int from, int to) {
    return new String(source, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
