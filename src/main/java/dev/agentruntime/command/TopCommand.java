package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.Keys;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Pause;
import dev.agentruntime.console.Rows;
import dev.agentruntime.console.Terminal;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.Json;
import dev.agentruntime.time.SystemTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code top}: the processes of a node again and again, the busiest first. For one thread. */
@Command(
    name = "top",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the processes of a running node again and again, the busiest first.",
      "On a terminal until q or Ctrl-C is pressed, and at once when the space bar is; elsewhere"
          + " once, or as often as -n says.",
      "RUNS are open now, RATE is runs that ended in a second."
    })
final class TopCommand extends NodeCommand {

  private static final double DELAY_MIN = 0.1;
  private static final double DELAY_MAX = 3_600;

  /** Two lines about the node, an empty one, the header, and one where the cursor rests. */
  private static final int HEAD = 5;

  @Option(
      names = {"-n", "--iterations"},
      paramLabel = "N",
      description = "How often, then it ends.")
  private @Nullable Integer iterations;

  @Option(
      names = {"-b", "--batch"},
      description = "One list below the other, without end, also where it is no terminal.")
  private boolean batch;

  @Option(
      names = {"-d", "--delay"},
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "From one time to the next (default: ${DEFAULT-VALUE}).")
  private double delay;

  /** What was seen at one time. */
  private record Look(
      Map<String, @Nullable Object> node,
      List<Map<String, @Nullable Object>> processes,
      long nanos) {

    static Look at(ApiClient api) {
      Map<String, @Nullable Object> node = api.get("/api/v1/runtime/status").object();
      return new Look(node, Rows.all(api, "/api/v1/processes", "processes"), SystemTime.nanos());
    }
  }

  @Override
  public void run(ApiClient api, Console console) {
    if (iterations != null && iterations < 1) {
      throw usage("-n, expected=a number from 1, actual=" + iterations);
    }
    if (!(delay >= DELAY_MIN && delay <= DELAY_MAX)) {
      throw usage("-d, expected=seconds from 0.1 to 3600, actual=" + delay);
    }
    boolean screen = console.isTerminal() && !json() && !batch;
    if (screen) {
      try (Keys keys = Keys.open()) {
        show(api, console, keys);
      }
    } else {
      show(api, console, null);
    }
  }

  private void show(ApiClient api, Console console, @Nullable Keys keys) {
    boolean screen = console.isTerminal() && !json() && !batch;
    boolean endless = iterations == null && (screen || batch);
    int left = iterations == null ? 1 : iterations;
    Look before = null;
    while (endless || left-- > 0) {
      Look now = Look.at(api);
      if (json()) {
        console.json(Json.of(Map.of("node", now.node(), "processes", now.processes())));
      } else {
        int room = screen ? Math.max(1, Terminal.rows() - HEAD) : Integer.MAX_VALUE;
        List<String> frame = frame(console, now, before, room);
        if (screen) {
          console.screen(frame, before == null);
        } else {
          console.list(frame, before == null);
        }
      }
      boolean more = endless || left > 0;
      if (!console.flushed() || (more && !goesOn(keys))) {
        return;
      }
      before = now;
    }
  }

  /** Waits for the next time; false = it is over. */
  private boolean goesOn(@Nullable Keys keys) {
    Duration pause = Duration.ofMillis(Math.round(delay * 1000));
    if (keys == null) {
      return Pause.of(pause);
    }
    int key = keys.within(pause);
    return key != Keys.ENDED && key != 'q' && key != 'Q';
  }

  private static List<String> frame(Console console, Look now, @Nullable Look before, int room) {
    List<String> lines = new ArrayList<>();
    lines.add(node(now));
    lines.add(sums(now));
    lines.add("");
    Map<String, Double> rates = rates(now, before);
    List<Map<String, @Nullable Object>> busiest = new ArrayList<>(now.processes());
    busiest.sort(Comparator.<Map<String, @Nullable Object>>comparingLong(
            process -> -number(process, "running"))
        .thenComparingDouble(process -> -rates.getOrDefault(name(process), 0.0))
        .thenComparingLong(process -> -number(process, "queue_size"))
        .thenComparing(TopCommand::name));
    List<List<String>> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> process :
        busiest.subList(0, Math.min(room, busiest.size()))) {
      List<String> row = new ArrayList<>(Rows.of(
              List.of(process),
              "name",
              "state",
              "running",
              "queue_size",
              "invocation_count",
              "consecutive_failures",
              "dead_letter_count")
          .get(0));
      row.add(elapsed(process));
      Double rate = rates.get(name(process));
      row.add(5, rate == null ? "-" : String.format(Locale.ROOT, "%.1f", rate));
      rows.add(row);
    }
    lines.addAll(console.columns(
        List.of(
            "NAME", "STATE", "RUNS", "QUEUE", "INVOCATIONS", "RATE", "FAILURES", "DEAD", "UPTIME"),
        rows));
    return lines;
  }

  private static String node(Look now) {
    String ended = ReadCommands.ended(now.node());
    return "node " + Console.text(now.node().get("node")) + "  "
        + Console.text(now.node().get("state")) + "  up "
        + elapsed(now.node()) + "  version "
        + Console.text(now.node().get("version"))
        + (ended == null ? "" : "  " + ended);
  }

  /** How many processes are in each state, and what waits in all of them. */
  private static String sums(Look now) {
    Map<String, Integer> states = new LinkedHashMap<>();
    long queued = 0;
    long running = 0;
    for (Map<String, @Nullable Object> process : now.processes()) {
      states.merge(Console.text(process.get("state")), 1, Integer::sum);
      queued += number(process, "queue_size");
      running += number(process, "running");
    }
    StringBuilder words = new StringBuilder("processes " + now.processes().size());
    states.forEach(
        (state, count) -> words.append(", ").append(count).append(' ').append(state));
    return words
        .append("; ")
        .append(running)
        .append(" runs, ")
        .append(queued)
        .append(" queued")
        .toString();
  }

  /** Runs ended in a second, by process; empty the first time. */
  private static Map<String, Double> rates(Look now, @Nullable Look before) {
    Map<String, Double> rates = new HashMap<>();
    if (before == null) {
      return rates;
    }
    Map<String, Long> ended = new HashMap<>();
    before
        .processes()
        .forEach(process -> ended.put(name(process), number(process, "invocation_count")));
    double seconds = (now.nanos() - before.nanos()) / 1e9;
    for (Map<String, @Nullable Object> process : now.processes()) {
      Long earlier = ended.get(name(process));
      if (earlier != null && seconds > 0) {
        long more = Math.max(0, number(process, "invocation_count") - earlier);
        rates.put(name(process), more / seconds);
      }
    }
    return rates;
  }

  private static String elapsed(Map<String, @Nullable Object> of) {
    return Values.elapsed(number(of, "uptime_seconds"));
  }

  private static String name(Map<String, @Nullable Object> process) {
    return Console.text(process.get("name"));
  }

  private static long number(Map<String, @Nullable Object> process, String key) {
    return process.get(key) instanceof Number number ? number.longValue() : 0;
  }
}
