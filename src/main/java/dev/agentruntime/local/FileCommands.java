package dev.agentruntime.local;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.console.Console;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.trigger.TriggerTypes;
import dev.agentruntime.yaml.ConfigError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands about manifest files, which need no running node: {@code validate, init}. */
public final class FileCommands {

  private FileCommands() {}

  /** {@code validate PATH...}. */
  @Command(
      name = "validate",
      mixinStandardHelpOptions = true,
      description = "Checks manifests and starts nothing; exit code 1 when one is invalid.")
  public static final class Validate implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private CommandSpec spec;

    @Parameters(
        arity = "1..*",
        paramLabel = "PATH",
        description = "Manifests, or directories with *.agent files.")
    private List<Path> paths = new ArrayList<>();

    @Option(names = "--json", description = "Print the findings as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
      Console console =
          new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), false);
      ManifestReader reader = new ManifestReader(System::getenv)
          .knowing(TriggerTypes.discover(FileCommands.class.getClassLoader())::names);
      List<ManifestReader.Read> reads = new ArrayList<>();
      for (Path path : paths) {
        if (Files.isDirectory(path)) {
          reads.addAll(reader.readDirectory(path));
        } else {
          reads.add(reader.checkFile(path));
        }
      }
      if (reads.isEmpty()) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG, "no manifest found, expected=a *.agent file in " + paths);
      }
      boolean valid = reads.stream().allMatch(read -> read.manifest() != null);
      if (json) {
        console.json(Json.of(Map.of(
            "valid", valid, "manifests", reads.stream().map(Validate::json).toList())));
      } else {
        reads.forEach(read -> print(console, read));
      }
      return console.flushed() && valid ? 0 : 1;
    }

    private static void print(Console console, ManifestReader.Read read) {
      read.errors().forEach(error -> console.line(Console.printable(error.toString())));
      Manifest manifest = read.manifest();
      if (manifest != null) {
        manifest
            .warnings()
            .forEach(warning -> console.line("warning: " + Console.printable(warning)));
        console.line(Console.printable(read.source()) + ": ok, process "
            + manifest.config().name());
      }
    }

    private static Map<String, @Nullable Object> json(ManifestReader.Read read) {
      Manifest manifest = read.manifest();
      Map<String, @Nullable Object> found = new LinkedHashMap<>();
      found.put("file", read.source());
      found.put("process", read.name());
      found.put("valid", manifest != null);
      found.put("errors", read.errors().stream().map(Validate::json).toList());
      found.put("warnings", manifest == null ? List.of() : manifest.warnings());
      return found;
    }

    private static Map<String, Object> json(ConfigError error) {
      return Map.of(
          "file", error.file(),
          "line", error.line(),
          "column", error.column(),
          "message", error.message());
    }
  }

  /** {@code init}. */
  @Command(
      name = "init",
      mixinStandardHelpOptions = true,
      description = "Writes a first manifest, which runs without any key.")
  public static final class Init implements Callable<Integer> {

    /** The name the templates carry. */
    private static final String PLACEHOLDER = "my-agent";

    /** What a manifest can begin as. */
    enum Template {
      basic,
      webhook,
      cron
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private CommandSpec spec;

    @Option(
        names = {"-t", "--template"},
        paramLabel = "TEMPLATE",
        defaultValue = "basic",
        description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private Template template;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        defaultValue = "agent.agent",
        description = "Where to write it (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private Path output;

    @Option(names = "--force", description = "Overwrite the file if it is there.")
    private boolean force;

    @Override
    public Integer call() {
      OpenOption[] options = force
          ? new OpenOption[] {
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE
          }
          : new OpenOption[] {StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE};
      String name = processName(output);
      try {
        Files.writeString(output, text(template).replace(PLACEHOLDER, name), options);
      } catch (FileAlreadyExistsException e) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST, output + " exists; overwrite it with --force", e);
      } catch (IOException e) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST, "cannot write " + output + ": " + e.getMessage(), e);
      }
      spec.commandLine()
          .getOut()
          .println("wrote " + output + ", process " + name
              + "; a runtime takes it from agents/ within a second");
      return 0;
    }

    /** A process name made of a file's: {@code my agent.agent} becomes {@code my-agent}. */
    static String processName(Path file) {
      Path last = file.getFileName();
      String name = last == null ? "" : last.toString().replaceFirst("\\.agent$", "");
      String cleaned = name.replaceAll("[^A-Za-z0-9_-]+", "-").replaceAll("^[^A-Za-z]+|-+$", "");
      return ProcessName.isValid(cleaned) ? cleaned : PLACEHOLDER;
    }

    /** A template as it stands. */
    static String text(Template template) {
      String resource = template + ".agent";
      try (InputStream in = FileCommands.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IllegalStateException("template " + resource + " is not in the jar");
        }
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new RuntimeFault(ErrorCode.INTERNAL, "cannot read template " + resource, e);
      }
    }
  }
}
