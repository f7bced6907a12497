package dev.agentruntime.yaml;

import java.util.regex.Pattern;

/** The forms of addresses; never asks a name server. */
public final class AddressSyntax {

  private static final Pattern V4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
  private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
  private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");

  private AddressSyntax() {}

  static boolean isV4(String text) {
    return V4.matcher(text).matches();
  }

  /** Whether {@code text} is an IPv6 address without zone and brackets (RFC 4291, 2.2). */
  static boolean isV6(String text) {
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      return false;
    }
    if (gap < 0) {
      return groups(text, true) == 8;
    }
    String head = text.substring(0, gap);
    String tail = text.substring(gap + 2);
    int before = head.isEmpty() ? 0 : groups(head, false);
    int after = tail.isEmpty() ? 0 : groups(tail, true);
    return before >= 0 && after >= 0 && before + after <= 7;
  }

  // How many groups of 16 bits, -1 when one is malformed.
  private static int groups(String text, boolean mayEndInV4) {
    String[] parts = text.split(":", -1);
    int count = 0;
    for (int i = 0; i < parts.length; i++) {
      if (mayEndInV4 && i == parts.length - 1 && isV4(parts[i])) {
        count += 2;
      } else if (GROUP.matcher(parts[i]).matches()) {
        count++;
      } else {
        return -1;
      }
    }
    return count;
  }

  /** Whether {@code text} is an address or a block such as {@code 10.0.0.0/8}. */
  public static boolean isAddressOrBlock(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    boolean v4 = isV4(address);
    if (!v4 && !isV6(address)) {
      return false;
    }
    String prefix = slash < 0 ? "0" : text.substring(slash + 1);
    return PREFIX.matcher(prefix).matches() && Integer.parseInt(prefix) <= (v4 ? 32 : 128);
  }

  /** Whether {@code text} may be listened on: an address or a host name (RFC 1123). */
  public static boolean isHost(String text) {
    if (isV4(text) || isV6(text)) {
      return true;
    }
    if (text.isEmpty() || text.length() > 253) {
      return false;
    }
    boolean digitsOnly = true;
    for (String label : text.split("\\.", -1)) {
      if (!LABEL.matcher(label).matches()) {
        return false;
      }
      digitsOnly = digitsOnly && label.chars().allMatch(Character::isDigit);
    }
    return !digitsOnly;
  }

  /** Whether no other machine reaches {@code host}; of all names only {@code localhost}. */
  public static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || (isV4(host) && host.startsWith("127."))
        || host.equals("::1")
        || host.equals("0:0:0:0:0:0:0:1");
  }
}
