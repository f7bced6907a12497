package dev.agentruntime.guard;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An IP address read from its text, never from a name server. An IPv4 address mapped into IPv6
 * ({@code ::ffff:10.0.0.1}) is that IPv4 address.
 */
public final class IpAddress {

  private final byte[] bytes;

  IpAddress(byte[] bytes) {
    this.bytes = isMapped(bytes) ? Arrays.copyOfRange(bytes, 12, 16) : bytes;
  }

  /** The address a text names, null when it names none; a zone ({@code %eth0}) is left out. */
  public static @Nullable IpAddress parse(String text) {
    byte[] bytes = parseRaw(text);
    return bytes == null ? null : new IpAddress(bytes);
  }

  /** An address of 4 or 16 bytes, as a resolver gives it. */
  public static IpAddress of(InetAddress address) {
    return new IpAddress(address.getAddress());
  }

  static byte @Nullable [] parseRaw(String text) {
    if (text.indexOf(':') < 0) {
      return v4(text);
    }
    int zone = text.indexOf('%');
    return v6(zone < 0 ? text : text.substring(0, zone));
  }

  /** Whether {@code host} is {@code localhost} or an address of this machine's loopback. */
  public static boolean isLoopback(String host) {
    IpAddress address = parse(host);
    if (address == null) {
      return host.equalsIgnoreCase("localhost");
    }
    byte[] bytes = address.bytes;
    return bytes.length == 4 ? bytes[0] == 127 : Arrays.equals(bytes, v6("::1"));
  }

  static boolean isMapped(byte[] bytes) {
    if (bytes.length != 16 || bytes[10] != -1 || bytes[11] != -1) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** 4 or 16 bytes; not to be written to. */
  byte[] bytes() {
    return bytes;
  }

  /** In digits, to be connected to. */
  @Override
  public String toString() {
    try {
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
    }
  }

  private static byte @Nullable [] v4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return null;
    }
    byte[] out = new byte[4];
    for (int i = 0; i < 4; i++) {
      int value = number(parts[i], 10, 3);
      // A leading zero means octal to some and decimal to others.
      if (value < 0 || value > 255 || (parts[i].length() > 1 && parts[i].charAt(0) == '0')) {
        return null;
      }
      out[i] = (byte) value;
    }
    return out;
  }

  private static byte @Nullable [] v6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      byte[] all = groups(text, true);
      return all != null && all.length == 16 ? all : null;
    }
    byte[] head = groups(text.substring(0, gap), false);
    byte[] tail = groups(text.substring(gap + 2), true);
    if (head == null || tail == null || head.length + tail.length > 14) {
      return null;
    }
    byte[] out = Arrays.copyOf(head, 16);
    System.arraycopy(tail, 0, out, 16 - tail.length, tail.length);
    return out;
  }

  /** The bytes of {@code a:b:c} or, when nothing follows, {@code a:b:1.2.3.4}. */
  private static byte @Nullable [] groups(String text, boolean last) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    String[] parts = text.split(":", -1);
    byte[] out = new byte[16];
    int length = 0;
    for (int i = 0; i < parts.length; i++) {
      byte[] v4 = last && i == parts.length - 1 ? v4(parts[i]) : null;
      int value = v4 == null ? number(parts[i], 16, 4) : 0;
      int size = v4 == null ? 2 : 4;
      if (value < 0 || length + size > 16) {
        return null;
      }
      byte[] group = v4 == null ? new byte[] {(byte) (value >> 8), (byte) value} : v4;
      System.arraycopy(group, 0, out, length, size);
      length += size;
    }
    return Arrays.copyOf(out, length);
  }

  private static int number(String text, int radix, int digitsMax) {
    if (text.isEmpty() || text.length() > digitsMax) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int digit = c < 128 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value * radix + digit;
    }
    return value;
  }
}
