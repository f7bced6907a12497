package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.TokenFile;
import dev.agentruntime.access.TokenRandom;
import dev.agentruntime.api.ApiServer;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Hex;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.rules.ReadmeBlocks;
import dev.agentruntime.verticle.Jars;
import dev.agentruntime.verticle.VerticleNode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code verticles} against a node that listens on loopback. */
@ExtendWith(VertxExtension.class)
final class VerticleCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private VerticleNode node;

  @SuppressWarnings("NullAway.Init") // made before each test
  private ApiServer api;

  private String url = "";

  @BeforeEach
  void serve(Vertx vertx) throws IOException {
    TokenFile tokens = new TokenFile(
        new RealDisk(),
        root.resolve("data").resolve("node-1"),
        InstantSource.system(),
        TokenRandom::draw);
    ApiServer server =
        new ApiServer(vertx, new HostPort("127.0.0.1", 0), RuntimeConfig.DEFAULT.http(), tokens);
    node = new VerticleNode(vertx, root).parts(server);
    node.agent("host", "script:host.yaml", "", """
        rules:
          - when: {turn: 1}
            call: [{tool: greet, args: {name: Ada}}]
          - say: done
        """);
    api = server;
  }

  private void startNode() {
    node.start();
    url = "http://127.0.0.1:" + api.port();
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  /** Does what a shell does with one line of the README, in a directory of its own. */
  private void perform(String line) throws IOException {
    String[] sides = line.split(" >>? ", 2);
    String[] words = sides[0].strip().split(" ");
    String out = switch (words[0]) {
      case "javac", "jar" -> tool(words);
      case "sha256sum" ->
        Hex.sha256(Files.readAllBytes(root.resolve(words[1]))) + "  " + words[1] + "\n";
      default -> command(words);
    };
    if (sides.length > 1) {
      Path file = root.resolve(sides[1].replace("conf/verticles.allow", "allowed"));
      Files.writeString(file, out, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  private String here(String word) {
    if (word.equals("target/runtime.jar")) {
      return Jars.classPath();
    }
    if (word.startsWith("src/")) {
      return Path.of(word).toAbsolutePath().toString();
    }
    boolean file = List.of("greeter", "greeter.jar", "token", "data").contains(word);
    return file ? root.resolve(word).toString() : word;
  }

  private String tool(String[] words) {
    List<String> arguments = new ArrayList<>();
    for (int i = 1; i < words.length; i++) {
      arguments.add(here(words[i]));
    }
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintWriter to = new PrintWriter(said, true, StandardCharsets.UTF_8);
    int code = ToolProvider.findFirst(words[0])
        .orElseThrow()
        .run(to, to, arguments.toArray(new String[0]));
    assertEquals(0, code, said::toString);
    return "";
  }

  private String command(String[] words) {
    assertEquals(List.of("java", "-jar", "target/runtime.jar"), List.of(words).subList(0, 3));
    List<String> arguments = new ArrayList<>();
    for (int i = 3; i < words.length; i++) {
      boolean name = i == 3 || words[i].equals("greeter");
      arguments.add(name ? words[i] : here(words[i]));
    }
    if (!arguments.contains("--data")) {
      arguments.addAll(List.of("--url", url));
    }
    CliRun run = CliRun.of(arguments.toArray(new String[0]));
    assertEquals(0, run.code(), run::err);
    return run.out();
  }

  private CliRun run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--url", url));
    return CliRun.of(all.toArray(new String[0]));
  }

  @Test
  void aVerticleIsInARunningNodeInFiveCommands(Vertx vertx) throws Exception {
    List<String> lines = ReadmeBlocks.command("README.md", "verticle").lines().toList();
    assertEquals(5, lines.size());
    for (String line : lines.subList(0, 4)) {
      perform(line);
    }
    // A node that runs already knows a new token within two seconds; this one knows it at once.
    startNode();
    perform(lines.get(4));
    node.trigger("host");
    node.until("host", "invocation_count", 1);
    assertTrue(String.valueOf(node.journal("host", "tool_result")).contains("Moin, Ada!"));
    assertEquals(
        "Moin, you!",
        VerticleNode.now(vertx.eventBus().<String>request("greet", "you")).body());
    CliRun listed = run("verticles");
    assertTrue(listed.out().contains("greeter  deployed  acme.Greeter"), listed::out);
    assertEquals(listed.out(), run("verticles", "list").out());
    String token = root.resolve("token").toString();
    CliRun again =
        run("verticles", "redeploy", "greeter", "--instances", "2", "--token-file", token);
    assertEquals("greeter  deployed  acme.Greeter\n", again.out(), again::err);
    assertTrue(run("verticles", "--json").out().contains("\"instances\":2"));
    CliRun taken = run(
        "verticles",
        "deploy",
        "greeter",
        root.resolve("greeter.jar").toString(),
        "--token-file",
        token);
    assertEquals(1, taken.code());
    assertTrue(taken.err().contains("; verticles redeploy puts another in its place"), taken::err);
    CliRun gone = run("verticles", "undeploy", "greeter", "--token-file", token);
    assertEquals("greeter  undeployed\n", gone.out(), gone::err);
    assertFalse(run("verticles").out().contains("greeter"));
    CliRun none = run("verticles", "undeploy", "greeter", "--token-file", token);
    assertEquals(
        "error: there is no verticle \"greeter\" on this node; verticles list shows those there"
            + " are\n",
        none.err());
    Path other = Files.writeString(root.resolve("other.jar"), "no jar at all");
    CliRun refused = run("verticles", "deploy", "x", other.toString(), "--token-file", token);
    assertEquals(1, refused.code());
    assertEquals(1, refused.err().split("of the node's settings", -1).length - 1, refused::err);
  }

  @Test
  void codeNeedsATokenAlsoOnLoopback() throws Exception {
    startNode();
    byte[] jar = Jars.greeter(root, "hello");
    node.allow(jar);
    Path file = Files.write(root.resolve("some.jar"), jar);
    CliRun deployed = run("verticles", "deploy", "greeter", file.toString());
    assertEquals(1, deployed.code());
    assertTrue(deployed.err().contains("code needs a token of scope deploy"), deployed::err);
    CliRun undeployed = run("verticles", "undeploy", "greeter");
    assertTrue(undeployed.err().contains("code needs a token"), undeployed::err);
    assertEquals(0, run("verticles").code(), "whoever may look may list");
    for (String body : List.of("{\"name\":\"x\",\"jar\":\"no base64!\"}", "{}", "{\"path\":1}")) {
      HttpResponse<String> answer = HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create(url + "/api/v1/verticles"))
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString(body))
                  .build(),
              BodyHandlers.ofString());
      assertEquals(401, answer.statusCode(), answer::body);
      assertTrue(answer.headers().firstValue("WWW-Authenticate").isPresent());
    }
  }
}
