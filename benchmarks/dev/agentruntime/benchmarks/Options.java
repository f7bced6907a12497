package dev.agentruntime.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import picocli.CommandLine.Option;

/** What every scenario can be told. */
final class Options {

  @Option(
      names = "--jar",
      paramLabel = "FILE",
      defaultValue = "target/runtime.jar",
      description = "The runtime (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  Path jar;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds, each of limit-sync and runtime in turn (default: ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "Length of one load (default: ${DEFAULT-VALUE}).")
  int seconds;

  @Option(
      names = "--warmup",
      paramLabel = "S",
      defaultValue = "10",
      description = "Load on each server before the first round (default: ${DEFAULT-VALUE}).")
  int warmup;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      defaultValue = "target/benchmarks",
      description = {
        "Where the servers write, on the disk to be measured (default: ${DEFAULT-VALUE}).",
        "Each run uses a new directory in it and deletes it at the end."
      })
  @SuppressWarnings("NullAway.Init") // filled by picocli
  Path work;

  @Option(
      names = "--jvm",
      paramLabel = "FLAG",
      defaultValue = "-Xmx2g",
      description = "A flag for both servers' JVMs, can be repeated (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  List<String> jvm;

  @Option(names = "--full", description = "All sizes, connections and the long rounds.")
  boolean full;

  /** The settings every figure depends on. */
  List<String> lines(double loadAtStart) throws IOException {
    return List.of(
        "settings",
        "  runtime     " + version() + ", " + jar.getFileName() + ", HMAC on, fdatasync per group",
        "  limit-sync  no HMAC, fdatasync per group",
        "  rounds      " + rounds + " x " + seconds + " s a side, warm-up " + warmup + " s a side"
            + (rounds < 5 || warmup < 10 ? " (fewer than a judgement needs: 5 x, 10 s)" : ""),
        "  jvm         " + Runtime.version() + ", " + String.join(" ", jvm),
        "  machine     " + Runtime.getRuntime().availableProcessors() + " cores, "
            + System.getProperty("os.name") + " " + System.getProperty("os.version")
            + String.format(Locale.ROOT, ", load average %.2f at the start", loadAtStart));
  }

  private String version() throws IOException {
    try (InputStream bytes = Files.newInputStream(jar);
        JarInputStream opened = new JarInputStream(bytes)) {
      Manifest manifest = opened.getManifest();
      String version = manifest == null
          ? null
          : manifest.getMainAttributes().getValue(Attributes.Name.IMPLEMENTATION_VERSION);
      return version == null ? "no version" : version;
    }
  }
}
