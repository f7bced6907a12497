package dev.agentruntime.manifest;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.yaml.ConfigError;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import dev.agentruntime.yaml.YamlDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads manifests: checks everything, reports all errors of a text at once with their places, and
 * starts nothing. Safe on every thread; what reads a file blocks and belongs on a worker.
 *
 * <p>Who wrote a text decides what it may say. A <em>file</em> may name variables ({@code ${VAR}},
 * {@code ${VAR:-default}}; a doubled dollar sign keeps one from expanding), plays and literal
 * secrets. What a request <em>posts</em> may refer to secrets only, so that nobody reads the node's
 * environment or files through it.
 */
public final class ManifestReader {

  private static final System.Logger LOG = System.getLogger(ManifestReader.class.getName());

  private static final int FILES_MAX = 100_000;
  private static final int PROGRESS_EVERY = 1_000;
  private static final int READS_MAX = 5;

  private final Function<String, @Nullable String> env;
  private final Set<String> secretVariables;
  private final Supplier<Set<String>> customTypes;

  /**
   * A reader.
   *
   * @param env looks up an environment variable, null when it is not set
   */
  public ManifestReader(Function<String, @Nullable String> env) {
    this(env, Set.of());
  }

  /**
   * A reader that knows the node's own secrets.
   *
   * @param secretVariables variables that hold secrets of the node and are never expanded
   */
  public ManifestReader(Function<String, @Nullable String> env, Set<String> secretVariables) {
    this(env, secretVariables, Set::of);
  }

  private ManifestReader(
      Function<String, @Nullable String> env,
      Set<String> secretVariables,
      Supplier<Set<String>> customTypes) {
    this.env = env;
    this.secretVariables = Set.copyOf(secretVariables);
    this.customTypes = customTypes;
  }

  /** The same, knowing the types of triggers that are registered when it reads. */
  public ManifestReader knowing(Supplier<Set<String>> types) {
    return new ManifestReader(env, secretVariables, types);
  }

  /**
   * Reads a manifest file: whole as it was before a change, or whole as it is after it. Blocks.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} with every error, a line each
   */
  public Manifest readFile(Path file) {
    return checkFile(file).orThrow();
  }

  /**
   * The same for a process of another name.
   *
   * @param name null = the one in the file
   */
  public Manifest readFile(Path file, @Nullable ProcessName name) {
    Manifest read = readFile(file);
    return name == null
        ? read
        : ResolvedForm.manifest(read.config().named(name), read.file(), read.warnings());
  }

  /** Reads a manifest file and answers what is wrong with it instead of throwing. Blocks. */
  public Read checkFile(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    Reading reading = reading(file.toString(), Origin.FILE, directory);
    byte[] bytes;
    try {
      bytes = bytes(file);
    } catch (IOException e) {
      reading.error(Node.Mark.at(""), "cannot be read: " + FileFaults.reason(e));
      return new Read(file.toString(), null, null, reading.errors(), List.of());
    }
    return check(bytes, reading, file.toString());
  }

  /**
   * Reads a manifest from a text.
   *
   * @param source how errors name it
   * @param directory what files it names are relative to, null when it may name none
   * @param posted whether a request brought it, which then expands no variable and takes no literal
   *     secret
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} with every error, a line each
   */
  public Manifest readYaml(String text, String source, @Nullable Path directory, boolean posted) {
    Reading reading = reading(source, posted ? Origin.API : Origin.FILE, directory);
    return check(text.getBytes(StandardCharsets.UTF_8), reading, null).orThrow();
  }

  /**
   * Reads what {@code POST /api/v1/processes} brings: the keys of a manifest but {@code version}
   * and {@code name}, and the keys of its {@code config} beside them. Same rules as a posted
   * manifest.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} with every error, a line each, and {@link
   *     ErrorCode#INVALID_NAME}
   */
  public Manifest readJson(Json config, String name) {
    ProcessName checked = ProcessName.ofUser(name);
    Reading reading = reading("config", Origin.API, null);
    Section section = Section.of(reading, "config", Node.of(config.value(), ""));
    ProcessConfig process = new ProcessReader(reading, customTypes.get()).flat(section, checked);
    reading.throwErrors();
    return ResolvedForm.manifest(process, null, reading.warnings());
  }

  /**
   * Reads back what the journal keeps of a manifest; a literal secret comes back as its mask.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when this version cannot read it
   */
  public static ProcessConfig fromResolved(Json resolved) {
    Reading reading = new Reading("manifest", "manifest", Origin.JOURNAL, null, name -> null)
        .later(Unavailable::value);
    Section section = Section.of(reading, "manifest", Node.of(resolved.value(), ""));
    ProcessReader reader = new ProcessReader(reading, Set.of());
    ProcessName name = reader.name(section);
    if (name == null) {
      throw ConfigError.fault(reading.errors());
    }
    ProcessConfig config = reader.manifest(section, name);
    reading.throwErrors();
    return config;
  }

  /**
   * Reads one trigger that a request posts, by the rules of a posted manifest.
   *
   * @return as the journal keeps triggers
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} with every error, a line each
   */
  public Json readTrigger(Json trigger) {
    Reading reading = reading("trigger", Origin.API, null);
    List<Node> items = List.of(Node.of(trigger.value(), ""));
    reading.keepSecret(TriggerReader.secretVariables(items));
    List<TriggerConfig> read = new TriggerReader(reading, customTypes.get()).read(items);
    reading.throwErrors();
    return Json.of(ResolvedTrigger.of(read.get(0)));
  }

