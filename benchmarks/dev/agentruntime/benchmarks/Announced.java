package dev.agentruntime.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads off a server's output where it listens: {@code control  http://127.0.0.1:PORT} and
 * {@code ingress  http://127.0.0.1:PORT} of a node, {@code listening on 127.0.0.1:PORT} of
 * limit-sync (which is its ingress). For one thread.
 */
final class Announced {

  private static final Pattern NODE =
      Pattern.compile("(control|ingress)\\s+http://127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern LIMIT = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

  private final Map<String, Integer> ports = new HashMap<>();

  /** Looks at one line of output. */
  void line(String text) {
    Matcher node = NODE.matcher(text);
    while (node.find()) {
      ports.putIfAbsent(node.group(1), Integer.parseInt(node.group(2)));
    }
    Matcher limit = LIMIT.matcher(text);
    if (limit.find()) {
      ports.putIfAbsent("ingress", Integer.parseInt(limit.group(1)));
    }
  }

  /** Where webhooks arrive, once known. */
  OptionalInt ingress() {
    return port("ingress");
  }

  /** Where the control API is, once known. */
  OptionalInt control() {
    return port("control");
  }

  private OptionalInt port(String name) {
    Integer port = ports.get(name);
    return port == null ? OptionalInt.empty() : OptionalInt.of(port);
  }
}
