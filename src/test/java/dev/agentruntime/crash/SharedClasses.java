package dev.agentruntime.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * An archive of the classes that a node loads, made once for each jar, beside it: a JVM that starts
 * with it needs half the time, and a storm of kills is mostly starts.
 */
final class SharedClasses {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Pattern READY = Pattern.compile("^ready\\b");

  private SharedClasses() {}

  /** What follows {@code java}; none when the archive could not be made. */
  static List<String> flags(Path jar, List<String> usual) {
    Path archive = jar.resolveSibling("crash.jsa");
    try {
      boolean fresh = Files.exists(archive)
          && Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) > 0;
      if (!fresh) {
        make(jar, archive, usual);
      }
      return Files.exists(archive)
          ? List.of("-Xshare:auto", "-XX:SharedArchiveFile=" + archive)
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void make(Path jar, Path archive, List<String> usual) throws IOException {
    Path home = Files.createTempDirectory(jar.toAbsolutePath().getParent(), "crash-jsa");
    Path draft = home.resolve("draft.jsa");
    List<String> arguments = new ArrayList<>(usual);
    arguments.addAll(List.of(
        "-XX:ArchiveClassesAtExit=" + draft,
        "-cp",
        jar.toString(),
        "dev.agentruntime.cli.Main",
        "serve",
        "--data",
        home.resolve("data").toString(),
        "--agents",
        Files.createDirectory(home.resolve("agents")).toString(),
        "--control",
        "127.0.0.1:0",
        "--ingress",
        "127.0.0.1:0"));
    try (Jvm jvm = Jvm.start(home.resolve("log"), arguments)) {
      if (jvm.await(READY, LIMIT) != null) {
        jvm.term();
      }
      if (jvm.awaitEnd(LIMIT) && Files.exists(draft)) {
        Files.move(draft, archive, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
