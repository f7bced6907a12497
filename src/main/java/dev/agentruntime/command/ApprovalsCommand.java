package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code approvals [list | show ID | approve ID | deny ID]}. */
@Command(
    name = "approvals",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the calls of tools that wait for a person, and decides.",
      "A decision holds for the arguments that were shown: when they change, it is asked anew."
    })
final class ApprovalsCommand extends NodeCommand {

  /** What may be done. */
  enum Action {
    LIST,
    SHOW,
    APPROVE,
    DENY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ACTION",
      defaultValue = "list",
      description = "list, show, approve or deny (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Action action;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "The request; its first characters will do while no other begins so.")
  private @Nullable String id;

  @Option(
      names = "--args",
      paramLabel = "FILE|JSON",
      description = "approve: give the tool these arguments instead.")
  private @Nullable String args;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why; the agent is told, and it is kept.")
  private @Nullable String reason;

  @Override
  public void run(ApiClient api, Console console) {
    if (args != null && action != Action.APPROVE) {
      throw usage("--args, expected=together with approve");
    }
    if (reason != null && (action == Action.LIST || action == Action.SHOW)) {
      throw usage("--reason, expected=together with approve or deny");
    }
    if (action == Action.LIST) {
      list(console, api.get("/api/v1/approvals"));
      return;
    }
    Map<String, @Nullable Object> one = chosen(api);
    if (action == Action.SHOW) {
      if (json()) {
        console.json(Json.of(one));
      } else {
        console.properties(one);
      }
      return;
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("decision", action == Action.APPROVE ? "approve" : "deny");
    body.put("arguments_digest", one.get("arguments_digest"));
    body.put("epoch", one.get("epoch"));
    if (args != null) {
      body.put("arguments", arguments(args).value());
    }
    if (reason != null) {
      body.put("reason", reason);
    }
    Json answer = api.post(
        ApiClient.process(Console.text(one.get("process"))) + "/approvals/"
            + ApiClient.escaped(Console.text(one.get("id"))),
        Json.of(body),
        Map.of());
    print(
        console,
        answer,
        Console.text(one.get("id")) + "  " + Console.text(answer.object().get("status"))
            + (Console.text(one.get("status")).equals("pending") ? "" : already(answer)));
  }

  private static String already(Json answer) {
    return ", decided already by " + Console.text(answer.object().get("decided_by")) + " at "
        + Console.text(answer.object().get("decided_at"));
  }

  private void list(Console console, Json all) {
    List<Map<String, @Nullable Object>> waiting = Console.objects(all.object().get("approvals"));
    if (json()) {
      console.json(all);
      return;
    }
    waiting.forEach(one -> one.computeIfPresent(
        "reasons",
        (key, reasons) -> reasons instanceof List<?> list
            ? list.stream().map(String::valueOf).collect(Collectors.joining(", "))
            : reasons));
    console.table(
        List.of("ID", "PROCESS", "TOOL", "ARGUMENTS", "WHY", "EXPIRES"),
        Rows.of(waiting, "id", "process", "tool", "arguments", "reasons", "expires_at"));
    if (!unseen(all).isEmpty()) {
      console.note(unseen(all).substring(2));
    }
  }

  /** Whose requests cannot be seen now. */
  private static String unseen(Json all) {
    return all.object().get("unavailable") instanceof List<?> names && !names.isEmpty()
        ? "; not seen are those of "
            + names.stream().map(String::valueOf).sorted().collect(Collectors.joining(", "))
            + ", which cannot be asked now (see status)"
        : "";
  }

  /**
   * The request that is meant. Those that ended count too, or a word said again might be one about
   * another call that nobody looked at.
   */
  private Map<String, @Nullable Object> chosen(ApiClient api) {
    String wanted = id;
    if (wanted == null) {
      throw usage("ID, expected=the request to decide");
    }
    Json all = api.get("/api/v1/approvals?id=" + ApiClient.escaped(wanted));
    List<Map<String, @Nullable Object>> waiting = Console.objects(all.object().get("approvals"));
    List<Map<String, @Nullable Object>> fit = new ArrayList<>(waiting);
    fit.removeIf(one -> !Console.text(one.get("id")).startsWith(wanted));
    fit.addAll(Console.objects(all.object().get("ended")));
    for (Map<String, @Nullable Object> one : fit) {
      if (Console.text(one.get("id")).equals(wanted)) {
        return one;
      }
    }
    if (waiting.isEmpty() && fit.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.APPROVAL_NOT_FOUND,
          "no call waits for a person, so none as " + wanted + unseen(all));
    }
    if (fit.size() != 1) {
      throw usage("ID, expected=one of "
          + (fit.isEmpty() ? waiting : fit)
              .stream().map(one -> Console.text(one.get("id"))).toList()
          + ", actual=" + wanted);
    }
    return fit.get(0);
  }

  private Json arguments(String given) {
    if (!given.stripLeading().startsWith("{")) {
      return Values.json(given);
    }
    try {
      return Json.parse(given);
    } catch (RuntimeFault e) {
      throw usage("--args, " + e.getMessage());
    }
  }
}
