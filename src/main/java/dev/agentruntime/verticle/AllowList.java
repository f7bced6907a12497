package dev.agentruntime.verticle;

import dev.agentruntime.config.RuntimeConfig.VerticleSettings;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What may be deployed. Reads a file, so it is for a worker. */
record AllowList(VerticleSettings settings) {

  private static final int FILE_BYTES_MAX = 1 << 20;

  /**
   * Checks a jar.
   *
   * @throws RuntimeFault NOT_ALLOWED when its digest is nowhere, INVALID_CONFIG when the file of
   *     digests cannot be read
   */
  void requireJar(String sha256) {
    if (!settings.allow().contains(sha256) && !inFile(sha256)) {
      throw new RuntimeFault(
          ErrorCode.NOT_ALLOWED,
          "the jar of SHA-256 " + sha256 + " is not allowed here, expected=its digest" + where());
    }
  }

  /**
   * Checks a class on the class path of the runtime.
   *
   * @throws RuntimeFault NOT_ALLOWED when its name is not there
   */
  void requireClass(String name) {
    if (!settings.allow().contains(name)) {
      throw new RuntimeFault(
          ErrorCode.NOT_ALLOWED,
          "class " + name + " is not allowed here, expected=its name under verticles.allow of the"
              + " node's settings");
    }
  }

  private String where() {
    Path file = settings.allowFile();
    return file == null
        ? " under verticles.allow, or in the file of verticles.allow_file, of the node's settings"
        : " at the beginning of a line of " + file + ", or under verticles.allow of the node's"
            + " settings";
  }

  private boolean inFile(String sha256) {
    Path file = settings.allowFile();
    if (file == null) {
      return false;
    }
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "verticles.allow_file " + file + ", expected=at most " + FILE_BYTES_MAX + " bytes");
      }
      List<String> lines = Files.readAllLines(file);
      return lines.stream().anyMatch(line -> line.split("\\s", 2)[0].equals(sha256));
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "verticles.allow_file " + file + " cannot be read: " + FileFaults.reason(e),
          e);
    }
  }
}
