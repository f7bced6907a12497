package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.Pause;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Progress;
import dev.agentruntime.console.Rows;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.YamlDocument;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands about what has been: {@code replay, rewind, fork}. */
final class PastCommands {

  private PastCommands() {}

  /** {@code replay NAME}. */
  @Command(
      name = "replay",
      mixinStandardHelpOptions = true,
      description = {
        "Folds the journal of a process again, and compares with the state it runs on.",
        "Exit code 1 when they differ; what differs is listed."
      })
  static final class Replay extends ProcessCommand {

    @Override
    public void run(ApiClient api, Console console) {
      Json answer = api.post(ApiClient.process(name()) + "/replay", null, Map.of());
      Map<String, @Nullable Object> said = answer.object();
      boolean equal = Boolean.TRUE.equals(said.get("equal"));
      print(
          console,
          answer,
          (equal ? "equal at entry " : "different at entry ") + Console.text(said.get("position"))
              + "  " + Console.text(said.get("digest")));
      if (!equal) {
        if (!json()) {
          console.table(
              List.of("AT", "LIVE", "REPLAYED"),
              Rows.of(Console.objects(said.get("differences")), "at", "live", "replayed"));
        }
        throw new RuntimeFault(
            ErrorCode.JOURNAL_CORRUPT,
            "the journal of " + name() + " does not come to the state it runs on");
      }
    }
  }

  /** {@code rewind NAME ENTRY [--mode MODE] [--apply]}. */
  @Command(
      name = "rewind",
      mixinStandardHelpOptions = true,
      description = {
        "Shows what of a process would go if it stood again where it stood after an entry, and with"
            + " --apply takes it back.",
        "Nothing is deleted, and effects stay done."
      })
  static final class Rewind extends ProcessCommand {

    /** What goes back. */
    enum Mode {
      CONVERSATION,
      CONTEXT,
      BOTH;

      @Override
      public String toString() {
        return name().toLowerCase(Locale.ROOT);
      }
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
    public void run(ApiClient api, Console console) {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("to", entry);
      body.put("mode", mode.toString());
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
        console.table(List.of("KEY", "NOW", "THEN"), Rows.of(changes, "key", "now", "then"));
      }
      List<Map<String, @Nullable Object>> effects = Console.objects(plan.get("effects_that_stay"));
      if (!effects.isEmpty()) {
        console.line(
            "effects that stay done: " + Console.text(plan.get("effects_that_stay_count")));
        console.table(
            List.of("KEY", "TOOL", "OUTCOME"), Rows.of(effects, "key", "tool", "outcome"));
      }
      if (!apply) {
        console.note("nothing was changed; --apply does it");
      }
    }
  }

  /** {@code fork NAME --at ENTRY [--model M] [--instructions FILE]}. */
  @Command(
      name = "fork",
      mixinStandardHelpOptions = true,
      description = {
        "Runs the invocation at an entry again in a copy of the process, and shows what it does"
            + " otherwise.",
        "Nothing outside is changed: a call that the original made as well is answered by what was"
            + " recorded, any other is written down and not made."
      })
  static final class Fork extends ProcessCommand {

    private static final String SCRIPT = "script:";

    /** From one look at it to the next. */
    private static final Duration LOOK = Duration.ofMillis(100);

