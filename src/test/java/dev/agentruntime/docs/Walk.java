package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.crash.Jvm;
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

/** Runs commands of the manual word for word, on other ports and in a directory of its own. */
final class Walk {

  private static final Duration START = Duration.ofSeconds(60);

  private final Path place;

  Walk(Path place) {
    this.place = place;
  }

  /** A node on what was copied here. */
  Jvm node() {
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

  /** What a block of a page says, run against a node; fails when the commands do. */
  String run(Jvm node, String page, String block) throws Exception {
    return bash(node, ReadmeBlocks.command(page, block));
  }

  String bash(Jvm node, String script) throws IOException, InterruptedException {
    String control = address(node, "control");
    String mine = script
        .replace("127.0.0.1:9090", address(node, "ingress"))
        .replace("127.0.0.1:9100", control)
        .replaceAll(
            "java -jar target/runtime.jar (logs|approvals|ask)",
            Matcher.quoteReplacement("'" + java() + "' -jar '" + jar() + "' ") + "$1 --url http://"
                + control);
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

  /** Copies a directory of the repository here. */
  void copy(String directory) throws IOException {
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
