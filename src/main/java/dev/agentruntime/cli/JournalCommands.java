package dev.agentruntime.cli;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.journal.JournalVerifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands that read a process's history: {@code logs}, {@code journal show|verify}. */
final class JournalCommands {

  private static final int PAGE = 500;

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
      List<Map<String, @Nullable Object>> entries = ReadCommands.objects(page.get("entries"));
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

  /** {@code logs NAME}. */
  @Command(
      name = "logs",
      mixinStandardHelpOptions = true,
      description = "Tells the newest entries of a process's journal in words.")
  static final class Logs extends ActCommands.OfProcess {

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
    void run(ApiClient api, Console console) {
      if (lines < 0) {
        throw usage("-n, expected=a number from 0, actual=" + lines);
      }
      History history = new History(api, name(), null);
      history.skipTo(name(), lines);
      print(console, newest(history, lines));
      while (follow && console.flushed() && pause()) {
        print(console, history.more());
      }
    }

    private void print(Console console, List<Map<String, @Nullable Object>> entries) {
      for (Map<String, @Nullable Object> entry : entries) {
        print(console, Json.of(entry), JournalWords.line(entry));
      }
    }

    /** Waits a second; false when the thread was told to end. */
    private static boolean pause() {
      try {
        return !new CountDownLatch(1).await(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /** {@code journal}. */
  @Command(
      name = "journal",
      mixinStandardHelpOptions = true,
      description = "Shows or checks journals.",
      subcommands = {Show.class, Verify.class})
  static final class Journal implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private CommandSpec spec;

    @Override
    public void run() {
      throw new ParameterException(spec.commandLine(), "journal, expected=show or verify");
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

    @Option(names = "--type", paramLabel = "KIND", description = "Only entries of this kind.")
    private @Nullable String kind;

    @Mixin
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private Files files;

    @Override
    void run(ApiClient api, Console console) {
      if (files.data != null) {
        offline(console);
        return;
      }
      if (name == null) {
        throw usage("journal show, expected=a process NAME, or --data DIR");
      }
      History history = new History(api, name, kind);
      if (lines != null) {
        newest(history, lines).forEach(entry -> console.json(Json.of(entry)));
        return;
      }
      List<Map<String, @Nullable Object>> page = history.more();
      while (!page.isEmpty() && console.flushed()) {
        page.forEach(entry -> console.json(Json.of(entry)));
        page = history.more();
      }
    }

    private void offline(Console console) {
      Integer newest = lines;
      Deque<String> kept = new ArrayDeque<>();
      JournalVerifier.Report report = files.read(entry -> {
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

  /** {@code journal verify}. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Checks a node's journal files; exit code 1 when something is wrong with them.")
  static final class Verify implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private Files files;

    @Option(names = "--json", description = "Print the findings as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
      Console console =
          new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), false);
      JournalVerifier.Report report = files.read(entry -> {});
      Map<String, @Nullable Object> found = new LinkedHashMap<>();
      found.put("node", report.node());
      found.put("segments", report.segments());
      found.put("processes", report.processes());
      found.put("entries", report.entries());
      found.put("last", report.last());
      found.put("clean_stop", report.cleanStop());
      found.put("torn_tail", report.tornTail());
      found.put("problems", report.problems());
      if (json) {
        console.json(Json.of(found));
      } else {
        report.problems().forEach(problem -> console.line(Console.printable(problem)));
        console.line((report.problems().isEmpty() ? "ok: " : "not ok: ") + report.entries()
            + " entries of " + report.processes() + " processes in " + report.segments()
            + " segments, " + (report.cleanStop() ? "stopped cleanly" : "no clean stop"));
      }
      return console.flushed() && report.problems().isEmpty() ? 0 : 1;
    }
  }

  /** Where a node's journal files are. */
  static final class Files {

    @Option(names = "--data", paramLabel = "DIR", description = "The data directory of the node.")
    private @Nullable Path data;

    @Option(
        names = "--node",
        paramLabel = "ID",
        defaultValue = "node-1",
        description = "The node (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String node;

    JournalVerifier.Report read(Consumer<JournalVerifier.Shown> sink) {
      Path root = data == null ? Path.of("data") : data;
      if (java.nio.file.Files.isRegularFile(root)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "--data, expected=a directory, actual=" + root + ", which is a file");
      }
      Path journal = root.resolve(new NodeId(node).value()).resolve("journal");
      if (!java.nio.file.Files.isDirectory(journal)) {
        throw new RuntimeFault(ErrorCode.NOT_FOUND, "there is no journal in " + journal);
      }
      try {
        return new JournalVerifier(new RealDisk(), journal).show(sink);
      } catch (IOException e) {
        throw new RuntimeFault(
            ErrorCode.STORAGE, "cannot read " + journal + ": " + e.getMessage(), e);
      }
    }
  }
}