    @Option(
        names = "--at",
        required = true,
        paramLabel = "ENTRY",
        description =
            "The copy stands behind this entry: 17, or NAME#1:17. An entry of a run goes on"
                + " with that run; any other, with the next.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String at;

    @Option(
        names = "--model",
        paramLabel = "MODEL",
        description = "Another model; of script:FILE the file is read here.")
    private @Nullable String model;

    @Option(
        names = "--instructions",
        paramLabel = "FILE",
        description = "A file with other instructions; - is standard input.")
    private @Nullable Path instructions;

    @Option(
        names = "--live-reads",
        description = "Call tools that only read, in place of what was recorded.")
    private boolean liveReads;

    @Option(
        names = "--answer",
        paramLabel = "TOOL=TEXT",
        description = "What a tool answers that is not called; may be given more than once.")
    private Map<String, String> answers = new LinkedHashMap<>();

    @Override
    public void run(ApiClient api, Console console) {
      String path = ApiClient.process(name()) + "/forks";
      Map<String, @Nullable Object> fork = api.post(path, order(), Map.of()).object();
      String one = path + "/" + ApiClient.escaped(Console.text(fork.get("fork")));
      if (!json()) {
        console.note(
            Console.text(fork.get("fork")) + " runs " + Console.text(fork.get("invocation"))
                + " again on " + Console.text(fork.get("model")));
      }
      Progress runs = new Progress(console, Console.text(fork.get("fork")) + " runs");
      while ("running".equals(fork.get("state")) && Pause.of(LOOK)) {
        fork = api.get(one).object();
        runs.tick(Console.text(fork.get("turns")) + " turns");
      }
      if (json()) {
        console.json(Json.of(fork));
      } else {
        show(console, fork);
      }
    }

    private Json order() {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("at", at);
      body.put("model", model);
      String played = model;
      if (played != null && played.startsWith(SCRIPT)) {
        body.put("play", play(played.substring(SCRIPT.length())));
      }
      if (instructions != null) {
        body.put(
            "instructions",
            new String(Values.read(instructions.toString()), StandardCharsets.UTF_8));
      }
      body.put("live_reads", liveReads);
      body.put("answers", answers);
      return Json.of(body);
    }

    private static Json play(String file) {
      Reading reading = new Reading(file, "play", Reading.Origin.JOURNAL, null, variable -> null);
      Node node = YamlDocument.compose(Values.read(file), reading);
      Json play = node == null ? Json.EMPTY : reading.json(node);
      reading.throwErrors();
      return play;
    }

    private static void show(Console console, Map<String, @Nullable Object> fork) {
      console.line(Console.text(fork.get("fork")) + "  " + Console.text(fork.get("state")));
      if (fork.get("failure") instanceof Map<?, ?> why) {
        console.line("failed: " + Console.printable(why.get("code") + ", " + why.get("message")));
      }
      if (!(fork.get("diff") instanceof Map<?, ?> diff)) {
        throw new RuntimeFault(ErrorCode.CANCELLED, "the fork was not waited for");
      }
      console.line(
          Boolean.TRUE.equals(diff.get("same")) ? "it does the same" : "it does otherwise:");
      List<Map<String, @Nullable Object>> decisions = Console.objects(diff.get("decisions"));
      for (Map<String, @Nullable Object> decision : decisions) {
        decision.put("same", Boolean.TRUE.equals(decision.get("same")) ? "" : "differs");
        decision.put("original", words(decision.get("original")));
        decision.put("fork", words(decision.get("fork")));
      }
      console.table(
          List.of("TURN", "", "ORIGINAL", "FORK"),
          Rows.of(decisions, "turn", "same", "original", "fork"));
      List<Map<String, @Nullable Object>> effects = Console.objects(diff.get("effects"));
      if (!effects.isEmpty()) {
        console.table(
            List.of("EFFECT", "ARGUMENTS", "ORIGINAL", "FORK"),
            Rows.of(effects, "tool", "arguments", "original", "fork"));
      }
      if (diff.get("usage") instanceof Map<?, ?> usage) {
        console.line("tokens in/out: original " + pair(usage.get("original")) + ", fork "
            + pair(usage.get("fork")) + ", of which it spent " + pair(usage.get("spent")));
      }
    }

    /** What a turn decided, on one line. */
    private static String words(@Nullable Object decision) {
      if (!(decision instanceof Map<?, ?> turn)) {
        return "-";
      }
      StringBuilder words = new StringBuilder();
      if (turn.get("calls") instanceof List<?> calls) {
        for (Object call : calls) {
          if (call instanceof Map<?, ?> one) {
            words
                .append(words.isEmpty() ? "" : ", ")
                .append(one.get("tool"))
                .append(' ')
                .append(one.get("arguments"));
          }
        }
      }
      String all = words.isEmpty() ? "says " + turn.get("text") : words.toString();
      return all.length() <= 60 ? all : all.substring(0, 60) + "...";
    }

    private static String pair(@Nullable Object usage) {
      if (!(usage instanceof Map<?, ?> one)) {
        return "-";
      }
      Object cost = one.get("cost_usd");
      return one.get("input") + "/" + one.get("output") + (cost == null ? "" : " ($" + cost + ")");
    }
  }
}
