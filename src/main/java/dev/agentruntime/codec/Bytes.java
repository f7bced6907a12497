package dev.agentruntime.codec;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.zip.CRC32C;

/**
 * A growing buffer that is written without objects in between and read in place. Owned by: one
 * thread.
 */
public final class Bytes extends ByteArrayOutputStream {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final long YEAR_0 = -62_167_219_200_000L;
  private static final long YEAR_10000 = 253_402_300_800_000L;

  private final CRC32C crc = new CRC32C();

  public Bytes(int size) {
    super(size);
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

  @CanIgnoreReturnValue
  public Bytes ascii(String text) {
    for (int i = 0; i < text.length(); i++) {
      write(text.charAt(i));
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
    for (byte b : source) {
      write(HEX[(b >> 4) & 15]);
      write(HEX[b & 15]);
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
