package dev.agentruntime.outbound;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.IpAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Looks up what a host's name stands for. An implementation MUST NOT block its caller, MUST answer
 * at least one address, and fails with UNREACHABLE when there is none.
 */
@FunctionalInterface
public interface Names {

  /** The addresses of a host, the one to be connected to first. */
  Future<List<IpAddress>> resolve(String host);

  /** As the operating system resolves names. */
  static Names ofSystem(Vertx vertx) {
    return host -> vertx.executeBlocking(
        () -> {
          try {
            return Arrays.stream(InetAddress.getAllByName(host))
                .map(IpAddress::of)
                .toList();
          } catch (UnknownHostException e) {
            throw new RuntimeFault(
                ErrorCode.UNREACHABLE, "host " + Json.quote(host) + " is not known", e);
          }
        },
        false);
  }
}
