package dev.agentruntime.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.fail;

import dev.agentruntime.core.Json;
import dev.agentruntime.crash.Jvm;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three terminals, one directory, one command: a cluster in which each process has one owner. */
class ThreeTerminalsIT {

  private static final Duration START = Duration.ofSeconds(90);

  @TempDir
  private Path place;

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void formAClusterAndShareTheNames() throws Exception {
    Files.createDirectories(place.resolve("agents"));
    Files.writeString(
        place.resolve("agents/echo.agent"), "name: echo-agent\nmodel: echo\ninstructions: Echo.\n");
    Files.createDirectories(place.resolve("conf"));
    // A cluster of our own; without this file the defaults would find each other just so.
    Files.writeString(
        place.resolve("conf/runtime.yaml"),
        "cluster:\n  name: test-" + ThreadLocalRandom.current().nextInt(1 << 30) + "\n  port: "
            + freePort() + "\n");
    int control = freePort();
    int ingress = freePort();
    List<Jvm> nodes = new ArrayList<>();
    try {
      for (int i = 1; i <= 3; i++) {
        Jvm node = Jvm.start(
            place.resolve("node-" + i + ".log"),
            List.of(
                "-jar",
                System.getProperty("runtime.jar", "target/runtime.jar"),
                "-cluster",
                "--control",
                "127.0.0.1:" + control,
                "--ingress",
                "127.0.0.1:" + ingress));
        nodes.add(node);
        assertNotNull(node.await(Pattern.compile("^ready\\b"), START), node.said());
        assertNotNull(
            node.await(Pattern.compile("node node-" + i + "$"), Duration.ZERO), node.said());
      }
      Set<String> controls = new HashSet<>();
      nodes.forEach(node -> controls.add(control(node)));
      assertEquals(3, controls.size(), "each has a port of its own");

      for (Jvm node : nodes) {
        until(node, 3);
      }
      int owners = 0;
      for (Jvm node : nodes) {
        owners += get(control(node) + "/api/v1/processes/echo-agent") == 200 ? 1 : 0;
      }
      assertEquals(1, owners, "one owner");
      assertEquals("node-1\n", Files.readString(place.resolve("data/claims/echo-agent")));

      nodes.get(1).kill9();
      until(nodes.get(0), 2);
      until(nodes.get(2), 2);
    } finally {
      nodes.forEach(Jvm::close);
    }
  }

  private static String control(Jvm node) {
    Matcher said = node.await(Pattern.compile("^control\\s+(http://\\S+)"), Duration.ZERO);
    assertNotNull(said, node.said());
    return said.group(1);
  }

  /** Waits until a node lists so many members. */
  private void until(Jvm node, int members) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    String listed = "";
    while (System.nanoTime() < end) {
      listed = http.send(
              HttpRequest.newBuilder(URI.create(control(node) + "/api/v1/nodes"))
                  .build(),
              BodyHandlers.ofString())
          .body();
      if (Json.parse(listed).object().get("nodes") instanceof List<?> all
          && all.size() == members) {
        return;
      }
    }
    fail("expected=" + members + " members, actual=" + listed + "\n" + node.said());
  }

  private int get(String url) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.discarding())
        .statusCode();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
