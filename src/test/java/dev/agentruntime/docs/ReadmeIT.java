package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.crash.Jvm;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import dev.agentruntime.rules.ReadmeBlocks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Follows the README's walk word for word, on other ports and in a directory of its own. */
@Needs(Capability.SHELL)
class ReadmeIT {

  private static final Duration START = Duration.ofSeconds(60);
  private static final String HEAD = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
  private static final Pattern EVENT = Pattern.compile("\"event_id\":\"([0-9A-Z]{26})\"");

  @TempDir
  private Path place;

  @Test
  void theWalkWorks() throws Exception {
    copy("agents");
    copy("src/test/resources/github");
    String first;
    try (Jvm node = node()) {
      first = run(node, "push");
      assertTrue(first.contains("202 Accepted"), first);
      assertTrue(first.contains("\"status\":\"accepted\""), first);
      untilContextHolds(node);

      String seen = run(node, "look");
      assertTrue(seen.contains("\"last_push\":\"" + HEAD + "\""), seen);
      assertTrue(seen.contains("\"outcome\":\"completed\""), seen);
      assertTrue(seen.contains("\"type\":\"tool_result\""), seen);
      assertTrue(seen.contains("Recorded " + HEAD), seen);
      assertTrue(seen.contains("\"k\":\"invocation_result\""), seen);
      node.kill9();
    }
    try (Jvm again = node()) {
      untilContextHolds(again);
      String second = run(again, "push");
      assertTrue(second.contains("\"duplicate\":true"), second);
      assertEquals(eventId(first), eventId(second));
      again.term();
      assertTrue(again.awaitEnd(Duration.ofSeconds(40)), again.said());
      assertEquals(0, again.exitCode(), again.said());
    }
  }

  private Jvm node() {
    Jvm node = Jvm.start(
        place.resolve("node.log"),
        List.of("-jar", jar(), "--control", "127.0.0.1:0", "--ingress", "127.0.0.1:0"));
    assertNotNull(node.await(Pattern.compile("^ready\\b"), START), node.said());
    return node;
  }

  private static String jar() {
    return System.getProperty("runtime.jar", "target/runtime.jar");
  }

  private static String address(Jvm node, String what) {
    Matcher said = node.await(Pattern.compile("^" + what + "\\s+http://(\\S+)"), Duration.ZERO);
    assertNotNull(said, node.said());
    return said.group(1);
  }

  private void untilContextHolds(Jvm node) throws Exception {
    String command = "for i in $(seq 1 300); do curl -s http://127.0.0.1:9100/api/v1/processes/"
        + "ci-assistant/context | grep -q " + HEAD + " && exit 0; sleep 0.1; done; exit 1\n";
    bash(node, command);
  }

  private String run(Jvm node, String block) throws Exception {
    return bash(node, ReadmeBlocks.command("README.md", block));
  }

  private String bash(Jvm node, String script) throws IOException, InterruptedException {
    String control = address(node, "control");
    String mine = script
        .replace("127.0.0.1:9090", address(node, "ingress"))
        .replace("127.0.0.1:9100", control)
        .replace(
            "java -jar target/runtime.jar logs",
            "'" + java() + "' -jar '" + jar() + "' logs --url http://" + control);
    Path out = place.resolve("bash.out");
    Process bash = new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", mine)
        .directory(place.toFile())
        .redirectErrorStream(true)
        .redirectOutput(out.toFile())
        .start();
    assertTrue(bash.waitFor(90, TimeUnit.SECONDS), mine);
    String said = new String(Files.readAllBytes(out), StandardCharsets.UTF_8);
    assertEquals(0, bash.exitValue(), mine + "\n" + said);
    return said;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static String eventId(String answer) {
    Matcher matcher = EVENT.matcher(answer);
    assertTrue(matcher.find(), answer);
    return matcher.group(1);
  }

  private void copy(String directory) throws IOException {
    Path from = Path.of(System.getProperty("runtime.basedir", ".")).resolve(directory);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path to = place.resolve(directory).resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(file, to);
        }
      }
    }
  }
}
