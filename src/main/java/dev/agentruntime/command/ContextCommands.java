package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands about what an agent knows: {@code context, conversation}. */
final class ContextCommands {

  private ContextCommands() {}

  /** {@code context NAME [KEY=VALUE...] [--history KEY]}. */
  @Command(
      name = "context",
      mixinStandardHelpOptions = true,
      description = {
        "Shows the context of a process, or writes to it, all or nothing.",
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

    @Option(
        names = "--history",
        paramLabel = "KEY",
        description = "Shows who changed this key, when, and to what.")
    private @Nullable String history;

    @Override
    public void run(ApiClient api, Console console) {
      String path = ApiClient.process(name) + "/context";
      String key = history;
      if (key != null) {
        if (!writes.isEmpty()) {
          throw usage("--history, expected=without KEY=VALUE");
        }
        show(console, api.get(path + "/" + ApiClient.escaped(key) + "/history"));
        return;
      }
      Json answer =
          writes.isEmpty() ? api.get(path) : api.patch(path, Json.of(Map.of("state", state())));
      if (json()) {
        console.json(answer);
      } else if (answer.object().get("state") instanceof Map<?, ?> state) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        state.forEach((entry, value) -> shown.put(String.valueOf(entry), value));
        console.properties(shown);
      }
    }

    private void show(Console console, Json answer) {
      if (json()) {
        console.json(answer);
        return;
      }
      List<Map<String, @Nullable Object>> changes =
          Console.objects(answer.object().get("changes"));
      for (Map<String, @Nullable Object> change : changes) {
        if (Boolean.TRUE.equals(change.get("deleted"))) {
          change.put("value", "(deleted)");
        }
      }
      console.table(
          List.of("TIME", "VERSION", "SOURCE", "INVOCATION", "VALUE"),
          Rows.of(changes, "time", "version", "source", "invocation", "value"));
      if (Boolean.TRUE.equals(answer.object().get("older_in_journal"))) {
        console.line("Older changes may stand in the journal.");
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
        state.put(write.substring(0, equals), value.isEmpty() ? null : Values.value(value));
      }
      return state;
    }
  }

  /** {@code conversation NAME [--clear]}. */
  @Command(
      name = "conversation",
      mixinStandardHelpOptions = true,
      description = "Shows what a process and its model have said, or forgets it.")
  static final class Conversation extends ProcessCommand {

    @Option(
        names = "--clear",
        description = "Forget it; a run that is open goes on with what it began with.")
    private boolean clear;

    @Override
    public void run(ApiClient api, Console console) {
      String path = ApiClient.process(name()) + "/conversation";
      if (clear) {
        print(console, api.delete(path), name() + "  conversation cleared");
        return;
      }
      Json answer = api.get(path);
      if (json()) {
        console.json(answer);
        return;
      }
      for (Map<String, @Nullable Object> message :
          Console.objects(answer.object().get("messages"))) {
        console.line(Console.text(message.get("role")) + ": " + Console.text(message.get("text")));
      }
    }
  }
}
