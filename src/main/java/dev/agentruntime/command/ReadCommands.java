package dev.agentruntime.command;

import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that look at a running node: {@code ps, status, nodes, context}. */
final class ReadCommands {

  private ReadCommands() {}

  /** All pages of a list as one. */
  static List<Map<String, @Nullable Object>> all(ApiClient api, String path, String field) {
    List<Map<String, @Nullable Object>> items = new ArrayList<>();
    String cursor = null;
    do {
      String query = cursor == null ? "" : "&cursor=" + ApiClient.escaped(cursor);
      Map<String, @Nullable Object> page = api.get(path + "?limit=500" + query).object();
      items.addAll(Console.objects(page.get(field)));
      cursor = page.get("next_cursor") instanceof String next ? next : null;
    } while (cursor != null);
    return items;
  }

  /** The columns of a list of objects; a missing value is {@code -}. */
  static List<List<String>> rows(List<Map<String, @Nullable Object>> items, String... keys) {
    List<List<String>> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> item : items) {
      List<String> row = new ArrayList<>();
      for (String key : keys) {
        Object value = item.get(key);
        row.add(value == null ? "-" : Console.text(value));
      }
      rows.add(row);
    }
    return rows;
  }

  /** {@code ps}. */
  @Command(
      name = "ps",
      mixinStandardHelpOptions = true,
      description = "Lists the processes of a running node.")
  static final class Ps extends NodeCommand {
    @Override
    void run(ApiClient api, Console console) {
      List<Map<String, @Nullable Object>> all = all(api, "/api/v1/processes", "processes");
      if (json()) {
        console.json(Json.of(Map.of("processes", all, "total", all.size())));
        return;
      }
      console.table(
          List.of("NAME", "STATE", "INVOCATIONS", "QUEUE", "FAILURES", "UPTIME"),
          rows(
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
    void run(ApiClient api, Console console) {
      Json answer = api.get("/api/v1/nodes");
      if (json()) {
        console.json(answer);
        return;
      }
      console.table(
          List.of("NODE", "STATE", "ADDRESS", "PROCESSES", "SELF"),
          rows(
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
    void run(ApiClient api, Console console) {
      Json answer = api.get("/api/v1/models");
      if (json()) {
        console.json(answer);
        return;
      }
      console.table(
          List.of("MODEL", "STATE", "ASKING", "WAITING", "TOKENS/MIN", "REOPENS MS"),
          rows(
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
    void run(ApiClient api, Console console) {
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

  /** {@code context NAME [KEY=VALUE...]}. */
  @Command(
      name = "context",
      mixinStandardHelpOptions = true,
      description = {
        "Shows the state of a process, or writes to it, all or nothing.",
        "A VALUE is JSON, or else a text; KEY= deletes the key."
      })
  static final class Context extends NodeCommand {

    @Parameters(index = "0", paramLabel = "NAME", description = "The process.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String name;

    @Parameters(
        index = "1..*",
        arity = "0..*",
        paramLabel = "KEY=VALUE",
        description = "What to write.")
    private List<String> writes = new ArrayList<>();

    @Override
    void run(ApiClient api, Console console) {
      String path = ApiClient.process(name) + "/context";
      Json answer =
          writes.isEmpty() ? api.get(path) : api.patch(path, Json.of(Map.of("state", state())));
      if (json()) {
        console.json(answer);
      } else if (answer.object().get("state") instanceof Map<?, ?> state) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        state.forEach((key, value) -> shown.put(String.valueOf(key), value));
        console.properties(shown);
      }
    }

    private Map<String, @Nullable Object> state() {
      Map<String, @Nullable Object> state = new LinkedHashMap<>();
      for (String write : writes) {
        int equals = write.indexOf('=');
        if (equals < 1) {
          throw usage("context, expected=KEY=VALUE, actual=" + Json.quote(write));
        }
        String value = write.substring(equals + 1);
        state.put(write.substring(0, equals), value.isEmpty() ? null : ActCommands.value(value));
      }
      return state;
    }
  }
}
