package dev.agentruntime.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import dev.agentruntime.tool.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference servers of the protocol, as npm brings them, over both transports. */
@Needs(Capability.NPM_SERVERS)
class NpmServersIT {

  private static final Path BIN = Path.of("src/test/npm/node_modules/.bin").toAbsolutePath();

  @TempDir
  private Path directory;

  private static ServerConfig.Stdio stdio(
      String name, String server, List<String> args, Map<String, SecretRef> env) {
    return new ServerConfig.Stdio(
        name,
        BIN.resolve(server).toString(),
        args,
        env,
        null,
        new ServerConfig.Times(Duration.ofSeconds(30), Duration.ofSeconds(60)));
  }

  @Test
  void everythingOverStdio() {
    ServerConfig.Stdio config = stdio("all", "mcp-server-everything", List.of("stdio"), Map.of());
    try (Connected all = new Connected(config, directory)) {
      Listing listing = all.listing();
      assertTrue(listing.names().contains("all__echo"), listing.names()::toString);
      assertEquals(Map.of(), listing.leftOut());
      Tool.Reply echo = all.call("echo", Json.of(Map.of("message", "hi")));
      assertEquals("Echo: hi", echo.text());
      String env = all.call("get-env", Json.EMPTY).text();
      assertEquals(List.of("PATH"), List.copyOf(Json.parse(env).object().keySet()), env);
      assertTrue(all.call("get-sum", Json.of(Map.of("a", "no"))).error());
    }
  }

  @Test
  void filesystemSaysWhatMayBeRepeated() throws IOException {
    Path root = directory.toRealPath();
    ServerConfig.Stdio config =
        stdio("files", "mcp-server-filesystem", List.of(root.toString()), Map.of());
    try (Connected files = new Connected(config, directory)) {
      Listing listing = files.listing();
      assertEquals(
          Policy.READ_ONLY,
          Objects.requireNonNull(listing.find("files__read_text_file")).policy());
      assertEquals(
          Policy.IDEMPOTENT,
          Objects.requireNonNull(listing.find("files__write_file")).policy());
      assertEquals(
          Policy.IRREVERSIBLE,
          Objects.requireNonNull(listing.find("files__edit_file")).policy());
      String path = root.resolve("note.txt").toString();
      Tool.Reply written =
          files.call("write_file", Json.of(Map.of("path", path, "content", "a note")));
      assertFalse(written.error(), written::text);
      assertEquals("a note", Files.readString(root.resolve("note.txt")));
      assertEquals(
          "a note", files.call("read_text_file", Json.of(Map.of("path", path))).text());
      Tool.Reply outside = files.call("read_text_file", Json.of(Map.of("path", "/etc/passwd")));
      assertTrue(outside.error());
      assertTrue(outside.text().contains("denied"), outside.text());
    }
  }

  @Test
  void memoryKeepsItsFileOverItsOwnDeath() throws Exception {
    String file = directory.toRealPath().resolve("graph.jsonl").toString();
    ServerConfig.Stdio config = stdio(
        "graph",
        "mcp-server-memory",
        List.of(),
        Map.of("MEMORY_FILE_PATH", new SecretRef(SecretRef.Kind.LITERAL, file)));
    try (Connected graph = new Connected(config, directory)) {
      graph.listing();
      Json lamp = Json.parse("{\"entities\":[{\"name\":\"lamp\",\"entityType\":\"thing\","
          + "\"observations\":[\"it is lit\"]}]}");
      assertFalse(graph.call("create_entities", lamp).error());
      for (ProcessHandle child : ProcessHandle.current().children().toList()) {
        if (child.info().commandLine().orElse("").contains("mcp-server-memory")) {
          assertTrue(child.destroyForcibly());
        }
      }
      graph.failure();
      graph.listing();
      String read = graph.call("read_graph", Json.EMPTY).text();
      assertTrue(read.contains("it is lit"), read);
    }
  }

  @Test
  void everythingOverHttpAlsoAfterTheServerWasAway() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Process server = serve(port);
    ServerConfig.Http config = new ServerConfig.Http(
        "web",
        "http://127.0.0.1:" + port + "/mcp",
        Map.of("X-Test", new SecretRef(SecretRef.Kind.LITERAL, "yes")),
        new SecretRef(SecretRef.Kind.LITERAL, "token"),
        null,
        new ServerConfig.Times(Duration.ofSeconds(30), Duration.ofSeconds(60)));
    try (Connected web = new Connected(config, directory)) {
      assertTrue(web.listing().names().contains("web__echo"));
      Json hi = Json.of(Map.of("message", "hi"));
      assertEquals("Echo: hi", web.call("echo", hi).text());
      end(server);
      Tool.Reply away = web.call("echo", hi);
      assertTrue(away.error());
      assertTrue(away.text().contains("nothing was done"), away.text());
      server = serve(port);
      web.listing();
      assertEquals("Echo: hi", web.call("echo", hi).text());
    } finally {
      end(server);
    }
  }

  private static Process serve(int port) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(BIN.resolve("mcp-server-everything").toString(), "streamableHttp");
    builder.environment().put("PORT", Integer.toString(port));
    Process server = builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    while (!answers(port)) {
      assertTrue(server.isAlive());
      server.waitFor(50, TimeUnit.MILLISECONDS);
    }
    return server;
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  private static void end(Process server) throws InterruptedException {
    server.destroyForcibly();
    server.waitFor();
  }
}
