package dev.agentruntime.crash;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The real runtime in a JVM of its own. */
final class RuntimeProcess implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(40);
  private static final Pattern CONTROL = Pattern.compile("^control\\s+(http://\\S+)");
  private static final Pattern INGRESS = Pattern.compile("^ingress\\s+(http://\\S+)");
  private static final Pattern READY = Pattern.compile("^ready\\b");

  private final Jvm jvm;
  private final String failpoints;
  private @Nullable NodeApi api;

  RuntimeProcess(Jvm jvm, String failpoints) {
    this.jvm = jvm;
    this.failpoints = failpoints;
  }

  /** Whether it serves now; false when it ended, or did not come up in time. */
  boolean awaitReady() {
    if (jvm.await(READY, START_LIMIT) == null) {
      return false;
    }
    Matcher control = jvm.await(CONTROL, Duration.ZERO);
    Matcher ingress = jvm.await(INGRESS, Duration.ZERO);
    if (control == null || ingress == null) {
      throw new AssertionError("ready, and no addresses said:\n" + jvm.said());
    }
    api = new NodeApi(control.group(1), ingress.group(1));
    return true;
  }

  /** Its addresses; it must be ready. */
  NodeApi api() {
    if (api == null) {
      throw new IllegalStateException("not ready");
    }
    return api;
  }

  boolean isAlive() {
    return jvm.isAlive();
  }

  boolean awaitEnd(Duration limit) {
    return jvm.awaitEnd(limit);
  }

  /** SIGSTOP; back when no thread of it runs any more. */
  void freeze() {
    jvm.signal("STOP");
    Path stat = Path.of("/proc", Long.toString(jvm.pid()), "stat");
    OnASite.await("a frozen process", () -> Files.readString(stat).contains(") T "));
  }

  /** SIGKILL. */
  void kill9() {
    jvm.kill9();
  }

  /** SIGTERM, and waits; answers the exit code. */
  int term() {
    jvm.term();
    if (!jvm.awaitEnd(STOP_LIMIT)) {
      throw new AssertionError("no end " + STOP_LIMIT + " after SIGTERM:\n" + jvm.said());
    }
    return jvm.exitCode();
  }

  /** SIGTERM, which must end it with code 0. */
  void stop() {
    int code = term();
    if (code != 0) {
      throw new AssertionError(
          "exit code after SIGTERM, expected=0, actual=" + code + "\n" + jvm.said());
    }
  }

  int exitCode() {
    return jvm.exitCode();
  }

  long pid() {
    return jvm.pid();
  }

  String said() {
    return jvm.said();
  }

  @Override
  public String toString() {
    return failpoints.isEmpty() ? "node" : "node with " + failpoints;
  }

  @Override
  public void close() {
    jvm.close();
  }
}
