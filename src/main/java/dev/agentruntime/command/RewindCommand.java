package dev.agentruntime.command;

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

/** {@code rewind NAME ENTRY [--mode MODE] [--apply]}. */
@Command(
    name = "rewind",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what of a process would go if it stood again where it stood after an entry, and with"
          + " --apply takes it back.",
      "Nothing is deleted, and effects stay done."
    })
final class RewindCommand extends ActCommands.OfProcess {

  /** What goes back. */
  enum Mode {
    CONVERSATION,
    CONTEXT,
    BOTH
  }

  @Parameters(
      index = "1",
      paramLabel = "ENTRY",
      description = "The sequence of an entry, as logs shows it: 17, or NAME#1:17.")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private String entry;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "both",
      description = "conversation, context or both (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Mode mode;

  @Option(names = "--apply", description = "Do it; without it, it is only shown.")
  private boolean apply;

  @Option(names = "--note", paramLabel = "TEXT", description = "Why; it is kept in the journal.")
  private @Nullable String note;

  @Override
  void run(ApiClient api, Console console) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("to", entry);
    body.put("mode", mode.name().toLowerCase(Locale.ROOT));
    body.put("apply", apply);
    body.put("note", note);
    Json answer = api.post(ApiClient.process(name()) + "/rewind", Json.of(body), Map.of());
    if (json()) {
      console.json(answer);
      return;
    }
    show(console, answer.object());
  }

  private void show(Console console, Map<String, @Nullable Object> plan) {
    String verb = apply ? "gone" : "would go";
    console.line((apply ? "rewound to" : "plan: rewind to") + " entry "
        + Console.text(plan.get("to")) + " of " + Console.text(plan.get("time")));
    console.line(verb + ": " + Console.text(plan.get("invocation_count")) + " invocations, "
        + Console.text(plan.get("turns")) + " turns since");
    if (plan.get("conversation") instanceof Map<?, ?> talk) {
      console.line("conversation: " + talk.get("messages") + " messages, "
          + talk.get("messages_then") + " then");
    }
    if (plan.get("context") instanceof List<?> keys && !keys.isEmpty()) {
      List<Map<String, @Nullable Object>> changes = new ArrayList<>();
      for (Map<String, @Nullable Object> key : Console.objects(keys)) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>(key);
        row.replaceAll(
            (name, value) -> name.equals("key") ? value : Json.of(value).toString());
        changes.add(row);
      }
      console.table(
          List.of("KEY", "NOW", "THEN"), ReadCommands.rows(changes, "key", "now", "then"));
    }
    List<Map<String, @Nullable Object>> effects = Console.objects(plan.get("effects_that_stay"));
    if (!effects.isEmpty()) {
      console.line("effects that stay done: " + Console.text(plan.get("effects_that_stay_count")));
      console.table(
          List.of("KEY", "TOOL", "OUTCOME"), ReadCommands.rows(effects, "key", "tool", "outcome"));
    }
    if (!apply) {
      console.note("nothing was changed; --apply does it");
    }
  }
}
