package dev.agentruntime.codec;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A growing buffer that is written without objects in between and read in place; that of the JDK
 * takes a lock for every byte. Owned by: one thread.
 */
public final class Bytes extends OutputStream {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final long YEAR_0 = -62_167_219_200_000L;
  private static final long YEAR_10000 = 253_402_300_800_000L;

  /** Longest array of every JVM. */
  private static final long LONGEST = Integer.MAX_VALUE - 8L;

  private final CRC32C crc = new CRC32C();

  private byte[] buf;
  private int count;

  /** An empty buffer with room for {@code size} bytes. */
  public Bytes(int size) {
    buf = new byte[size];
  }

  /** How many bytes were written. */
  public int size() {
    return count;
  }

  /** Empties it and keeps its room. */
  public void reset() {
    count = 0;
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(buf, count);
  }

  /** The bytes themselves; valid up to {@link #size}, until the next write. */
  public byte[] array() {
    return buf;
  }

  /** Takes back everything from {@code size} on. */
  public void cut(int size) {
    count = size;
  }

  /** Empties it and gives back most of its room. */
  public void shrink() {
    buf = new byte[1 << 16];
    count = 0;
  }

  public int capacity() {
    return buf.length;
  }

  @Override
  public void write(int b) {
    room(1);
    buf[count++] = (byte) b;
  }

  @Override
  public void write(byte[] source, int from, int length) {
    room(length);
    System.arraycopy(source, from, buf, count, length);
    count += length;
  }

  private void room(int more) {
    if (more > buf.length - count) {
      long twice = Math.min(2L * buf.length, LONGEST);
      buf = Arrays.copyOf(buf, (int) Math.max(twice, Math.addExact(count, more)));
    }
  }

  @CanIgnoreReturnValue
  public Bytes ascii(String text) {
    int length = text.length();
    room(length);
    for (int i = 0; i < length; i++) {
      buf[count++] = (byte) text.charAt(i);
    }
    return this;
  }

  @CanIgnoreReturnValue
  public Bytes raw(byte[] source) {
    write(source, 0, source.length);
    return this;
  }

  @CanIgnoreReturnValue
  public Bytes number(long value) {
    if (value < 0) {
      return ascii(Long.toString(value));
    }
    long scale = 1;
    while (value / scale >= 10) {
      scale *= 10;
    }
    for (long left = value; scale > 0; scale /= 10) {
      write((int) ('0' + left / scale));
      left %= scale;
    }
    return this;
  }

  @CanIgnoreReturnValue
  public Bytes hex(byte[] source) {
    room(2 * source.length);
    for (byte b : source) {
      buf[count++] = HEX[(b >> 4) & 15];
      buf[count++] = HEX[b & 15];
    }
    return this;
  }

  /** {@code ,"c":"8 hex"}}, a line break: the CRC-32C of everything from {@code start} on. */
  @CanIgnoreReturnValue
  public Bytes seal(int start) {
    crc.reset();
    crc.update(buf, start, count - start);
    int value = (int) crc.getValue();
    ascii(",\"c\":\"");
    for (int shift = 28; shift >= 0; shift -= 4) {
      write(HEX[(value >>> shift) & 15]);
    }
    return ascii("\"}\n");
  }

  /** RFC 3339 in UTC with milliseconds, always 24 characters. */
  @CanIgnoreReturnValue
  public Bytes time(Instant instant) {
    long ms = instant.toEpochMilli();
    if (ms < YEAR_0 || ms >= YEAR_10000) {
      throw new IllegalArgumentException("time, expected=year 0 to 9999, actual=" + instant);
    }
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(ms, 86_400_000L));
    int rest = Math.floorMod(ms, 86_400_000);
    digits(date.getYear(), 4).write('-');
    digits(date.getMonthValue(), 2).write('-');
    digits(date.getDayOfMonth(), 2).write('T');
    digits(rest / 3_600_000, 2).write(':');
    digits(rest / 60_000 % 60, 2).write(':');
    digits(rest / 1000 % 60, 2).write('.');
    digits(rest % 1000, 3).write('Z');
    return this;
  }

  @CanIgnoreReturnValue
  private Bytes digits(int value, int width) {
    int scale = 1;
    for (int i = 1; i < width; i++) {
      scale *= 10;
    }
    for (int left = value; scale > 0; scale /= 10) {
      write('0' + left / scale);
      left %= scale;
    }
    return this;
  }
}
