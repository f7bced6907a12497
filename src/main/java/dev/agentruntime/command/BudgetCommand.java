package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code budget show | set | grant}. */
@Command(
    name = "budget",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {BudgetCommand.Show.class, BudgetCommand.Set.class, BudgetCommand.Grant.class},
    description = "Shows what a process may use up, changes it, or adds to it for today.")
final class BudgetCommand {

  private abstract static class OfBudget extends ProcessCommand {

    final String path() {
      return ApiClient.process(name()) + "/budget";
    }

    final void show(Console console, Json answer) {
      if (json()) {
        console.json(answer);
        return;
      }
      Map<String, @Nullable Object> budget = answer.object();
      if (!Boolean.TRUE.equals(budget.get("enabled"))) {
        console.line(name() + "  no budget in force");
        return;
      }
      console.line(name() + "  day " + Console.text(budget.get("day")) + ", resets at "
          + Console.text(budget.get("resets_at"))
          + (Boolean.TRUE.equals(budget.get("held")) ? ", paused by its budget" : ""));
      List<List<String>> rows = new ArrayList<>();
      Map<?, ?> left = budget.get("remaining") instanceof Map<?, ?> map ? map : Map.of();
      Map<?, ?> used = budget.get("used") instanceof Map<?, ?> map ? map : Map.of();
      Map<?, ?> granted = budget.get("granted") instanceof Map<?, ?> map ? map : Map.of();
      left.forEach((limit, amount) -> {
        if (amount != null || used.get(limit) != null) {
          rows.add(List.of(
              String.valueOf(limit),
              shown(amount),
              shown(used.get(limit)),
              shown(granted.get(limit))));
        }
      });
      console.table(List.of("LIMIT", "LEFT", "USED TODAY", "GRANTED"), rows);
    }

    private static String shown(@Nullable Object value) {
      return value == null ? "-" : Console.text(value);
    }
  }

  /** {@code budget show NAME}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "What is left today, and of each run.")
  static final class Show extends OfBudget {
    @Override
    public void run(ApiClient api, Console console) {
      show(console, api.get(path()));
    }
  }

  /** {@code budget set NAME KEY=VALUE...}. */
  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Changes keys of the manifest's budget; it holds until another manifest is deployed.",
        "A key without a value, as in max_runs_per_day=, is taken away."
      })
  static final class Set extends OfBudget {

    @Parameters(
        index = "1",
        arity = "1..*",
        paramLabel = "KEY=VALUE",
        description = "As in the manifest, such as max_runs_per_day=5 or enabled=false.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private List<String> changes;

    @Override
    public void run(ApiClient api, Console console) {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      for (String change : changes) {
        int at = change.indexOf('=');
        if (at <= 0) {
          throw usage("KEY=VALUE, expected=a key, '=' and a value, actual=" + change);
        }
        body.put(change.substring(0, at), value(change.substring(at + 1)));
      }
      show(console, api.patch(path(), Json.of(body)));
    }

    /** JSON where it is some, else a text. */
    private static @Nullable Object value(String text) {
      if (text.isEmpty()) {
        return null;
      }
      try {
        return Json.parse(text).value();
      } catch (RuntimeFault notJson) {
        return text;
      }
    }
  }

  /** {@code budget grant NAME --tool-calls N ...}. */
  @Command(
      name = "grant",
      mixinStandardHelpOptions = true,
      description = {
        "Adds to the limits of today; a process that its budget paused goes on.",
        "The next day of the budget begins without it."
      })
  static final class Grant extends OfBudget {

    @Option(names = "--tool-calls", paramLabel = "N", description = "More calls of tools.")
    private @Nullable Long toolCalls;

    @Option(names = "--runs", paramLabel = "N", description = "More runs.")
    private @Nullable Long runs;

    @Option(names = "--cost", paramLabel = "X", description = "More cost of tools.")
    private @Nullable BigDecimal cost;

    @Option(names = "--tokens", paramLabel = "N", description = "More tokens of models.")
    private @Nullable Long tokens;

    @Option(names = "--money", paramLabel = "X", description = "More US dollars for models.")
    private @Nullable BigDecimal money;

    @Option(
        names = "--from",
        paramLabel = "PROCESS",
        description = "Out of what is left to this process today, which then has so much less.")
    private @Nullable String from;

    @Override
    public void run(ApiClient api, Console console) {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("tool_calls", toolCalls);
      body.put("runs", runs);
      body.put("cost", cost);
      body.put("tokens", tokens);
      body.put("money", money);
      body.values().removeIf(value -> value == null);
      if (body.isEmpty()) {
        throw usage("expected=at least one of --tool-calls, --runs, --cost, --tokens, --money");
      }
      if (from != null) {
        body.put("from", from);
      }
      show(console, api.post(path() + "/grant", Json.of(body), Map.of()));
    }
  }
}
