package dev.agentruntime.guard;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.Arrays;

/** A block of IP addresses (RFC 4632, RFC 4291): {@code 10.0.0.0/8}, {@code ::1}. Immutable. */
public final class CidrBlock {

  private final byte[] network;
  private final int prefix;

  private CidrBlock(byte[] network, int prefix) {
    this.network = network;
    this.prefix = prefix;
  }

  /**
   * Reads a block, or an address as the block of that one address. Names are not looked up.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it is neither, or when an address
   *     has bits behind the prefix
   */
  public static CidrBlock parse(String text) {
    int slash = text.indexOf('/');
    byte[] raw = IpAddress.parseRaw(slash < 0 ? text : text.substring(0, slash));
    if (raw == null || text.indexOf('%') >= 0) {
      throw refuse(text, "expected=an IP address or a block such as 10.0.0.0/8");
    }
    int bits = raw.length * 8;
    int prefix = slash < 0 ? bits : prefix(text, text.substring(slash + 1), bits);
    // 10.0.0.0/8 written as ::ffff:10.0.0.0/104
    boolean mapped = prefix >= 96 && IpAddress.isMapped(raw);
    byte[] network = mapped ? Arrays.copyOfRange(raw, 12, 16) : raw;
    CidrBlock block = new CidrBlock(network, mapped ? prefix - 96 : prefix);
    for (int i = block.prefix; i < network.length * 8; i++) {
      if ((network[i / 8] >> (7 - i % 8) & 1) != 0) {
        throw refuse(text, "expected=no bits set behind the first " + prefix);
      }
    }
    return block;
  }

  private static int prefix(String text, String digits, int bits) {
    boolean number = digits.length() >= 1
        && digits.length() <= 3
        && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    int prefix = number ? Integer.parseInt(digits) : -1;
    if (prefix < 0 || prefix > bits) {
      throw refuse(text, "expected=a prefix within 0-" + bits);
    }
    return prefix;
  }

  private static RuntimeFault refuse(String text, String expected) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG, "source " + Json.quote(text) + " is not allowed, " + expected);
  }

  /** Whether an address lies in this block. */
  public boolean contains(IpAddress address) {
    byte[] bytes = address.bytes();
    if (bytes.length != network.length) {
      return false;
    }
    int whole = prefix / 8;
    int rest = prefix % 8;
    return Arrays.equals(bytes, 0, whole, network, 0, whole)
        && (rest == 0
            || (bytes[whole] & 0xff) >> (8 - rest) == (network[whole] & 0xff) >> (8 - rest));
  }
}
