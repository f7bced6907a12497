package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.yaml.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that look at a running node: {@code ps, status, nodes, models}. */
final class ReadCommands {

  private ReadCommands() {}

  /** What is said first while an operator has ended all work of a node, null when none has. */
  static @Nullable String ended(Map<String, @Nullable Object> node) {
    if (!(node.get("killed") instanceof Map<?, ?> killed)) {
      return null;
    }
    Object reason = killed.get("reason");
    String why = reason == null || reason.equals("") ? "" : " (" + reason + ")";
    return Console.printable("all work is ended by " + killed.get("by") + " since "
        + killed.get("at") + why + ", start --all --lift ends that");
  }

  private static Map<String, @Nullable Object> node(ApiClient api) {
    return api.get("/api/v1/runtime/status").object();
  }

  /** {@code ps}: the processes of a node, as a table. */
  @Command(
      name = "ps",
      mixinStandardHelpOptions = true,
      description = {
        "Lists the processes of a running node.",
        "UPTIME is since a process was first deployed, as [[days-]hours:]minutes:seconds. While an"
            + " operator has ended all work of the node, the first line says so."
      })
  static final class Ps extends NodeCommand {

    private static final String UPTIME = "uptime_seconds";

    /** What is shown unless columns are named: the key in the node's answer, and its header. */
    private static final Map<String, String> USUAL = usual();

    private static Map<String, String> usual() {
      Map<String, String> columns = new LinkedHashMap<>();
      columns.put("name", "NAME");
      columns.put("state", "STATE");
      columns.put("invocation_count", "INVOCATIONS");
      columns.put("queue_size", "QUEUE");
      columns.put("consecutive_failures", "FAILURES");
      columns.put(UPTIME, "UPTIME");
      return columns;
    }

    @Parameters(
        arity = "0..*",
        paramLabel = "NAME",
        description = "Only these processes (default: all).")
    private List<String> names = new ArrayList<>();

    @Option(
        names = {"-o", "--format"},
        paramLabel = "COLUMN",
        split = ",",
        description = "These columns, by their keys in --json, as in -o name,state,reason.")
    private List<String> columns = new ArrayList<>();

    @Option(
        names = "--sort",
        paramLabel = "COLUMN",
        description = "By this column, or from its end with - before it (default: name).")
    private String sort = "name";

    @Option(
        names = {"--no-headers", "--no-heading"},
        description = "Without the line of headers.")
    private boolean bare;

    @Override
    public void run(ApiClient api, Console console) {
      List<Map<String, @Nullable Object>> all =
          named(Rows.all(api, "/api/v1/processes", "processes"));
      List<String> keys = columns.isEmpty() ? List.copyOf(USUAL.keySet()) : columns;
      if (!all.isEmpty()) {
        keys.forEach(key -> known("-o", key, all.get(0)));
        known("--sort", sort.replaceFirst("^-", ""), all.get(0));
      }
      all.sort(order());
      Map<String, @Nullable Object> node = node(api);
      if (json()) {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        said.put("processes", all);
        said.put("total", all.size());
        if (node.containsKey("killed")) {
          said.put("killed", node.get("killed"));
        }
        console.json(Json.of(said));
        return;
      }
      String ended = ended(node);
      if (ended != null && !bare) {
        console.line(ended);
      }
      for (Map<String, @Nullable Object> process : all) {
        if (process.get(UPTIME) instanceof Number seconds) {
          process.put(UPTIME, Values.elapsed(seconds.longValue()));
        }
      }
      List<String> headers = keys.stream()
          .map(key -> USUAL.getOrDefault(key, key.toUpperCase(Locale.ROOT)))
          .toList();
      List<String> lines = console.columns(headers, Rows.of(all, keys.toArray(new String[0])));
      lines.subList(bare ? 1 : 0, lines.size()).forEach(console::line);
    }

    private List<Map<String, @Nullable Object>> named(List<Map<String, @Nullable Object>> all) {
      if (names.isEmpty()) {
        return all;
      }
      List<String> there =
          all.stream().map(process -> Console.text(process.get("name"))).toList();
      for (String name : names) {
        if (!there.contains(name)) {
          throw new RuntimeFault(
              ErrorCode.PROCESS_NOT_FOUND,
              "there is no process " + Json.quote(name) + " on this node");
        }
      }
      List<Map<String, @Nullable Object>> wanted = new ArrayList<>(all);
      wanted.removeIf(process -> !names.contains(Console.text(process.get("name"))));
      return wanted;
    }

    private void known(String option, String key, Map<String, @Nullable Object> process) {
      if (!process.containsKey(key)) {
        throw usage(option + ", expected=a key of a process, actual=" + key
            + Reading.suggestion(key, new TreeSet<>(process.keySet())));
      }
    }

    private Comparator<Map<String, @Nullable Object>> order() {
      String key = sort.replaceFirst("^-", "");
      Comparator<Map<String, @Nullable Object>> by =
          (a, b) -> a.get(key) instanceof Number one && b.get(key) instanceof Number other
              ? Double.compare(one.doubleValue(), other.doubleValue())
              : Console.text(a.get(key)).compareTo(Console.text(b.get(key)));
      return sort.startsWith("-") ? by.reversed() : by;
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
      Map<String, @Nullable Object> said = answer.object();
      Map<String, @Nullable Object> node = name == null ? said : node(api);
      if (json()) {
        if (name != null && node.containsKey("killed")) {
          said = new LinkedHashMap<>(said);
          said.put("killed", node.get("killed"));
        }
        console.json(Json.of(said));
        return;
      }
      String ended = ended(node);
      if (ended != null) {
        console.line(ended);
      }
      show(console, said);
    }

    /** What is said, a line each; each warning has one of its own. */
    static void show(Console console, Map<String, @Nullable Object> said) {
      Object warnings = said.remove("warnings");
      console.properties(said);
      if (warnings instanceof List<?> list) {
        list.forEach(warning -> console.line("warning: " + Console.text(warning)));
      }
    }
  }
}
