package dev.agentruntime.rules;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import dev.agentruntime.core.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where the repository and its classes are, for the rules. */
final class Tree {

  static final String BASE = "dev.agentruntime.";

  private Tree() {}

  /** The top of the repository. */
  static Path root() {
    return Path.of(System.getProperty("runtime.basedir", "")).toAbsolutePath();
  }

  /** The classes of the product, without tests and benchmarks. */
  static JavaClasses product() {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .importLocations(
            Set.of(Location.of(Json.class.getProtectionDomain().getCodeSource().getLocation())));
  }

  /** {@code core} for {@code dev.agentruntime.core.Json}; all of it when it is not ours. */
  static String room(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith(BASE) ? name.substring(BASE.length()) : name;
  }

  /**
   * Our own files below a directory of the repository, so none that npm installed; none when there
   * is no such directory.
   */
  static List<Path> files(String directory, String ending) {
    Path top = root().resolve(directory);
    if (!Files.isDirectory(top)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .filter(file -> !file.toString().contains("node_modules"))
          .sorted()
          .collect(Collectors.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file's path from the top of the repository. */
  static String shown(Path file) {
    return root().relativize(file.toAbsolutePath()).toString();
  }
}
