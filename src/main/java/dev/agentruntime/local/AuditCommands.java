package dev.agentruntime.local;

import dev.agentruntime.audit.JournalExport;
import dev.agentruntime.audit.JournalVerifier;
import dev.agentruntime.audit.OfflineImage;
import dev.agentruntime.console.Console;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands that check a journal's files: {@code journal verify | export}. */
public final class AuditCommands {

  private static final Pattern PLACE =
      Pattern.compile("([^:]+):([0-9]+): (?:byte ([0-9]+): )?(.*)", Pattern.DOTALL);

  private AuditCommands() {}

  /** What both need. */
  private abstract static class OfFiles implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private JournalFiles files;

    @Option(
        names = "--anchors",
        paramLabel = "DIR",
        description = "The node's journal.anchor_dir, when it is not the data directory.")
    private @Nullable Path anchorDir;

    Console console() {
      return new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), false);
    }

    JournalFiles files() {
      return files;
    }

    @Nullable
    Path anchorDir() {
      return anchorDir;
    }

    ParameterException usage(String message) {
      return new ParameterException(spec.commandLine(), message);
    }
  }

  /** {@code journal verify}. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Checks a node's journal files and their anchors; exit code 1 when something is wrong.",
        "With --process it also folds that process and prints its position and digest, which a"
            + " running node says as well: GET /api/v1/processes/NAME?digest=true"
      })
  static final class Verify extends OfFiles {

    @Option(names = "--json", description = "Print the findings as one JSON object.")
    private boolean json;

    @Option(
        names = "--process",
        paramLabel = "NAME",
        description = "Fold this process; with --digest, only that.")
    private @Nullable String process;

    @Option(
        names = "--at",
        paramLabel = "S",
        description = "Fold it up to this entry (default: the newest).")
    private @Nullable Long at;

    @Option(names = "--digest", description = "Print the digest only, and check nothing else.")
    private boolean digest;

    @Override
    public Integer call() {
      if (process == null && (at != null || digest)) {
        throw usage("--at and --digest, expected=--process NAME with them");
      }
      if (at != null && at < 1) {
        throw usage("--at, expected=a number from 1, actual=" + at);
      }
      Console console = console();
      OfflineImage image =
          process == null ? null : files().fold(new ProcessName(process), at == null ? 0 : at);
      if (image != null && digest) {
        print(console, image);
        return console.flushed() ? 0 : 1;
      }
      JournalVerifier.Report report = files().verify(anchorDir());
      if (json) {
        console.json(Json.of(found(report, image)));
      } else {
        report.problems().forEach(problem -> console.line(Console.printable(problem)));
        affected(console, report);
        console.line(summary(report));
        if (image != null) {
          print(console, image);
        }
      }
      return console.flushed() && report.problems().isEmpty() ? 0 : 1;
    }

    private void print(Console console, OfflineImage image) {
      if (json) {
        console.json(Json.of(folded(image)));
      } else {
        console.line(
            image.process() + " position " + image.position() + " digest " + image.digest());
      }
    }

    private static void affected(Console console, JournalVerifier.Report report) {
      if (!report.read().damaged().isEmpty()) {
        console.line("damaged: " + String.join(", ", report.read().damaged().keySet()));
      }
      if (!report.read().suspect().isEmpty()) {
        console.line("suspect: every process, for what is missing may have been anybody's");
      }
    }

    private static String summary(JournalVerifier.Report report) {
      var read = report.read();
      String end = read.cleanStop() ? "stopped cleanly" : "no clean stop";
      return (report.problems().isEmpty() ? "ok: " : "not ok: ") + read.entries() + " entries of "
          + read.processes() + " processes in " + read.segments() + " segments, "
          + (report.written() ? "being written" : end) + "; "
          + (report.anchored() == 0
              ? "no anchors"
              : report.anchors() + " anchors fit, they vouch for n=1.." + report.anchored());
    }

    private static Map<String, @Nullable Object> folded(OfflineImage image) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("process", image.process().toString());
      all.put("position", image.position());
      all.put("digest", image.digest());
      return all;
    }

    private static Map<String, @Nullable Object> found(
        JournalVerifier.Report report, @Nullable OfflineImage image) {
      var read = report.read();
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("node", read.node());
      all.put("segments", read.segments());
      all.put("processes", read.processes());
      all.put("entries", read.entries());
      all.put("last", read.last());
      all.put("clean_stop", read.cleanStop());
      all.put("being_written", report.written());
      all.put("torn_tail", read.tornTail());
      all.put("anchors", report.anchors());
      all.put("anchored", report.anchored());
      all.put(
          "first_problem",
          report.problems().isEmpty() ? null : place(report.problems().get(0)));
      all.put("damaged", read.damaged());
      all.put("suspect", read.suspect());
      all.put("problems", report.problems());
      if (image != null) {
        all.put("image", folded(image));
      }
      return all;
    }

    private static Map<String, @Nullable Object> place(String problem) {
      Map<String, @Nullable Object> place = new LinkedHashMap<>();
      Matcher matcher = PLACE.matcher(problem);
      if (matcher.matches()) {
        place.put("file", matcher.group(1));
        place.put("line", Long.parseLong(matcher.group(2)));
        place.put("offset", matcher.group(3) == null ? null : Long.parseLong(matcher.group(3)));
        place.put("what", matcher.group(4));
      } else {
        place.put("what", problem);
      }
      return place;
    }
  }

  /** {@code journal export}. */
  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description = {
        "Writes the history of a process, or of one of its runs, as a file that proves itself.",
        "java VerifyExport.java FILE checks it, without a runtime."
      })
  static final class Export extends OfFiles {

    @Parameters(index = "0", paramLabel = "NAME", description = "The process.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String name;

    @Option(names = "--invocation", paramLabel = "ID", description = "Only this run.")
    private @Nullable String invocation;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        description = "A file that is not there yet (default: standard output).")
    private @Nullable Path output;

    @Override
    public Integer call() {
      Console console = console();
      InvocationId run = invocation == null ? null : new InvocationId(invocation);
      JournalExport export = files().export(new ProcessName(name), run, anchorDir());
      if (output == null) {
        export.lines().forEach(console::line);
        return console.flushed() ? 0 : 1;
      }
      write(export, output);
      console.note("wrote " + output + ": " + export.process() + ", entries " + export.from()
          + " to " + export.to() + (export.anchored() ? ", anchored" : ", not anchored"));
      return 0;
    }

    private static void write(JournalExport export, Path file) {
      try (BufferedWriter out = Files.newBufferedWriter(
          file, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        for (String line : export.lines()) {
          out.write(line);
          out.write('\n');
        }
      } catch (IOException e) {
        throw new RuntimeFault(
            ErrorCode.STORAGE, "cannot write " + file + ": " + FileFaults.reason(e), e);
      }
    }
  }
}
