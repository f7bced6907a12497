package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.Pause;
import dev.agentruntime.console.Progress;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.disk.RealDisk;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts a node in the background, in a JVM like this one, and waits until it is up. */
final class Detached {

  private static final Duration LOOK = Duration.ofMillis(50);
  private static final int TOLD_LINES = 20;
  private static final String READY = "ready in ";

  private Detached() {}

  /**
   * Starts it; back when it serves.
   *
   * @throws RuntimeFault {@link ErrorCode#DIRECTORY_LOCKED} when it runs already; {@link
   *     ErrorCode#START_FAILED} when it ended, with the last lines it said
   */
  static void start(NodeOptions options, Console console) {
    RuntimeConfig config = options.settings();
    if (config.cluster().enabled() && config.node() == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "--detach in a cluster, expected=--node ID, for the node's directory holds its pid file"
              + " and its log");
    }
    NodeFiles files = NodeFiles.of(config);
    prepare(files, options, console);
    long before = size(files.log());
    Process node = launch(options, files);
    Progress progress = new Progress(console, "waiting for the node, pid " + node.pid());
    while (true) {
      // Looked at in this order, what it said before it ended is seen.
      boolean ended = !node.isAlive();
      List<String> said = said(files.log(), before);
      if (said.stream().anyMatch(line -> line.startsWith(READY))) {
        up(said, node.pid(), files, options, console);
        return;
      }
      if (ended) {
        said.subList(Math.max(0, said.size() - TOLD_LINES), said.size()).forEach(console::note);
        throw new RuntimeFault(
            ErrorCode.START_FAILED,
            "the node ended while starting, exit code " + node.exitValue() + "; its log is "
                + files.log());
      }
      progress.tick("its log is " + files.log());
      if (!Pause.of(LOOK)) {
        throw new RuntimeFault(
            ErrorCode.CANCELLED, "interrupted; the node goes on, pid " + node.pid());
      }
    }
  }

  private static void prepare(NodeFiles files, NodeOptions options, Console console) {
    try {
      new RealDisk().createDirectories(files.home());
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, "cannot make " + files.home() + ": " + FileFaults.reason(e), e);
    }
    Long holder = files.holder();
    if (holder != null) {
      throw new RuntimeFault(
          ErrorCode.DIRECTORY_LOCKED,
          "the node in " + files.home() + " runs already, pid " + holder + "; end it with: "
              + stop(options));
    }
    String stale = files.takeStale();
    if (stale != null) {
      console.note("the pid file " + files.pid() + " was stale: no node runs as " + stale);
    }
  }

  private static Process launch(NodeOptions options, NodeFiles files) {
    List<String> command = new ArrayList<>();
    Path setsid = onPath("setsid");
    if (setsid != null) {
      // A session of its own: the end of this terminal is not its end.
      command.add(setsid.toString());
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String classes = System.getProperty("java.class.path", "");
    if (classes.endsWith(".jar") && !classes.contains(File.pathSeparator)) {
      // The jar's manifest opens what the program needs; a class path would not.
      command.addAll(List.of("-jar", classes));
    } else {
      command.addAll(List.of("-cp", classes, Main.class.getName()));
    }
    command.add("serve");
    command.addAll(options.again());
    command.addAll(List.of("--pid-file", files.pid().toString()));
    try {
      return new ProcessBuilder(command)
          .redirectInput(Redirect.from(new File("/dev/null")))
          .redirectErrorStream(true)
          .redirectOutput(Redirect.appendTo(files.log().toFile()))
          .start();
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.START_FAILED, "cannot start a JVM: " + e.getMessage(), e);
    }
  }

  private static @Nullable Path onPath(String program) {
    for (String directory :
        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(directory, program);
      if (!directory.isEmpty() && Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The whole lines of a log from a byte on. */
  private static List<String> said(Path log, long from) {
    try {
      byte[] all = Files.exists(log) ? Files.readAllBytes(log) : new byte[0];
      int start = (int) Math.min(from, all.length);
      String text = new String(all, start, all.length - start, StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      throw unreadable(log, e);
    }
  }

  private static RuntimeFault unreadable(Path file, IOException cause) {
    return new RuntimeFault(
        ErrorCode.STORAGE, "cannot read " + file + ": " + FileFaults.reason(cause), cause);
  }

  private static void up(
      List<String> said, long pid, NodeFiles files, NodeOptions options, Console console) {
    said.forEach(line -> console.line(Console.printable(line)));
    console.line("pid      " + pid);
    console.line("pid file " + files.pid());
    console.line("log      " + files.log());
    console.line("end it with: kill $(cat " + files.pid() + "), or: " + stop(options));
  }

  /** The command that ends it: it finds the node by the flags that it was started with. */
  private static String stop(NodeOptions options) {
    return ("stop-node " + String.join(" ", options.again())).strip();
  }
}