  /** The manifest of a process that was declared in Java. */
  public static Manifest of(ProcessConfig config) {
    return ResolvedForm.manifest(config, null, List.of());
  }

  /**
   * Reads every {@code *.agent} file directly in a directory, in the order of their names; one that
   * is invalid does not hold up the others. Of two that name the same process both are invalid.
   * Blocks.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when {@code directory} is none or cannot
   *     be listed
   */
  public List<Read> readDirectory(Path directory) {
    List<Read> reads = new ArrayList<>();
    for (Path file : list(directory)) {
      reads.add(checkFile(file));
      if (reads.size() % PROGRESS_EVERY == 0) {
        LOG.log(System.Logger.Level.INFO, "{0}: {1} manifests read", directory, reads.size());
      }
    }
    return withoutTwins(reads);
  }

  private static List<Path> list(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "not a directory: " + directory);
    }
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> found = files
          .filter(ManifestReader::isManifest)
          .limit(FILES_MAX + 1L)
          .sorted()
          .toList();
      if (found.size() > FILES_MAX) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "too many manifests in " + directory + ", expected at most " + FILES_MAX);
      }
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "cannot list " + directory + ": " + FileFaults.reason(e), e);
    }
  }

  /** Whether a directory's scan takes this file: {@code *.agent}, not hidden, not a directory. */
  public static boolean isManifest(Path file) {
    Path name = file.getFileName();
    return name != null
        && name.toString().endsWith(".agent")
        && !name.toString().startsWith(".")
        && !Files.isDirectory(file);
  }

  private static List<Read> withoutTwins(List<Read> reads) {
    Map<String, List<String>> sources = new LinkedHashMap<>();
    for (Read read : reads) {
      if (read.name() != null) {
        sources.computeIfAbsent(read.name(), name -> new ArrayList<>()).add(read.source());
      }
    }
    List<Read> out = new ArrayList<>(reads.size());
    for (Read read : reads) {
      List<String> same = read.name() == null ? List.of() : sources.get(read.name());
      if (same == null || same.size() < 2) {
        out.add(read);
        continue;
      }
      List<ConfigError> errors = new ArrayList<>(read.errors());
      errors.add(new ConfigError(
          read.source(),
          0,
          0,
          "name '" + read.name() + "' is given by more than one file, expected one of "
              + String.join(", ", same)));
      out.add(new Read(read.source(), read.name(), null, errors, read.plays()));
    }
    return out;
  }

  private Reading reading(String source, Origin origin, @Nullable Path directory) {
    Reading reading =
        new Reading(source, "manifest", origin, directory, env).later(Unavailable::value);
    reading.keepSecret(secretVariables);
    return reading;
  }

  private Read check(byte[] bytes, Reading reading, @Nullable String file) {
    Node root = YamlDocument.compose(bytes, reading);
    ProcessName name = null;
    ProcessConfig config = null;
    if (root != null) {
      Section section = Section.of(reading, reading.what(), root);
      ProcessReader reader = new ProcessReader(reading, customTypes.get());
      if (root instanceof Node.Mapping) {
        name = reader.name(section);
        // With a stand-in for a bad name the rest is checked all the same.
        config = reader.manifest(section, name == null ? new ProcessName("unnamed") : name);
      }
    }
    Manifest manifest = config == null || reading.errorCount() > 0
        ? null
        : ResolvedForm.manifest(config, file, reading.warnings());
    String known = name == null ? null : name.value();
    return new Read(reading.file(), known, manifest, reading.errors(), reading.referred());
  }

  /**
   * The content of a small file at one instant: read again when it changed meanwhile. One byte more
   * than {@link YamlDocument#BYTES_MAX} is the most it answers.
   */
  public static byte[] bytes(Path file) throws IOException {
    for (int read = 1; ; read++) {
      BasicFileAttributes before = Files.readAttributes(file, BasicFileAttributes.class);
      if (!before.isRegularFile()) {
        throw new FileSystemException(file.toString(), null, "not a regular file");
      }
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(YamlDocument.BYTES_MAX + 1);
      }
      BasicFileAttributes after = Files.readAttributes(file, BasicFileAttributes.class);
      if (before.size() == after.size()
          && before.lastModifiedTime().equals(after.lastModifiedTime())) {
        return bytes;
      }
      if (read == READS_MAX) {
        throw new FileSystemException(file.toString(), null, "it keeps changing");
      }
    }
  }

  /**
   * What reading one manifest came to: the manifest, or everything that is wrong with it.
   *
   * @param source the file as it was named
   * @param name the process it names, null when that could not be read
   * @param manifest null when there is an error
   * @param errors in the order of the text, empty when there is a manifest
   * @param plays the files that it names beside or below it, absolute, also those that are not
   *     there
   */
  public record Read(
      String source,
      @Nullable String name,
      @Nullable Manifest manifest,
      List<ConfigError> errors,
      List<Path> plays) {

    /** Keeps unmodifiable copies. */
    public Read {
      errors = List.copyOf(errors);
      plays = List.copyOf(plays);
    }

    /**
     * The manifest.
     *
     * @throws RuntimeFault {@code INVALID_CONFIG} with all errors, a line each
     */
    public Manifest orThrow() {
      if (manifest == null) {
        throw ConfigError.fault(errors);
      }
      return manifest;
    }
  }
}
