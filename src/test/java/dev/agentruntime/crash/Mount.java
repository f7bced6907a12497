package dev.agentruntime.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file system of a test's own, which needs root. Unmounted by {@link #close}. */
final class Mount implements AutoCloseable {

  private final Path where;

  private Mount(Path where) {
    this.where = where;
  }

  /** One in memory that holds so many MiB. */
  static Mount tmpfs(Path where, int mebibytes) {
    return mount(where, "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs");
  }

  /** Makes an empty ext4 in a file. */
  static void makeImage(Path image, int mebibytes) {
    run("truncate", "-s", mebibytes + "M", image.toString());
    run("mkfs.ext4", "-q", "-F", image.toString());
  }

  /** The ext4 in a file; what is not synced reaches the file only minutes later. */
  static Mount image(Path image, Path where) {
    return mount(where, "-t", "ext4", "-o", "loop,commit=600", image.toString());
  }

  private static Mount mount(Path where, String... words) {
    try {
      Files.createDirectories(where);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String[] command = new String[words.length + 2];
    command[0] = "mount";
    System.arraycopy(words, 0, command, 1, words.length);
    command[words.length + 1] = where.toString();
    run(command);
    return new Mount(where);
  }

  private static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new AssertionError(List.of(command) + " ended with " + code + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Its top. */
  Path path() {
    return where;
  }

  @Override
  public void close() {
    run("umount", where.toString());
  }
}
