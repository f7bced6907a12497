package dev.agentruntime.rules;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** What a test may want of the machine beside a JDK. Each is tried once per JVM, by using it. */
public enum Capability {
  /** What a reader of the README types into. */
  SHELL(true, "bash --version && curl --version && openssl version"),
  /** Tracing the system calls of a child. */
  STRACE(true, "strace -f -o /dev/null true"),
  /** Looking into another JVM; a JDK without its module has none. */
  JCMD(true, "\"" + System.getProperty("java.home") + "/bin/jcmd\" -l"),
  /** A terminal to type into and read from. */
  TMUX(true, "tmux -V"),
  /** Node.js with npm. */
  NODE(true, "node --version && npm --version"),
  /** The real servers that tests talk to, installed as {@code src/test/npm} pins them. */
  NPM_SERVERS(true, "node --version && npm ls --prefix src/test/npm"),
  /** A browser without a window. */
  CHROMIUM(true, "chromium --version || chromium-browser --version || google-chrome --version"),
  /** File systems in files of our own; no machine owes us that either. */
  LOOP_DEVICE(
      false,
      "d=$(mktemp -d) && cd $d && mkdir m && truncate -s 8M i && mkfs.ext4 -q -F i"
          + " && mount -o loop i m; r=$?; umount m; rm -r $d; exit $r"),
  /** Mounts and namespaces of our own; no machine owes us that, so a lack is never an error. */
  PRIVILEGE(false, "unshare --mount --net true");

  private static final long PROBE_TIMEOUT_S = 20;
  private static final Map<Capability, Boolean> PROBED = new ConcurrentHashMap<>();

  private final boolean owedInCi;
  private final String probe;

  Capability(boolean owedInCi, String probe) {
    this.owedInCi = owedInCi;
    this.probe = probe;
  }

  /** Whether a build with {@code CI=true} fails without it. */
  public boolean owedInCi() {
    return owedInCi;
  }

  /** Whether this machine has it: its probe, a shell command, ends with 0. */
  public boolean present() {
    return PROBED.computeIfAbsent(this, unused -> succeeds(probe));
  }

  /** Its name as in reports. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  static boolean succeeds(String command) {
    try {
      Process process = new ProcessBuilder("sh", "-c", command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
      if (process.waitFor(PROBE_TIMEOUT_S, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (IOException absent) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
