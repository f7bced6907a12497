package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that look at a running node: {@code ps, status, nodes}. */
final class ReadCommands {

  private ReadCommands() {}

  /** {@code ps}. */
  @Command(
      name = "ps",
      mixinStandardHelpOptions = true,
      description = "Lists the processes of a running node.")
  static final class Ps extends NodeCommand {
    @Override
    public void run(ApiClient api, Console console) {
      List<Map<String, @Nullable Object>> all = Rows.all(api, "/api/v1/processes", "processes");
      if (json()) {
        console.json(Json.of(Map.of("processes", all, "total", all.size())));
        return;
      }
      console.table(
          List.of("NAME", "STATE", "INVOCATIONS", "QUEUE", "FAILURES", "UPTIME"),
          Rows.of(
              all,
              "name",
              "state",
              "invocation_count",
              "queue_size",
              "consecutive_failures",
              "uptime_seconds"));
    }
  }

  /** {@code nodes}. */
  @Command(
      name = "nodes",
      mixinStandardHelpOptions = true,
      description = "Lists the nodes of the cluster a running node belongs to.")
  static final class Nodes extends NodeCommand {
    @Override
    public void run(ApiClient api, Console console) {
      Json answer = api.get("/api/v1/nodes");
      if (json()) {
        console.json(answer);
        return;
      }
      console.table(
          List.of("NODE", "STATE", "ADDRESS", "PROCESSES", "SELF"),
          Rows.of(
              Console.objects(answer.object().get("nodes")),
              "id",
              "state",
              "address",
              "processes",
              "self"));
    }
  }

  /** {@code models}. */
  @Command(
      name = "models",
      mixinStandardHelpOptions = true,
      description = "Lists the models a running node asks, and who waits for them.")
  static final class Models extends NodeCommand {
    @Override
    public void run(ApiClient api, Console console) {
      Json answer = api.get("/api/v1/models");
      if (json()) {
        console.json(answer);
        return;
      }
      console.table(
          List.of("MODEL", "STATE", "ASKING", "WAITING", "TOKENS/MIN", "REOPENS MS"),
          Rows.of(
              Console.objects(answer.object().get("models")),
              "model",
              "state",
              "in_flight",
              "waiting",
              "tokens_last_minute",
              "reopens_in_ms"));
    }
  }

  /** {@code status [NAME]}. */
  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Shows a running node, or one of its processes.")
  static final class Status extends NodeCommand {

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "NAME",
        description = "The process; without it the node.")
    private @Nullable String name;

    @Option(
        names = "--digest",
        description = "Also the position and the digest of the process's state.")
    private boolean digest;

    @Override
    public void run(ApiClient api, Console console) {
      if (name == null && digest) {
        throw usage("--digest, expected=together with a process NAME");
      }
      Json answer = api.get(
          name == null
              ? "/api/v1/runtime/status"
              : ApiClient.process(name) + (digest ? "?digest=true" : ""));
      if (json()) {
        console.json(answer);
      } else {
        console.properties(answer.object());
      }
    }
  }
}
