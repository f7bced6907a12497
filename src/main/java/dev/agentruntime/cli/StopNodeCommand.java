package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.Pause;
import dev.agentruntime.console.Progress;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code stop-node}: ends a node of this machine as SIGTERM does, and waits for its end. */
@Command(
    name = "stop-node",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Ends the node that runs in a data directory of this machine, and waits until it is gone.",
      "It drains as with SIGTERM: steps in flight end, for at most drain_timeout; open runs go on"
          + " at the next start. Takes the flags that the node was started with."
    })
final class StopNodeCommand implements Callable<Integer> {

  private static final Duration LOOK = Duration.ofMillis(50);

  /** What a node may take beyond its drain. */
  private static final Duration MARGIN = Duration.ofSeconds(20);

  /** From one signal to the next: two at once would be one. */
  private static final Duration BETWEEN = Duration.ofMillis(500);

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private NodeOptions options;

  @Option(
      names = "--hurry",
      description = "Do not wait for steps in flight; they go on at the next start.")
  private boolean hurry;

  @Override
  public Integer call() {
    Console console =
        new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), false);
    RuntimeConfig config = options.settings();
    NodeFiles files = NodeFiles.of(config);
    Long pid = files.holder();
    if (pid == null) {
      String stale = files.takeStale();
      throw new RuntimeFault(
          ErrorCode.NOT_FOUND,
          "no node runs in " + files.home()
              + (stale == null ? "" : "; its pid file was stale, pid " + stale + ", and is gone"));
    }
    ProcessHandle node = ProcessHandle.of(pid)
        .orElseThrow(() -> new RuntimeFault(
            ErrorCode.NOT_FOUND,
            "the node in " + files.home() + " runs as pid " + pid
                + ", which cannot be seen from here"));
    signal(node);
    if (hurry && Pause.of(BETWEEN)) {
      signal(node);
    }
    Duration limit = config.drainTimeout().plus(MARGIN);
    Progress progress =
        new Progress(console, "waiting for pid " + pid + (hurry ? " to end" : " to drain"));
    while (node.isAlive()) {
      if (progress.took().compareTo(limit) > 0) {
        throw new RuntimeFault(
            ErrorCode.CANCELLED,
            "pid " + pid + " has not ended after " + limit.toSeconds()
                + " s; end it with --hurry, or kill -9, which loses nothing either");
      }
      progress.tick(hurry ? "" : "--hurry does not wait");
      if (!Pause.of(LOOK)) {
        throw new RuntimeFault(ErrorCode.CANCELLED, "interrupted; pid " + pid + " still drains");
      }
    }
    console.line("pid " + pid + " ended");
    return console.flushed() ? 0 : 1;
  }

  private static void signal(ProcessHandle node) {
    if (!node.destroy() && node.isAlive()) {
      throw new RuntimeFault(
          ErrorCode.FORBIDDEN, "pid " + node.pid() + " does not take signals of this user");
    }
  }
}
