package dev.agentruntime.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What Linux says of processes and of the machine; the parsers are pure. */
final class ProcFs {

  /** USER_HZ: a tick of {@code /proc/PID/stat} is 10 ms on every Linux we run on. */
  private static final long MILLIS_PER_TICK = 10;

  private ProcFs() {}

  /** CPU time of a process and of all its descendants, ms. */
  static long cpuMillis(ProcessHandle process) throws IOException {
    long millis = cpuMillis(stat(process.pid()));
    for (ProcessHandle descendant : process.descendants().toList()) {
      millis += cpuMillisOrNone(descendant.pid());
    }
    return millis;
  }

  private static long cpuMillisOrNone(long pid) throws IOException {
    try {
      return cpuMillis(stat(pid));
    } catch (NoSuchFileException e) {
      return 0; // It has ended since; its parent counts it once it was waited for.
    }
  }

  private static String stat(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/stat"));
  }

  /** User and system time in {@code /proc/PID/stat}, with the children waited for, ms. */
  static long cpuMillis(String stat) {
    // The name stands in parentheses and may hold spaces and parentheses itself.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split("\\s+", -1);
    long ticks = 0;
    for (int field = 11; field <= 14; field++) {
      ticks += Long.parseLong(fields[field]);
    }
    return ticks * MILLIS_PER_TICK;
  }

  /** Proportional set size of a process, KiB. */
  static long pssKib(ProcessHandle process) throws IOException {
    return pssKib(Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup")));
  }

  /** The line {@code Pss: N kB} of {@code smaps_rollup}. */
  static long pssKib(List<String> rollup) {
    return rollup.stream()
        .filter(line -> line.startsWith("Pss:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no line Pss: in smaps_rollup"));
  }

  /** The load average of the last minute. */
  static double load() throws IOException {
    return load(Files.readString(Path.of("/proc/loadavg")));
  }

  /** The first number of {@code /proc/loadavg}. */
  static double load(String loadavg) {
    return Double.parseDouble(loadavg.substring(0, loadavg.indexOf(' ')));
  }
}
