package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve --detach} and {@code stop-node}, with the jar as users have it. */
class DetachedNodeIT {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Pattern ADDRESS =
      Pattern.compile("^control +(http://\\S+)", Pattern.MULTILINE);

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path root;

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(root.resolve("agents"));
    Files.writeString(root.resolve("agents/slow.agent"), "name: slow\nmodel: script:slow.yaml\n");
    Files.writeString(
        root.resolve("agents/slow.yaml"), "rules:\n  - say: Done.\n    delay_ms: 60000\n");
  }

  @AfterEach
  void endWhatIsLeft() {
    pid().flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
  }

  private Path pidFile() {
    return root.resolve("data/node-1/node.pid");
  }

  private Optional<Long> pid() {
    try {
      return Files.exists(pidFile())
          ? Optional.of(Long.parseLong(Files.readString(pidFile()).strip()))
          : Optional.empty();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private record Done(int code, String said) {}

  private Done run(String... words) {
    List<String> arguments = new ArrayList<>(List.of(
        "-XX:TieredStopAtLevel=1",
        "-Xmx300m",
        "-jar",
        Path.of(System.getProperty("runtime.jar", "target/runtime.jar"))
            .toAbsolutePath()
            .toString()));
    arguments.addAll(Arrays.asList(words));
    try (Jvm jvm = Jvm.start(root.resolve("commands.log"), arguments)) {
      assertTrue(jvm.awaitEnd(LIMIT), jvm::said);
      return new Done(jvm.exitCode(), jvm.said());
    }
  }

  private Done serve(String control) {
    return run("serve", "--detach", "--control", control, "--ingress", "127.0.0.1:0");
  }

  @Test
  void comesUpInTheBackgroundAndEndsWhenTold() throws IOException {
    Done up = serve("127.0.0.1:0");
    assertEquals(0, up.code(), up::said);
    long pid = pid().orElseThrow();
    assertTrue(up.said().contains("pid      " + pid + "\n"), up::said);
    assertTrue(up.said().contains("ready in "), up::said);
    // By the flags that it was started with, another node would not be ended.
    assertTrue(
        up.said().contains("or: stop-node --control 127.0.0.1:0 --ingress 127.0.0.1:0"), up::said);
    Matcher address = ADDRESS.matcher(up.said());
    assertTrue(address.find(), up::said);
    String url = address.group(1);
    assertEquals(0, run("ps", "--url", url).code());

    Done again = serve("127.0.0.1:0");
    assertEquals(1, again.code());
    assertTrue(again.said().contains("runs already, pid " + pid), again::said);

    // A step in flight would hold the drain up; a second signal does not let it.
    assertEquals(0, run("trigger", "slow", "--url", url).code());
    Done stopped = run("stop-node", "--hurry");
    assertEquals(0, stopped.code(), stopped::said);
    // On a slow machine it also says that it waits.
    assertTrue(stopped.said().strip().endsWith("pid " + pid + " ended"), stopped::said);
    assertFalse(Files.exists(pidFile()), "the pid file stays");
    String log = Files.readString(root.resolve("data/node-1/node.log"));
    assertTrue(log.contains("hurried by a second signal"), log);
    assertFalse(log.contains("Exception"), log);
    assertEquals(1, run("stop-node").code());
  }

  @Test
  void aStalePidFileAndAFailedStartAreTold() throws IOException {
    Done up = serve("127.0.0.1:0");
    assertEquals(0, up.code(), up::said);
    long pid = pid().orElseThrow();
    ProcessHandle node = ProcessHandle.of(pid).orElseThrow();
    assertTrue(node.destroyForcibly());
    node.onExit().join();

    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Done failed = serve("127.0.0.1:" + taken.getLocalPort());
      assertEquals(1, failed.code());
      assertTrue(failed.said().contains("was stale: no node runs as " + pid), failed::said);
      assertTrue(
          failed.said().contains("127.0.0.1:" + taken.getLocalPort() + " is not free"),
          failed::said);
      assertTrue(
          failed.said().contains("the node ended while starting, exit code 1"), failed::said);
    }
    assertFalse(Files.exists(pidFile()));
  }
}
