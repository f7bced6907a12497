package dev.agentruntime.cluster;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Where a cluster may listen. Hazelcast's community edition can neither encrypt nor authenticate,
 * so nothing but loopback and private networks will do.
 */
final class PrivateInterface {

  private PrivateInterface() {}

  /**
   * The address behind a host name.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it is unknown or not private
   */
  static InetAddress require(String host) {
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "cluster.host, expected a known host, actual=" + host, e);
    }
    if (!isPrivate(address)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "cluster.host, expected a loopback or private address (127/8, 10/8, 172.16/12,"
              + " 192.168/16, 100.64/10, 169.254/16, ::1, fc00::/7, fe80::/10), actual=" + host
              + "; the cluster's own traffic is neither encrypted nor authenticated, so carry it"
              + " over a private network or a tunnel");
    }
    return address;
  }

  static boolean isPrivate(InetAddress address) {
    if (address.isAnyLocalAddress()) {
      return false;
    }
    if (address.isLoopbackAddress() || address.isLinkLocalAddress()) {
      return true;
    }
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      boolean carrier = (bytes[0] & 0xff) == 100 && (bytes[1] & 0xc0) == 64;
      return address.isSiteLocalAddress() || carrier;
    }
    return (bytes[0] & 0xfe) == 0xfc;
  }
}
