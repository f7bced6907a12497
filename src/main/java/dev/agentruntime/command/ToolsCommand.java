package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tools NAME [list | accept SERVER [--digest HEX]]}. */
@Command(
    name = "tools",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the tools of a process and what its servers offer otherwise than it is trusted.",
      "accept trusts what a server offers now."
    })
final class ToolsCommand extends ProcessCommand {

  /** What may be done. */
  enum Action {
    LIST,
    ACCEPT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ACTION",
      defaultValue = "list",
      description = "list or accept (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Action action;

  @Parameters(index = "2", arity = "0..1", paramLabel = "SERVER", description = "Which server.")
  private @Nullable String server;

  @Option(
      names = "--digest",
      paramLabel = "HEX",
      description = "accept: only if it offers exactly this, as list shows it.")
  private @Nullable String digest;

  @Override
  public void run(ApiClient api, Console console) {
    String path = ApiClient.process(name()) + "/tools";
    if (action == Action.ACCEPT) {
      accept(api, console, path);
    } else if (server != null || digest != null) {
      throw usage("SERVER and --digest, expected=together with accept");
    } else {
      list(api, console, path);
    }
  }

  private void accept(ApiClient api, Console console, String path) {
    if (server == null) {
      throw usage("SERVER, expected=the server to accept");
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    if (digest != null) {
      body.put("digest", digest);
    }
    Json answer =
        api.post(path + "/" + ApiClient.escaped(server) + "/accept", Json.of(body), Map.of());
    print(
        console,
        answer,
        "accepted  " + server + ", tools  " + Console.text(answer.object().get("tools")));
  }

  private void list(ApiClient api, Console console, String path) {
    Json answer = api.get(path);
    if (json()) {
      console.json(answer);
      return;
    }
    console.table(
        List.of("TOOL", "POLICY", "SERVER"),
        Rows.of(Console.objects(answer.object().get("tools")), "name", "policy", "server"));
    List<Map<String, @Nullable Object>> servers =
        Console.objects(answer.object().get("servers"));
    if (servers.isEmpty()) {
      return;
    }
    console.line("");
    console.table(
        List.of("SERVER", "TRANSPORT", "STATE", "TOOLS", "TRUSTED", "PROBLEM"),
        Rows.of(servers, "name", "transport", "state", "tools", "trusted", "problem"));
    for (Map<String, @Nullable Object> one : servers) {
      for (Map<String, @Nullable Object> change : Console.objects(one.get("changes"))) {
        console.line("");
        console.line(Console.text(change.get("change")) + "  " + Console.text(change.get("tool")));
        part(console, "- ", change.get("before"));
        part(console, "+ ", change.get("after"));
      }
      if (one.get("left_out") instanceof Map<?, ?> leftOut) {
        leftOut.forEach((tool, why) ->
            console.line("left out  " + Console.text(tool) + ": " + Console.text(why)));
      }
    }
  }

  private static void part(Console console, String sign, @Nullable Object parts) {
    if (parts instanceof Map<?, ?> map) {
      map.forEach((key, value) -> console.line(sign + Console.text(key) + ": "
          + (value instanceof String text ? Console.text(text) : Json.of(value).toString())));
    }
  }
}
