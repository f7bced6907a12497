package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that act on a running node: {@code suspend, resume, trigger, deploy, undeploy}. */
final class ActCommands {

  private ActCommands() {}

  /** {@code suspend NAME}. */
  @Command(
      name = "suspend",
      mixinStandardHelpOptions = true,
      description = "Lets a process take triggers and run nothing until it is resumed.")
  static final class Suspend extends ProcessCommand {
    @Override
    public void run(ApiClient api, Console console) {
      move(api, console, "suspend");
    }
  }

  /** {@code resume NAME}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Lets a suspended process go on.")
  static final class Resume extends ProcessCommand {
    @Override
    public void run(ApiClient api, Console console) {
      move(api, console, "resume");
    }
  }

  /** {@code trigger NAME}. */
  @Command(
      name = "trigger",
      mixinStandardHelpOptions = true,
      description = "Wakes a process by hand; ends when the event is durable.")
  static final class Trigger extends ProcessCommand {

    @Option(
        names = "--payload",
        paramLabel = "JSON|@FILE|-",
        defaultValue = "{}",
        description =
            "What to tell it: JSON, a file, or standard input (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String payload;

    @Option(
        names = "--key",
        paramLabel = "KEY",
        description = "Idempotency key: a repetition under the same key wakes nothing.")
    private @Nullable String key;

    @Option(
        names = "--trusted",
        description = "You vouch for the payload: the run does not count as tainted by it.")
    private boolean trusted;

    @Override
    public void run(ApiClient api, Console console) {
      Json body = Json.of(
          trusted ? Map.of("payload", parsed(), "trusted", true) : Map.of("payload", parsed()));
      Json answer = api.post(
          ApiClient.process(name()) + "/trigger",
          body,
          key == null ? Map.of() : Map.of("Idempotency-Key", key));
      Map<String, @Nullable Object> accepted = answer.object();
      String word = Boolean.TRUE.equals(accepted.get("duplicate")) ? "duplicate" : "accepted";
      print(console, answer, word + "  " + Console.text(accepted.get("event_id")));
    }

    private Json parsed() {
      if (payload.equals("-")) {
        return Values.json("-");
      }
      if (payload.startsWith("@")) {
        return Values.json(payload.substring(1));
      }
      try {
        return Json.parse(payload);
      } catch (RuntimeFault e) {
        throw usage("--payload, " + e.getMessage());
      }
    }
  }

  /** {@code deploy FILE}. */
  @Command(
      name = "deploy",
      mixinStandardHelpOptions = true,
      description = "Deploys a manifest to a running node.")
  static final class Deploy extends NodeCommand {

    private static final String BODY = "body:";

    @Parameters(
        index = "0",
        paramLabel = "FILE",
        description = "The manifest, - for standard input.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private Path file;

    @Option(names = "--no-start", description = "Leave the process created, not started.")
    private boolean noStart;

    @Option(
        names = "--replace",
        description = "Put it in the place of what runs under its name, if anything does.")
    private boolean replace;

    @Option(
        names = "--dry-run",
        description = "Only show what it would change and what running work it would touch.")
    private boolean dryRun;

    @Override
    public void run(ApiClient api, Console console) {
      if (dryRun) {
        Json plan = posted(api, "?dry_run=true");
        DeployPlan.print(this, console, plan, this::named);
        return;
      }
      Json status = posted(api, "?start=" + !noStart + "&replace=" + replace);
      Map<String, @Nullable Object> process = status.object();
      print(
          console,
          status,
          Console.text(process.get("name")) + "  " + Console.text(process.get("state")));
    }

    private Json posted(ApiClient api, String query) {
      byte[] manifest = Values.read(file.toString());
      try {
        return api.postYaml("/api/v1/processes" + query, manifest);
      } catch (RuntimeFault e) {
        String named = String.valueOf(e.getMessage())
            .lines()
            .map(this::named)
            .collect(Collectors.joining("\n"));
        throw new RuntimeFault(e.code(), named, e);
      }
    }

    /** A finding under the name of the file, of which the node sees the body of a request. */
    private String named(String finding) {
      return finding.startsWith(BODY) ? file + finding.substring(BODY.length() - 1) : finding;
    }
  }

  /** {@code undeploy NAME}. */
  @Command(
      name = "undeploy",
      mixinStandardHelpOptions = true,
      description = "Stops a process and forgets its name; what is queued is cancelled.")
  static final class Undeploy extends ProcessCommand {
    @Override
    public void run(ApiClient api, Console console) {
      Json answer = api.delete(ApiClient.process(name()));
      print(console, answer, name() + "  removed");
    }
  }
}
