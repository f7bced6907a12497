package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Progress;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code doctor}: says what would keep a node from starting or from keeping its promises. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Looks at machine, settings, directories and ports, tries to reach models, servers of tools"
          + " and members of the cluster, and says what to mend.",
      "Needs no running node and changes nothing; takes the flags that serve takes. With --url it"
          + " asks that node too. Exit code 1 when something fails, 0 with warnings."
    })
final class DoctorCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private NodeOptions options;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "A node that should be running, http://HOST:PORT.")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file that holds a token for it, alone (default: AGENTRUNTIME_TOKEN).")
  private @Nullable Path tokenFile;

  @Option(names = "--json", description = "Print the findings as one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    Console console = new Console(
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        !json && Console.wantsColours(System.getenv()));
    URI node = url == null ? null : NodeCommand.base(spec.commandLine(), url);
    Progress progress = new Progress(console, "trying to reach models, tools and members");
    List<Finding> all = findings(node, System.getenv(), progress);
    long failed =
        all.stream().filter(found -> found.level() == Finding.Level.FAIL).count();
    if (json) {
      console.json(Json.of(
          Map.of("ok", failed == 0, "checks", all.stream().map(Finding::json).toList())));
    } else {
      all.forEach(found -> print(console, found));
      long warned =
          all.stream().filter(found -> found.level() == Finding.Level.WARN).count();
      console.line(
          failed + " failed, " + warned + " warnings, " + (all.size() - failed - warned) + " ok");
    }
    return console.flushed() && failed == 0 ? 0 : 1;
  }

  private List<Finding> findings(@Nullable URI node, Map<String, String> env, Progress progress) {
    SettingsChecks.Settings settings = SettingsChecks.settings(options, env);
    RuntimeConfig config = settings.config();
    List<Finding> all = new ArrayList<>(MachineChecks.of(config));
    all.addAll(settings.findings());
    List<Finding> disk = DiskChecks.of(config);
    all.addAll(disk);
    boolean running = disk.stream()
        .anyMatch(found -> found.check().equals("lock") && found.what().startsWith("a node runs"));
    all.addAll(PortChecks.of(config, running));
    all.addAll(SettingsChecks.agents(config.agentsDir()));
    all.addAll(SettingsChecks.secrets(settings, tokenFile));
    all.addAll(ReachChecks.of(config, env, progress));
    if (node != null) {
      all.add(asked(node, env));
    }
    return all;
  }

  private Finding asked(URI node, Map<String, String> env) {
    try {
      return PortChecks.node(node, NodeCommand.token(tokenFile, env));
    } catch (RuntimeFault e) {
      return Finding.fail(
          "node", String.valueOf(e.getMessage()), "mend the token, or leave it out");
    }
  }

  private static void print(Console console, Finding found) {
    console.line(console.word(found.level().word(), 5)
        + console.word(found.check(), 12)
        + Console.printable(found.what()));
    if (found.mend() != null) {
      console.line(" ".repeat(17) + "-> " + Console.printable(found.mend()));
    }
  }
}
