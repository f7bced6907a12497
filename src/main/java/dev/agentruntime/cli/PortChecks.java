package dev.agentruntime.cli;

import dev.agentruntime.access.TokenFile;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the doctor looks at in the network. */
final class PortChecks {

  private PortChecks() {}

  /**
   * The two listeners of a node.
   *
   * @param running whether a node holds the data directory, which then should hold the ports too
   */
  static List<Finding> of(RuntimeConfig config, boolean running) {
    List<Finding> all = new ArrayList<>();
    all.add(port("control", config.control(), running));
    all.add(port("ingress", config.ingress(), running));
    Path tokens = config.dataDir().resolve(DiskChecks.node(config)).resolve(TokenFile.NAME);
    if (!isLoopback(config.control().host()) && !Files.exists(tokens)) {
      all.add(Finding.fail(
          "token",
          config.control() + " can be reached from other machines, and there is no token",
          "token create NAME --scope admin --data " + config.dataDir()));
    }
    if (!isLoopback(config.control().host()) && config.http().tls() == null) {
      all.add(Finding.warn(
          "tls",
          config.control() + " can be reached from other machines and is not encrypted",
          "tls.cert and tls.key in the settings, or a proxy with TLS before it"));
    }
    return all;
  }

  private static String bare(String host) {
    return host.replaceAll("^\\[|]$", "");
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(bare(host)).isLoopbackAddress();
    } catch (UnknownHostException e) {
      // Said by the check of the port itself.
      return true;
    }
  }

  static Finding port(String check, HostPort address, boolean running) {
    if (address.port() == 0) {
      return Finding.ok(check, address + ", which is any free port");
    }
    try (ServerSocket socket = new ServerSocket()) {
      InetAddress host = InetAddress.getByName(bare(address.host()));
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, address.port()));
      return Finding.ok(check, address + " is free");
    } catch (BindException e) {
      return taken(check, address, running, e);
    } catch (IOException e) {
      return Finding.fail(
          check,
          "cannot listen on " + address + ": " + e.getMessage(),
          "name another address: --" + check + " HOST:PORT");
    }
  }

  private static Finding taken(
      String check, HostPort address, boolean running, BindException cause) {
    String said = String.valueOf(cause.getMessage());
    if (!said.contains("in use")) {
      String mend = said.contains("ermission")
          ? "ports below 1024 need rights; name a higher one: --" + check + " HOST:PORT"
          : "name an address of this machine: --" + check + " HOST:PORT";
      return Finding.fail(check, "cannot listen on " + address + ": " + said, mend);
    }
    String owner = PortOwner.of(address.port());
    String what = address + " is in use" + (owner == null ? "" : " by " + owner);
    return running
        ? Finding.ok(check, what + "; a node runs here")
        : Finding.fail(check, what, "end that, or name another address: --" + check + " HOST:PORT");
  }

  /** A node that should answer. */
  static Finding node(URI url, @Nullable String token) {
    ApiClient api = ApiClient.of(url, token);
    try {
      Map<String, @Nullable Object> status = api.get("/api/v1/runtime/status").object();
      String what = url + " is node " + Console.text(status.get("node")) + ", "
          + Console.text(status.get("state")) + ", version "
          + Console.text(status.get("version"));
      if (!"running".equals(status.get("state"))) {
        return Finding.warn("node", what, "see its log, and: status --url " + url);
      }
      List<?> warnings = status.get("warnings") instanceof List<?> list ? list : List.of();
      return warnings.isEmpty()
          ? Finding.ok("node", what)
          : Finding.warn("node", what + "; it has " + warnings.size() + " warnings", "see: status");
    } catch (RuntimeFault e) {
      return Finding.fail(
          "node",
          String.valueOf(e.getMessage()),
          switch (e.code()) {
            case UNAUTHORIZED, FORBIDDEN ->
              "show a token: --token-file FILE; make one with: token create NAME --scope read"
                  + " --data DIR";
            case STARTING, DRAINING -> "wait a moment and ask again";
            default -> "start it, or say with --url where it is";
          });
    }
  }
}
