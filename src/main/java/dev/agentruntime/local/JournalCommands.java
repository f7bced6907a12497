package dev.agentruntime.local;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Pause;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.journal.JournalReader;
import dev.agentruntime.yaml.Reading;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands that read a process's history: {@code logs}, {@code journal show}. */
public final class JournalCommands {

  private static final int PAGE = 500;

  /** From one look for new entries to the next. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** How a node refuses while it goes or comes. */
  private static final Set<ErrorCode> AWAY =
      Set.of(ErrorCode.UNREACHABLE, ErrorCode.STARTING, ErrorCode.DRAINING);

  private JournalCommands() {}

  /** The history of a process on a running node, page by page. For one thread. */
  private static final class History {
    private final ApiClient api;
    private final String path;
    private final String filter;
    private long next = 1;

    History(ApiClient api, String name, @Nullable String kind) {
      this.api = api;
      this.path = ApiClient.process(name) + "/journal?limit=" + PAGE;
      this.filter = kind == null ? "" : "&type=" + ApiClient.escaped(kind);
    }

    /** Begins where at most {@code count} entries are left to read. */
    void skipTo(String name, int count) {
      Object position =
          api.get(ApiClient.process(name) + "?digest=true").object().get("position");
      if (position instanceof Long last) {
        next = Math.max(1, last - count + 1);
      }
    }

    /** The entries from here to the end, as far as one answer goes; empty at the end. */
    List<Map<String, @Nullable Object>> more() {
      Map<String, @Nullable Object> page =
          api.get(path + filter + "&cursor=" + next).object();
      List<Map<String, @Nullable Object>> entries = Console.objects(page.get("entries"));
      for (Map<String, @Nullable Object> entry : entries) {
        if (entry.get("s") instanceof Long sequence) {
          next = Math.max(next, sequence + 1);
        }
      }
      if (page.get("next_cursor") instanceof String cursor && cursor.matches("[0-9]{1,18}")) {
        next = Math.max(next, Long.parseLong(cursor));
      }
      return entries;
    }
  }

  /** The newest {@code count} entries. */
  private static List<Map<String, @Nullable Object>> newest(History history, int count) {
    Deque<Map<String, @Nullable Object>> kept = new ArrayDeque<>();
    List<Map<String, @Nullable Object>> page = history.more();
    while (!page.isEmpty()) {
      for (Map<String, @Nullable Object> entry : page) {
        kept.add(entry);
        if (kept.size() > count) {
          kept.remove();
        }
      }
      page = history.more();
    }
    return new ArrayList<>(kept);
  }

  /**
   * Goes on with new entries until the reader is gone. A node that is away is waited for: it comes
   * back with the same history.
   */
  private static void follow(
      History history, Console console, Consumer<List<Map<String, @Nullable Object>>> sink) {
    boolean away = false;
    while (console.flushed() && Pause.of(LOOK)) {
      try {
        sink.accept(history.more());
        away = false;
      } catch (RuntimeFault e) {
        if (!AWAY.contains(e.code())) {
          throw e;
        }
        if (!away) {
          console.note("waiting for the node: " + e.getMessage());
        }
        away = true;
      }
    }
  }

  /** {@code logs NAME}. */
  @Command(
      name = "logs",
      mixinStandardHelpOptions = true,
      description = "Tells the newest entries of a process's journal in words.")
  public static final class Logs extends ProcessCommand {

    @Option(
        names = {"-n", "--lines"},
        paramLabel = "N",
        defaultValue = "20",
        description = "How many entries (default: ${DEFAULT-VALUE}).")
    private int lines;

    @Option(
        names = {"-f", "--follow"},
        description = "Go on with new entries as they come.")
    private boolean follow;

    @Override
    public void run(ApiClient api, Console console) {
      if (lines < 0) {
        throw usage("-n, expected=a number from 0, actual=" + lines);
      }
      History history = new History(api, name(), null);
      history.skipTo(name(), lines);
      print(console, newest(history, lines));
      if (follow) {
        follow(history, console, entries -> print(console, entries));
      }
    }

    private void print(Console console, List<Map<String, @Nullable Object>> entries) {
      for (Map<String, @Nullable Object> entry : entries) {
        print(console, Json.of(entry), JournalWords.line(entry));
      }
    }
  }

  /** {@code journal}. */
  @Command(
      name = "journal",
      mixinStandardHelpOptions = true,
      description = "Shows, checks or exports journals.",
      subcommands = {Show.class, AuditCommands.Verify.class, AuditCommands.Export.class})
  public static final class Journal implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private CommandSpec spec;

    @Override
    public void run() {
      throw new ParameterException(spec.commandLine(), "journal, expected=show, verify or export");
    }
  }

  /** {@code journal show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = {
        "Prints entries of the journal, oldest first, a JSON object each.",
        "With --data it reads the files, and needs no running node."
      })
  static final class Show extends NodeCommand {

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "NAME",
        description = "The process; may be left out with --data.")
    private @Nullable String name;

    @Option(
        names = {"-n", "--lines"},
        paramLabel = "N",
        description = "Only the newest N.")
    private @Nullable Integer lines;

    @Option(
        names = {"-f", "--follow"},
        description = "Go on with new entries as they come.")
    private boolean follow;

    @Option(names = "--type", paramLabel = "KIND", description = "Only entries of this kind.")
    private @Nullable String kind;

    @Mixin
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private JournalFiles files;

    @Override
    public void run(ApiClient api, Console console) {
      if (lines != null && lines < 0) {
        throw usage("-n, expected=a number from 0, actual=" + lines);
      }
      if (kind != null && !JournalKinds.ALL.contains(kind)) {
        throw usage("--type, expected=a kind of entry, actual=" + kind
            + Reading.suggestion(kind, JournalKinds.ALL));
      }
      if (files.given() && follow) {
        throw usage("-f, expected=a running node to follow, actual=--data");
      }
      if (files.given()) {
        offline(console);
        return;
      }
      if (name == null) {
        throw usage("journal show, expected=a process NAME, or --data DIR");
      }
      History history = new History(api, name, kind);
      if (lines != null) {
        print(console, newest(history, lines));
      } else {
        List<Map<String, @Nullable Object>> page = history.more();
        while (!page.isEmpty() && console.flushed()) {
          print(console, page);
          page = history.more();
        }
      }
      if (follow) {
        follow(history, console, entries -> print(console, entries));
      }
    }

    private static void print(Console console, List<Map<String, @Nullable Object>> entries) {
      entries.forEach(entry -> console.json(Json.of(entry)));
    }

    private void offline(Console console) {
      Integer newest = lines;
      Deque<String> kept = new ArrayDeque<>();
      JournalReader.Report report = files.read(entry -> {
        boolean wanted = (name == null || name.equals(entry.process().name().value()))
            && (kind == null || kind.equals(entry.kind()));
        if (wanted && newest == null) {
          console.line(entry.text());
        } else if (wanted && newest != null) {
          kept.add(entry.text());
          if (kept.size() > newest) {
            kept.remove();
          }
        }
      });
      kept.forEach(console::line);
      report.problems().forEach(console::note);
    }
  }
}
