package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.disk.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What lies beside a node's journal about the node as a process of the system.
 *
 * @param home the directory of the node
 */
record NodeFiles(Path home) {

  private static final Pattern HOLDER = Pattern.compile("held by pid ([0-9]{1,10})");

  static NodeFiles of(RuntimeConfig config) {
    return new NodeFiles(config.dataDir().resolve(DiskChecks.node(config)));
  }

  /** Where a node in the background says who it is. */
  Path pid() {
    return home.resolve("node.pid");
  }

  /** Where it says what it has to say. */
  Path log() {
    return home.resolve("node.log");
  }

  Path lock() {
    return home.resolve("lock");
  }

  /**
   * The process that runs the node, null when none does. The lock is asked and not the pid file:
   * that one stays behind when a node is killed, and its number may be another's by then.
   */
  @Nullable
  Long holder() {
    if (!Files.exists(lock())) {
      return null;
    }
    try {
      new RealDisk().lock(lock()).close();
      return null;
    } catch (RuntimeFault e) {
      Matcher matcher = HOLDER.matcher(String.valueOf(e.getMessage()));
      if (e.code() == ErrorCode.DIRECTORY_LOCKED && matcher.find()) {
        return Long.parseLong(matcher.group(1));
      }
      throw e;
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, "cannot lock " + lock() + ": " + FileFaults.reason(e), e);
    }
  }

  /** Takes a pid file away that no node stands behind; answers what it said, null for none. */
  @Nullable
  String takeStale() {
    try {
      if (!Files.exists(pid())) {
        return null;
      }
      String said = Files.readString(pid()).strip();
      Files.delete(pid());
      return said;
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, "cannot take away " + pid() + ": " + FileFaults.reason(e), e);
    }
  }

  /** Says in a pid file which process this is. */
  static void say(Path file) {
    try {
      Files.writeString(file, ProcessHandle.current().pid() + "\n");
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, "cannot write the pid file " + file + ": " + FileFaults.reason(e), e);
    }
  }
}
