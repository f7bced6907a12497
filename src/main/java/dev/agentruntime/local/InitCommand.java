package dev.agentruntime.local;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code init}: writes first manifests. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a first manifest, which runs without any key.",
      "basic is woken by hand, cron by the clock, webhook by HTTP; full shows most of what a"
          + " manifest can say; multi-agent is two agents that wake each other, in files of their"
          + " own beside each other."
    })
public final class InitCommand implements Callable<Integer> {

  /** The name the templates carry. */
  private static final String PLACEHOLDER = "my-agent";

  private static final String SUFFIX = ".agent";

  /** Room in a process's name for what a template of several files adds to it. */
  private static final int NAME_MAX = 50;

  /** By template: what its files are called behind the name that was asked for. */
  private static final Map<String, List<String>> TEMPLATES = templates();

  private static Map<String, List<String>> templates() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    all.put("basic", List.of(SUFFIX));
    all.put("cron", List.of(SUFFIX));
    all.put("webhook", List.of(SUFFIX));
    all.put("full", List.of(SUFFIX));
    all.put(
        "multi-agent",
        List.of("-desk" + SUFFIX, "-desk.play.yaml", "-worker" + SUFFIX, "-worker.play.yaml"));
    return all;
  }

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Option(
      names = {"-t", "--template"},
      paramLabel = "TEMPLATE",
      defaultValue = "basic",
      completionCandidates = Templates.class,
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private String template;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      defaultValue = "agent.agent",
      description = "Where to write it, as in agents/my-agent.agent (default: ${DEFAULT-VALUE})."
          + " Its name becomes the name of the process.")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Path output;

  @Option(names = "--force", description = "Overwrite files that are there.")
  private boolean force;

  @Override
  public Integer call() {
    String wanted = template.toLowerCase(Locale.ROOT);
    List<String> parts = TEMPLATES.get(wanted);
    if (parts == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--template, expected=one of " + String.join(", ", TEMPLATES.keySet()) + ", actual="
              + template);
    }
    if (Files.isDirectory(output)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "--output, expected=a file, actual=" + output + ", which is a directory");
    }
    String name = processName(output);
    Map<Path, String> files = new LinkedHashMap<>();
    for (String part : parts) {
      // One file keeps the name it was given; several share it.
      Path file = parts.size() == 1 ? output : output.resolveSibling(name + part);
      files.put(file, text(wanted + part).replace(PLACEHOLDER, name));
    }
    write(files);
    spec.commandLine()
        .getOut()
        .println(
            "wrote " + files.keySet().stream().map(Path::toString).collect(Collectors.joining(", "))
                + next(files.keySet()));
    return 0;
  }

  /** What to do with it; where it is watched already there is nothing to do. */
  private static String next(Set<Path> files) {
    Path directory = files.iterator().next().toAbsolutePath().getParent();
    return directory != null && directory.endsWith("agents")
        ? "; a node that serves agents/ runs it within a second"
        : "; move it to agents/, and a node that serves that directory runs it within a second";
  }

  private void write(Map<Path, String> files) {
    List<Path> there = files.keySet().stream().filter(Files::exists).toList();
    if (!force && !there.isEmpty()) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, exists(there.get(0)));
    }
    OpenOption[] options = force
        ? new OpenOption[] {
          StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE
        }
        : new OpenOption[] {StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE};
    // Plays first: a runtime that watches the directory must find what a manifest names.
    List<Path> order = new ArrayList<>(files.keySet());
    order.sort(
        (a, b) -> Boolean.compare(a.toString().endsWith(SUFFIX), b.toString().endsWith(SUFFIX)));
    for (Path file : order) {
      makeDirectory(file);
      try {
        Files.writeString(file, String.valueOf(files.get(file)), options);
      } catch (FileAlreadyExistsException e) {
        throw new RuntimeFault(ErrorCode.INVALID_REQUEST, exists(file), e);
      } catch (IOException e) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST, "cannot write " + file + ": " + FileFaults.reason(e), e);
      }
    }
  }

  private static void makeDirectory(Path file) {
    Path directory = file.getParent();
    try {
      if (directory != null && !Files.isDirectory(directory)) {
        Files.createDirectories(directory);
      }
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "cannot write " + file + ": no directory " + directory + " can be made: "
              + FileFaults.reason(e),
          e);
    }
  }

  private static String exists(Path file) {
    return file + " exists; overwrite it with --force";
  }

  /** A process name made of a file's: {@code my agent.agent} becomes {@code my-agent}. */
  static String processName(Path file) {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().replaceFirst("\\.agent$", "");
    String cleaned = name.replaceAll("[^A-Za-z0-9_-]+", "-").replaceAll("^[^A-Za-z]+|-+$", "");
    return ProcessName.isValid(cleaned) && cleaned.length() <= NAME_MAX ? cleaned : PLACEHOLDER;
  }

  private static String text(String resource) {
    try (InputStream in = InitCommand.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("template " + resource + " is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.INTERNAL, "cannot read template " + resource, e);
    }
  }

  /** The templates there are, for help and completion. */
  static final class Templates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return TEMPLATES.keySet().iterator();
    }
  }
}
