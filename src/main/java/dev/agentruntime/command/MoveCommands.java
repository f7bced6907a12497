package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Pause;
import dev.agentruntime.console.Progress;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The moves in the life of one process or of all: {@code start, stop, restart}. */
final class MoveCommands {

  /** States of a process that is down. */
  private static final String KILL = "/api/v1/runtime/kill";

  private static final String FAILED = "failed";

  private static final Set<String> DOWN = Set.of("created", "stopped", FAILED);

  private MoveCommands() {}

  /** A move, of a process that is named or of all that it concerns. */
  abstract static class Move extends NodeCommand {

    /** How many processes move at a time: each may take as long as its drain. */
    private static final int AT_ONCE = 16;

    /** From one look whether they are through to the next. */
    private static final Duration LOOK = Duration.ofMillis(50);

    private final String verb;

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "The process.")
    private @Nullable String name;

    @Option(names = "--all", description = "All processes of the node instead of one.")
    private boolean all;

    /** A word to the whole node at once instead of moves; false = there is none. */
    boolean atOnce(ApiClient api, Console console) {
      return false;
    }

    /** Whether {@code --all} was said, and no NAME. */
    final boolean isForAll() {
      return all && name == null;
    }

    Move(String verb) {
      this.verb = verb;
    }

    /** Whether {@code --all} means a process in that state too. */
    abstract boolean concerns(String state);

    @Override
    public void run(ApiClient api, Console console) {
      String one = name;
      if (all == (one != null)) {
        throw usage(verb + ", expected=either a process NAME or --all");
      }
      if (atOnce(api, console)) {
        return;
      }
      if (one != null) {
        Json status = move(api, one);
        print(console, status, one + "  " + state(status));
        requireUp(one, state(status));
        return;
      }
      List<String> names = new ArrayList<>();
      for (Map<String, @Nullable Object> process :
          Rows.all(api, "/api/v1/processes", "processes")) {
        if (concerns(String.valueOf(process.get("state")))) {
          names.add(String.valueOf(process.get("name")));
        }
      }
      moveAll(api, console, names);
    }

    private Json move(ApiClient api, String process) {
      return api.post(ApiClient.process(process) + "/" + verb, null, Map.of());
    }

    private static String state(Json status) {
      return Console.text(status.object().get("state"));
    }

    private void moveAll(ApiClient api, Console console, List<String> names) {
      ExecutorService moves = Executors.newFixedThreadPool(AT_ONCE);
      List<Map<String, Object>> told = new ArrayList<>();
      int failed = 0;
      Progress waiting = new Progress(console, verb + " goes on");
      try {
        Map<String, Future<Json>> open = new LinkedHashMap<>();
        names.forEach(process -> open.put(process, moves.submit(() -> move(api, process))));
        for (Map.Entry<String, Future<Json>> moving : open.entrySet()) {
          await(moving.getValue(), waiting, told.size() + " of " + names.size());
          Map<String, Object> line = outcome(moving.getKey(), moving.getValue());
          told.add(line);
          if (line.containsKey("error")) {
            failed++;
            console.note("error: " + moving.getKey() + ": " + line.get("error"));
          } else if (!json()) {
            console.line(Console.printable(moving.getKey()) + "  " + line.get("state"));
          }
        }
      } finally {
        moves.shutdownNow();
      }
      if (json()) {
        console.json(Json.of(Map.of("processes", told, "failed", failed)));
      } else if (names.isEmpty()) {
        console.note("nothing to " + verb);
      }
      if (failed > 0) {
        throw new RuntimeFault(
            ErrorCode.CANCELLED, failed + " of " + names.size() + " could not " + verb);
      }
    }

    /** A move that is answered may have led to what starts again at once, and fails again. */
    static void requireUp(String process, String state) {
      if (state.equals(FAILED)) {
        throw new RuntimeFault(
            ErrorCode.START_FAILED, process + " failed again; status " + process + " says why");
      }
    }

    /** Waits for it, and says on a terminal how many are through. */
    private static void await(Future<Json> moving, Progress waiting, String done) {
      while (!moving.isDone() && Pause.of(LOOK)) {
        waiting.tick(done);
      }
    }

    private static Map<String, Object> outcome(String process, Future<Json> moving) {
      try {
        String state = state(moving.get());
        requireUp(process, state);
        return Map.of("name", process, "state", state);
      } catch (RuntimeFault e) {
        return Map.of("name", process, "error", String.valueOf(e.getMessage()));
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        String message = cause == null ? null : cause.getMessage();
        return Map.of("name", process, "error", message == null ? String.valueOf(cause) : message);
      } catch (CancellationException e) {
        return Map.of("name", process, "error", "cancelled");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RuntimeFault(ErrorCode.CANCELLED, "interrupted", e);
      }
    }
  }

  /** {@code start NAME | --all}. */
  @Command(
      name = "start",
      mixinStandardHelpOptions = true,
      description = {
        "Starts a process, or with --all every one that is down.",
        "Exit code 1 when one of them did not start; the others go on."
      })
  static final class Start extends Move {

    @Option(
        names = "--lift",
        description = "With --all: lifts what stop --all --now laid over the node; each process"
            + " goes on where it was.")
    private boolean lift;

    Start() {
      super("start");
    }

    @Override
    boolean atOnce(ApiClient api, Console console) {
      if (lift && !isForAll()) {
        throw usage("--lift, expected=together with --all");
      }
      if (lift) {
        print(console, api.delete(KILL), "the node works again");
      }
      return lift;
    }

    @Override
    boolean concerns(String state) {
      return DOWN.contains(state);
    }
  }

  /** {@code stop NAME | --all}. */
  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = {
        "Stops a process, or with --all every one that is up.",
        "Its queue, conversation and open runs are kept."
      })
  static final class Stop extends Move {

    @Option(
        names = "--now",
        description = "With --all: the kill switch. Cancels every call of a model or tool, ends the"
            + " servers of tools, and takes no work until start --all --lift, also after a"
            + " restart of the node. Calls in flight are in doubt then.")
    private boolean now;

    @Option(names = "--reason", paramLabel = "TEXT", description = "With --now: why; it is kept.")
    private @Nullable String reason;

    Stop() {
      super("stop");
    }

    @Override
    boolean atOnce(ApiClient api, Console console) {
      if (now && !isForAll()) {
        throw usage("--now, expected=together with --all, for it ends all work of the node");
      }
      if (reason != null && !now) {
        throw usage("--reason, expected=together with --all --now");
      }
      if (now) {
        Json said =
            api.post(KILL, Json.of(reason == null ? Map.of() : Map.of("reason", reason)), Map.of());
        print(console, said, "all work of the node has ended; lift it with: start --all --lift");
      }
      return now;
    }

    @Override
    boolean concerns(String state) {
      return !DOWN.contains(state);
    }
  }

  /** {@code restart NAME | --all}. */
  @Command(
      name = "restart",
      mixinStandardHelpOptions = true,
      description = {
        "Stops a process and starts it; with --all every one that is up, and those that failed.",
        "What an operator stopped stays stopped."
      })
  static final class Restart extends Move {
    Restart() {
      super("restart");
    }

    @Override
    boolean concerns(String state) {
      return !state.equals("created") && !state.equals("stopped");
    }
  }
}
