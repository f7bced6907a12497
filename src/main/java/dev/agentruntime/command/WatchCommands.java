package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands about health and missions. */
final class WatchCommands {

  private WatchCommands() {}

  /** {@code health NAME [--clear]}. */
  @Command(
      name = "health",
      mixinStandardHelpOptions = true,
      description = "Lists what was found of the health of a process, newest first.")
  static final class Health extends ProcessCommand {

    @Option(names = "--clear", description = "Forgets it; a pause and its counts stay.")
    private boolean clear;

    @Override
    public void run(ApiClient api, Console console) {
      String path = ApiClient.process(name()) + "/health/anomalies";
      Json answer = clear ? api.delete(path) : api.get(path);
      if (json()) {
        console.json(answer);
        return;
      }
      Map<String, @Nullable Object> view = answer.object();
      if (clear) {
        console.line(name() + "  cleared " + Console.text(view.get("cleared")));
        return;
      }
      console.line(name() + (Boolean.TRUE.equals(view.get("healthy")) ? "  well" : "  not well"));
      console.table(
          List.of("TIME", "TYPE", "ACTION", "INVOCATION", "DETAILS"),
          Rows.of(
              Console.objects(view.get("anomalies")),
              "time",
              "type",
              "action",
              "invocation",
              "details"));
    }
  }

  /** {@code mission NAME [pause | resume | fail]}. */
  @Command(
      name = "mission",
      mixinStandardHelpOptions = true,
      description = {
        "Shows how far a process is with its mission, or changes how the mission stands.",
        "Paused, no judge is asked; failed, it is given up. The process goes on in either case."
      })
  static final class Mission extends ProcessCommand {

    /** What may be done. */
    enum Action {
      PAUSE,
      RESUME,
      FAIL;

      @Override
      public String toString() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "ACTION",
        description = "pause, resume or fail.")
    private @Nullable Action action;

    @Override
    public void run(ApiClient api, Console console) {
      String path = ApiClient.process(name()) + "/mission";
      Json answer = action == null ? api.get(path) : api.post(path + "/" + action, null, Map.of());
      if (json()) {
        console.json(answer);
        return;
      }
      Map<String, @Nullable Object> view = answer.object();
      console.line(name() + "  " + Console.text(view.get("state")) + ": "
          + Console.text(view.get("objective")));
      console.line("runs " + Console.text(view.get("invocations")) + ", succeeded "
          + Console.text(view.get("successful_runs")));
      if (view.get("progress") != null) {
        console.line("progress: " + Console.text(view.get("progress")));
      }
      console.table(
          List.of("TIME", "SOURCE", "STATE", "ACHIEVED", "CONFIDENCE", "REASONING", "REASON"),
          Rows.of(
              Console.objects(view.get("evaluations")),
              "time",
              "source",
              "state",
              "achieved",
              "confidence",
              "reasoning",
              "reason"));
    }
  }
}
