package dev.agentruntime.command;

import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Prints what a deployment would do. */
final class DeployPlan {

  private DeployPlan() {}

  /** Prints it; {@code named} puts the name of its file into a finding. */
  static void print(
      NodeCommand command, Console console, Json answer, UnaryOperator<String> named) {
    if (command.json()) {
      console.json(answer);
      return;
    }
    Map<String, @Nullable Object> plan = answer.object();
    List<Map<String, @Nullable Object>> changes = Console.objects(plan.get("changes"));
    String next = "version " + Console.text(plan.get("next_version"));
    if (!Boolean.TRUE.equals(plan.get("exists"))) {
      console.line(Console.text(plan.get("name")) + "  would be new, as " + next);
    } else if (changes.isEmpty()) {
      console.line(Console.text(plan.get("name")) + "  would stay as it is, at " + next);
    } else {
      console.line(Console.text(plan.get("name")) + "  version " + Console.text(plan.get("version"))
          + " would become " + next);
    }
    for (Map<String, @Nullable Object> change : changes) {
      if (change.containsKey("from")) {
        console.line("- " + Console.text(change.get("key")) + ": " + text(change.get("from")));
      }
      if (change.containsKey("to")) {
        console.line("+ " + Console.text(change.get("key")) + ": " + text(change.get("to")));
      }
    }
    for (Map<String, @Nullable Object> run : Console.objects(plan.get("running"))) {
      console.line("running  " + Console.text(run.get("invocation")) + " finishes on version "
          + Console.text(run.get("version")));
    }
    if (!Long.valueOf(0).equals(plan.get("queued"))) {
      console.line("queued   " + Console.text(plan.get("queued")) + " events run on " + next);
    }
    if (plan.get("warnings") instanceof List<?> warnings) {
      warnings.forEach(warning -> console.note("warning: " + named.apply(String.valueOf(warning))));
    }
  }

  private static String text(@Nullable Object value) {
    return Console.printable(Json.of(value).toString());
  }
}
