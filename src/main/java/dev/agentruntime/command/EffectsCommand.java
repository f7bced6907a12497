package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code effects NAME [landed|did_not_happen|retry KEY]}. */
@Command(
    name = "effects",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the calls of a process whose outcome nobody knows, and says what became of one.",
      "It landed (--result is what the tool would have answered), it did not happen, or it is to"
          + " be made again under the same key."
    })
final class EffectsCommand extends ProcessCommand {

  private static final List<String> WORDS = List.of("landed", "did_not_happen", "retry");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "WORD",
      description = "landed, did_not_happen or retry; without it the calls are listed.")
  private @Nullable String word;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "KEY",
      description = "The effect key; not needed while only one call is in doubt.")
  private @Nullable String key;

  @Option(
      names = "--result",
      paramLabel = "TEXT|JSON",
      description = "With landed: what the tool answered.")
  private @Nullable String result;

  @Option(names = "--note", paramLabel = "TEXT", description = "Why; it is kept in the journal.")
  private @Nullable String note;

  @Override
  public void run(ApiClient api, Console console) {
    Json status = api.get(ApiClient.process(name()));
    List<Map<String, @Nullable Object>> open = Console.objects(status.object().get("in_doubt"));
    String said = word;
    if (said == null) {
      list(console, open);
      return;
    }
    if (!WORDS.contains(said)) {
      throw usage("WORD, expected=one of " + String.join(", ", WORDS) + ", actual=" + said);
    }
    Map<String, @Nullable Object> call = chosen(open);
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("resolution", said);
    if (result != null) {
      body.put("result", Values.value(result));
    }
    if (note != null) {
      body.put("note", note);
    }
    Json answer = api.post(
        ApiClient.process(name()) + "/invocations/"
            + ApiClient.escaped(Console.text(call.get("invocation"))) + "/effects/"
            + ApiClient.escaped(Console.text(call.get("key"))),
        Json.of(body),
        Map.of());
    print(console, answer, Console.text(call.get("key")) + "  " + said);
  }

  private void list(Console console, List<Map<String, @Nullable Object>> open) {
    if (json()) {
      console.json(Json.of(Map.of("in_doubt", open)));
    } else {
      console.table(
          List.of("KEY", "TOOL", "INVOCATION"), Rows.of(open, "key", "tool", "invocation"));
    }
  }

  private Map<String, @Nullable Object> chosen(List<Map<String, @Nullable Object>> open) {
    List<Map<String, @Nullable Object>> fit =
        open.stream().filter(call -> key == null || key.equals(call.get("key"))).toList();
    if (open.isEmpty()) {
      throw new RuntimeFault(ErrorCode.EFFECT_NOT_FOUND, "no call of " + name() + " is in doubt");
    }
    if (fit.size() != 1) {
      throw usage("KEY, expected=one of "
          + open.stream().map(call -> Console.text(call.get("key"))).toList() + ", actual="
          + (key == null ? "none" : key));
    }
    return fit.get(0);
  }
}
