package dev.agentruntime.local;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.Secrets;
import dev.agentruntime.console.Console;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.trigger.TriggerTypes;
import dev.agentruntime.yaml.ConfigError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command about manifest files that needs no running node: {@code validate}. */
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
        warnings(manifest)
            .forEach(warning -> console.line("warning: " + Console.printable(warning)));
        console.line(Console.printable(read.source()) + ": ok, process "
            + manifest.config().name());
      }
    }

    /** Those of the text, and those of its secrets; where the node runs they may be there. */
    private static List<String> warnings(Manifest manifest) {
      List<String> warnings = new ArrayList<>(manifest.warnings());
      String file = String.valueOf(manifest.file());
      Path directory = Path.of(file).toAbsolutePath().getParent();
      for (SecretRef secret : new LinkedHashSet<>(manifest.config().secretSources())) {
        try {
          String unused = Secrets.resolve(secret, System::getenv, directory);
        } catch (RuntimeFault fault) {
          warnings.add(file + ": here " + fault.getMessage() + " when a node runs it");
        }
        Secrets.warning(secret, directory).ifPresent(why -> warnings.add(file + ": " + why));
      }
      return warnings;
    }

    private static Map<String, @Nullable Object> json(ManifestReader.Read read) {
      Manifest manifest = read.manifest();
      Map<String, @Nullable Object> found = new LinkedHashMap<>();
      found.put("file", read.source());
      found.put("process", read.name());
      found.put("valid", manifest != null);
      found.put("errors", read.errors().stream().map(Validate::json).toList());
      found.put("warnings", manifest == null ? List.of() : warnings(manifest));
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
}
