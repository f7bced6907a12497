package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.time.SystemTime;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the doctor looks at in the machine and the JVM. */
final class MachineChecks {

  private static final long MIB = 1 << 20;
  private static final long HEAP_MIN = 256 * MIB;

  /** Files that a node opens beside its connections. */
  private static final int FILES_BESIDE = 1_000;

  /** This version was not there before. */
  private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

  private MachineChecks() {}

  static List<Finding> of(RuntimeConfig config) {
    List<Finding> all = new ArrayList<>();
    all.add(java());
    all.add(heap(Runtime.getRuntime().maxMemory()));
    all.add(names(System.getProperty("sun.jnu.encoding", "")));
    all.add(clock(SystemTime.now()));
    long files = openFiles();
    if (files > 0) {
      all.add(files(files, config.http().connectionsMax()));
    }
    return all;
  }

  private static Finding java() {
    return Finding.ok(
        "java",
        "Java " + Runtime.version() + " of " + System.getProperty("java.vendor") + ", "
            + Runtime.getRuntime().availableProcessors() + " processors, "
            + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
  }

  static Finding heap(long bytes) {
    String what = bytes / MIB + " MiB at most";
    return bytes >= HEAP_MIN
        ? Finding.ok("memory", what)
        : Finding.warn("memory", what, "give the JVM more: java -Xmx512m -jar ...");
  }

  /** In which encoding the JVM reads names of files and variables. */
  static Finding names(String encoding) {
    boolean unicode = encoding.equalsIgnoreCase("UTF-8") || encoding.equalsIgnoreCase("UTF8");
    String what = "names of files are " + (encoding.isEmpty() ? "unknown" : encoding);
    return unicode
        ? Finding.ok("locale", what)
        : Finding.warn(
            "locale",
            what + "; files whose names are not ASCII cannot be opened",
            "export LC_ALL=C.UTF-8");
  }

  static Finding clock(Instant now) {
    String what = now + ", time zone " + ZoneId.systemDefault();
    return now.isBefore(EARLIEST) || now.isAfter(LATEST)
        ? Finding.fail(
            "clock",
            what + ", which cannot be",
            "set the clock, best by NTP: cron triggers, signatures and retention depend on it")
        : Finding.ok("clock", what);
  }

  /** How many files this JVM may have open; -1 when it does not say. */
  private static long openFiles() {
    try {
      Object max = ManagementFactory.getPlatformMBeanServer()
          .getAttribute(new ObjectName("java.lang:type=OperatingSystem"), "MaxFileDescriptorCount");
      return max instanceof Long count ? count : -1;
    } catch (JMException e) {
      // Only Unix counts them.
      return -1;
    }
  }

  static Finding files(long max, int connections) {
    long wanted = 2L * connections + FILES_BESIDE;
    String what = max + " open files at most";
    return max >= wanted
        ? Finding.ok("files", what)
        : Finding.warn(
            "files",
            what + ", and two listeners take " + connections + " connections each",
            "ulimit -n " + wanted + " (systemd: LimitNOFILE=" + wanted
                + "), or a smaller http.connections_max");
  }
}
