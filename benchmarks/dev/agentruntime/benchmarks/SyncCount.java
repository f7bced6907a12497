package dev.agentruntime.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Counts how often a process syncs, with strace attached to it. For one thread. */
final class SyncCount implements AutoCloseable {

  private static final int END_SECONDS = 10;

  private final Process strace;
  private final Path summary;

  SyncCount(ProcessHandle process, Path directory) throws IOException {
    this.summary = directory.resolve("strace-" + process.pid());
    this.strace = new ProcessBuilder(
            "strace",
            "-f",
            "-c",
            "-e",
            "trace=fsync,fdatasync,msync",
            "-o",
            summary.toString(),
            "-p",
            Long.toString(process.pid()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Ends the count and tells it, beside the triggers accepted meanwhile. */
  String line(String server, long accepted) throws IOException, InterruptedException {
    strace.destroy();
    boolean ended = strace.waitFor(END_SECONDS, TimeUnit.SECONDS);
    long syncs = ended && Files.exists(summary) ? calls(Files.readAllLines(summary)) : 0;
    return syncs == 0
        ? String.format(Locale.ROOT, "  %-10s  no sync counted (may strace attach?)", server)
        : String.format(
            Locale.ROOT,
            "  %-10s  %,d syncs for %,d triggers, %.1f triggers a sync",
            server,
            syncs,
            accepted,
            (double) accepted / syncs);
  }

  /** The calls of all sync functions in a summary of {@code strace -c}. */
  static long calls(List<String> summary) {
    long calls = 0;
    for (String line : summary) {
      // % time, seconds, usecs/call, calls, errors (empty when none), name
      String[] columns = line.trim().split("\\s+", -1);
      if (columns.length >= 5 && columns[columns.length - 1].matches("fsync|fdatasync|msync")) {
        calls += Long.parseLong(columns[3]);
      }
    }
    return calls;
  }

  @Override
  public void close() {
    strace.destroy();
  }
}
