package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Code in a running node: lists verticles, deploys them, also anew, and undeploys them. */
@Command(
    name = "verticles",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      VerticlesCommand.Listed.class,
      VerticlesCommand.Deploy.class,
      VerticlesCommand.Redeploy.class,
      VerticlesCommand.Undeploy.class
    },
    description = {
      "Lists, deploys and undeploys verticles: code that brings tools, triggers and models to the"
          + " agents of a running node.",
      "A jar must be on the node's allow-list (verticles.allow, verticles.allow_file), and whoever"
          + " deploys needs a token of scope deploy. Without a command it lists."
    })
final class VerticlesCommand extends NodeCommand {

  private static final String PATH = "/api/v1/verticles";

  @Override
  public void run(ApiClient api, Console console) {
    list(this, api, console);
  }

  private static void list(NodeCommand command, ApiClient api, Console console) {
    Json answer = api.get(PATH);
    if (command.json()) {
      console.json(answer);
      return;
    }
    List<Map<String, @Nullable Object>> all = Console.objects(answer.object().get("verticles"));
    console.table(
        List.of("NAME", "STATE", "MAIN", "INSTANCES", "THREADING", "BY", "SHA-256", "PROBLEM"),
        Rows.of(all, "name", "state", "main", "instances", "threading", "by", "sha256", "problem"));
  }

  /** {@code verticles list}. */
  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists verticles by name.")
  static final class Listed extends NodeCommand {
    @Override
    public void run(ApiClient api, Console console) {
      list(this, api, console);
    }
  }

  /** On which threads it runs. */
  enum Threading {
    EVENT_LOOP,
    WORKER,
    VIRTUAL_THREAD;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A verticle is brought. */
  private abstract static class Bringing extends NodeCommand {

    @Parameters(index = "0", paramLabel = "NAME", description = "What it is deployed as.")
    private String name = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "JAR",
        description = "The jar, which is sent to the node.")
    private @Nullable Path jar;

    @Option(
        names = "--main",
        paramLabel = "CLASS",
        description = "The verticle's class (default: the jar's Main-Class). Without a jar, one on"
            + " the class path of the node.")
    private @Nullable String main;

    @Option(
        names = "--options",
        paramLabel = "JSON",
        description = "What the verticle finds in its configuration; kept in the journal as it is.")
    private @Nullable String options;

    @Option(names = "--instances", paramLabel = "N", description = "How many (default: 1).")
    private @Nullable Integer instances;

    @Option(
        names = "--threading",
        paramLabel = "MODEL",
        description = "event_loop, worker or virtual_thread (default: event_loop).")
    private @Nullable Threading threading;

    @Option(
        names = "--force",
        description = "Stop processes that need what would be gone, instead of refusing.")
    private boolean force;

    final void bring(ApiClient api, Console console, boolean replace) {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("name", name);
      if (jar != null) {
        body.put("jar", Base64.getEncoder().encodeToString(Values.read(jar.toString())));
      }
      if (main != null) {
        body.put("main", main);
      }
      if (options != null) {
        body.put("options", parsed(options));
      }
      if (instances != null) {
        body.put("instances", instances);
      }
      if (threading != null) {
        body.put("threading", threading.toString());
      }
      body.put("replace", replace);
      body.put("force", force);
      Json answer = api.post(PATH, Json.of(body), Map.of());
      print(
          console,
          answer,
          name + "  " + Console.text(answer.object().get("state")) + "  "
              + Console.text(answer.object().get("main")));
    }

    private Json parsed(String text) {
      try {
        return Json.parse(text);
      } catch (RuntimeFault e) {
        throw usage("--options, " + e.getMessage());
      }
    }
  }

  /** {@code verticles deploy}. */
  @Command(
      name = "deploy",
      mixinStandardHelpOptions = true,
      description = "Deploys a verticle under a new name; it is back after a restart.")
  static final class Deploy extends Bringing {
    @Override
    public void run(ApiClient api, Console console) {
      bring(api, console, false);
    }
  }

  /** {@code verticles redeploy}. */
  @Command(
      name = "redeploy",
      mixinStandardHelpOptions = true,
      description = {
        "Deploys a verticle anew, from another jar or, without one, from the one that is there.",
        "The old one goes when the new one is up and runs that have begun with it have ended; when"
            + " the new one does not come up, the old one stays."
      })
  static final class Redeploy extends Bringing {
    @Override
    public void run(ApiClient api, Console console) {
      bring(api, console, true);
    }
  }

  /** {@code verticles undeploy}. */
  @Command(
      name = "undeploy",
      mixinStandardHelpOptions = true,
      description = "Undeploys a verticle; what it brought is gone.")
  static final class Undeploy extends NodeCommand {

    @Parameters(paramLabel = "NAME", description = "As verticles list shows it.")
    private String name = "";

    @Option(
        names = "--force",
        description = "Stop processes that need what it brought, instead of refusing.")
    private boolean force;

    @Override
    public void run(ApiClient api, Console console) {
      Json unused = api.delete(PATH + "/" + ApiClient.escaped(name) + "?force=" + force);
      print(console, Json.of(Map.of("undeployed", name)), name + "  undeployed");
    }
  }
}
