package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dead-letters NAME [list | redeliver [--fresh] [ID...] | clear [ID...]]}. */
@Command(
    name = "dead-letters",
    mixinStandardHelpOptions = true,
    description = {
      "Lists what a process gave up, delivers it again, or clears it.",
      "Without an ID it is about all of them, oldest first."
    })
final class DeadLetterCommand extends ProcessCommand {

  /** What may be done. */
  enum Action {
    LIST,
    REDELIVER,
    CLEAR;

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
      description = "list, redeliver or clear (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Action action;

  @Parameters(index = "2..*", arity = "0..*", paramLabel = "ID", description = "Which ones.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = "--fresh",
      description = "redeliver: as a new invocation, not as the next attempt of the same one.")
  private boolean fresh;

  @Override
  public void run(ApiClient api, Console console) {
    if (fresh && action != Action.REDELIVER) {
      throw usage("--fresh, expected=together with redeliver");
    }
    String path = ApiClient.process(name()) + "/dead-letters";
    switch (action) {
      case LIST -> list(api, console, path);
      case REDELIVER -> {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("fresh", fresh);
        if (!ids.isEmpty()) {
          body.put("ids", ids);
        }
        done(console, api.post(path + "/redeliver", Json.of(body), Map.of()), "redelivered");
      }
      case CLEAR -> {
        String query = ids.isEmpty() ? "" : "?ids=" + ApiClient.escaped(String.join(",", ids));
        done(console, api.delete(path + query), "cleared");
      }
    }
  }

  private void list(ApiClient api, Console console, String path) {
    if (!ids.isEmpty()) {
      throw usage("ID, expected=together with redeliver or clear");
    }
    List<Map<String, @Nullable Object>> all = Rows.all(api, path, "dead_letters");
    if (json()) {
      console.json(Json.of(Map.of("dead_letters", all, "total", all.size())));
      return;
    }
    for (Map<String, @Nullable Object> letter : all) {
      Object failure = letter.get("failure");
      letter.put("why", failure instanceof Map<?, ?> why ? why.get("code") : letter.get("name"));
      Console.objects(letter.get("in_doubt")).stream()
          .findFirst()
          .ifPresent(effect -> letter.put("doubt", effect.get("tool")));
    }
    console.table(
        List.of("ID", "KIND", "SINCE", "ATTEMPTS", "REASON", "WHY", "IN DOUBT"),
        Rows.of(all, "id", "kind", "dead_lettered_at", "attempts", "reason", "why", "doubt"));
  }

  private void done(Console console, Json answer, String verb) {
    Object which = answer.object().get(verb);
    int count = which instanceof List<?> list ? list.size() : 0;
    print(
        console,
        answer,
        verb + "  " + count + ", left  " + Console.text(answer.object().get("left")));
  }
}
