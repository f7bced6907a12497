package dev.agentruntime.cli;

import dev.agentruntime.access.TokenFile;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.trigger.TriggerTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the doctor looks at in settings, manifests and files with secrets. */
final class SettingsChecks {

  /** A file that a key or a secret is taken from, as settings and manifests write it. */
  private static final Pattern SECRET_FILE =
      Pattern.compile("(?:^|[\\s\\[,{\"'])file:([^\\s\"',\\]}]+)");

  private static final Set<PosixFilePermission> OTHERS = Set.of(
      PosixFilePermission.OTHERS_READ,
      PosixFilePermission.OTHERS_WRITE,
      PosixFilePermission.OTHERS_EXECUTE);

  private SettingsChecks() {}

  /** The settings as far as they can be read, and what is wrong with the rest. */
  record Settings(RuntimeConfig config, @Nullable Path file, List<Finding> findings) {}

  static Settings settings(NodeOptions options, Map<String, String> env) {
    List<Finding> all = new ArrayList<>();
    Path file = null;
    try {
      file = options.confFile();
      RuntimeConfig unused = NodeOptions.read(file, Map.of(), Map.of());
      all.add(
          Finding.ok("settings", file == null ? "no file, the defaults hold" : file + " is valid"));
    } catch (RuntimeFault e) {
      all.addAll(failed("settings", e, "mend the file; conf/runtime.yaml shows every key"));
    }
    try {
      RuntimeConfig unused = NodeOptions.read(null, env, Map.of());
      String token = NodeCommand.token(null, env);
      all.add(Finding.ok(
          "environment",
          env.keySet().stream().filter(name -> name.startsWith("AGENTRUNTIME_")).count()
              + " variables AGENTRUNTIME_*" + (token == null ? "" : ", a token among them")));
    } catch (RuntimeFault e) {
      all.addAll(failed("environment", e, "unset or mend the variable"));
    }
    boolean sound = all.stream().allMatch(found -> found.level() == Finding.Level.OK);
    try {
      // What is broken was told; the rest is looked at with the defaults and the flags.
      RuntimeConfig config = sound
          ? NodeOptions.read(file, env, options.flags())
          : NodeOptions.read(null, Map.of(), options.flags());
      return new Settings(config, file, all);
    } catch (RuntimeFault e) {
      all.addAll(failed("settings", e, "mend the flags, or the file or variable that is named"));
      return new Settings(RuntimeConfig.DEFAULT, file, all);
    }
  }

  private static List<Finding> failed(String check, RuntimeFault fault, String mend) {
    return String.valueOf(fault.getMessage())
        .lines()
        .map(line -> Finding.fail(check, line, mend))
        .toList();
  }

  static ManifestReader reader() {
    return new ManifestReader(System::getenv)
        .knowing(TriggerTypes.discover(SettingsChecks.class.getClassLoader())::names);
  }

  static List<Finding> agents(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of(Finding.warn(
          "agents",
          "there is no directory " + directory,
          "make one and write a manifest: init -o " + directory.resolve("first.agent")));
    }
    List<Finding> all = new ArrayList<>();
    List<ManifestReader.Read> reads = reader().readDirectory(directory);
    int valid = 0;
    for (ManifestReader.Read read : reads) {
      read.errors()
          .forEach(error -> all.add(Finding.fail(
              "agents", error.toString(), "mend the manifest; its process does not start")));
      if (read.manifest() != null) {
        valid++;
        read.manifest()
            .warnings()
            .forEach(
                warning -> all.add(Finding.warn("agents", warning, "look whether it is meant")));
      }
    }
    all.add(
        0,
        valid == reads.size()
            ? Finding.ok("agents", valid + " valid manifests in " + directory)
            : Finding.fail(
                "agents",
                valid + " of " + reads.size() + " manifests in " + directory + " are valid",
                "see the lines below, or: validate " + directory));
    return all;
  }

  /** Files with secrets that everybody on the machine may read. */
  static List<Finding> secrets(Settings settings, @Nullable Path tokenFile) {
    Set<Path> files = new LinkedHashSet<>();
    RuntimeConfig config = settings.config();
    if (tokenFile != null) {
      files.add(tokenFile);
    }
    Path conf = settings.file();
    if (conf != null) {
      files.addAll(named(conf, Path.of("")));
    }
    if (Files.isDirectory(config.agentsDir())) {
      try (var manifests = Files.newDirectoryStream(config.agentsDir(), "*.agent")) {
        manifests.forEach(manifest -> files.addAll(named(manifest, config.agentsDir())));
      } catch (IOException e) {
        return List.of(Finding.fail(
            "secrets",
            config.agentsDir() + " cannot be read: " + FileFaults.reason(e),
            "make it readable for the user that runs the node"));
      }
    }
    files.add(config.dataDir().resolve(DiskChecks.node(config)).resolve(TokenFile.NAME));
    List<Finding> all = new ArrayList<>();
    int seen = 0;
    for (Path file : files) {
      if (Files.isRegularFile(file)) {
        seen++;
        if (isOpen(file)) {
          all.add(Finding.warn(
              "secrets", file + " can be read by every user of this machine", "chmod 600 " + file));
        }
      }
    }
    if (all.isEmpty()) {
      all.add(Finding.ok("secrets", seen + " files with secrets, none open to others"));
    }
    return all;
  }

  /** The files a text takes secrets from. */
  static Set<Path> named(Path text, Path base) {
    Set<Path> files = new LinkedHashSet<>();
    try {
      Matcher matcher = SECRET_FILE.matcher(Files.readString(text).replaceAll("(?m)^\\s*#.*", ""));
      while (matcher.find()) {
        files.add(base.resolve(matcher.group(1)));
      }
    } catch (IOException e) {
      // Whoever checks the file itself says so.
      return files;
    }
    return files;
  }

  /** Whether others than its user and group may do anything with it. */
  static boolean isOpen(Path file) {
    try {
      Set<PosixFilePermission> all = Files.getPosixFilePermissions(file);
      return OTHERS.stream().anyMatch(all::contains);
    } catch (IOException | UnsupportedOperationException e) {
      // A file system without such rights, or a file that is gone: nothing to say about it.
      return false;
    }
  }
}
