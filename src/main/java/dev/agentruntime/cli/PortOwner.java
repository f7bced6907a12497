package dev.agentruntime.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who listens on a port of this machine, as far as Linux tells this user. */
final class PortOwner {

  private static final Path PROC = Path.of("/proc");
  private static final String LISTEN = "0A";

  private PortOwner() {}

  /** The process in words, null when nobody says. */
  static @Nullable String of(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      sockets.addAll(sockets(lines(PROC.resolve("net").resolve(table)), port));
    }
    if (sockets.isEmpty()) {
      return null;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (holds(process, sockets)) {
          return words(Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      return null;
    }
    return null;
  }

  /** The lines of a table; none where there is no such table: another system, or no IPv6. */
  private static List<String> lines(Path table) {
    try {
      return Files.readAllLines(table);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Inodes of the sockets that listen on a port, from a table of the kernel. */
  static Set<String> sockets(List<String> table, int port) {
    Set<String> inodes = new HashSet<>();
    String suffix = String.format(":%04X", port);
    for (String line : table) {
      String[] columns = line.strip().split("\\s+", -1);
      if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN)) {
        inodes.add("socket:[" + columns[9] + "]");
      }
    }
    return inodes;
  }

  private static boolean holds(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (Files.isSymbolicLink(file)
            && sockets.contains(Files.readSymbolicLink(file).toString())) {
          return true;
        }
      }
    } catch (IOException e) {
      // Another user's, or gone meanwhile.
      return false;
    }
    return false;
  }

  private static String words(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().command())
        .map(command -> "pid " + pid + " (" + command + ")")
        .orElse("pid " + pid);
  }
}
