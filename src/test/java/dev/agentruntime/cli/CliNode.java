package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.api.ApiServer;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node with a control API, and commands that speak to it. */
final class CliNode {

  private final Vertx vertx = Vertx.vertx();
  private final AgentRuntime runtime;
  private final String url;

  CliNode(Path directory) throws Exception {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    ApiServer server = new ApiServer(vertx, new HostPort("127.0.0.1", 0), usual.http(), null);
    runtime = now(AgentRuntime.builder()
        .vertx(vertx)
        .config(new RuntimeConfig(
            null,
            directory.resolve("data"),
            directory.resolve("agents"),
            usual.control(),
            usual.ingress(),
            usual.drainTimeout(),
            usual.journal(),
            usual.http(),
            usual.cluster(),
            usual.models()))
        .part(server)
        .start(false));
    url = "http://127.0.0.1:" + server.port();
  }

  static <T> T now(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static void done(Future<?> future) throws Exception {
    assertTrue(now(future.map("done")) != null);
  }

  static void until(Supplier<Boolean> condition, Supplier<String> otherwise) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.get()) {
      assertTrue(System.nanoTime() < end, otherwise);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  String url() {
    return url;
  }

  @CanIgnoreReturnValue
  AgentProcess deploy(String name, String more, boolean start) throws Exception {
    String yaml = "name: " + name + "\nmodel: echo\ninstructions: Echo.\n" + more;
    return now(runtime.deploy(runtime.manifests().readYaml(yaml, "test", null, false), start));
  }

  /** Deploys an agent that plays; the files its manifest names are in a directory. */
  AgentProcess play(String yaml, Path files) throws Exception {
    return now(runtime.deploy(runtime.manifests().readYaml(yaml, "test", files, false), true));
  }

  /** Puts another manifest in the place of a process's own. */
  void replace(AgentProcess process, String yaml, Path files) throws Exception {
    now(runtime.replace(process, runtime.manifests().readYaml(yaml, "test", files, false)));
  }

  /** Wakes a process and waits until its run ended. */
  void wake(AgentProcess process, Object payload) throws Exception {
    long before = ended(process);
    done(process.trigger(Json.of(payload), Json.EMPTY, null));
    until(() -> ended(process) > before, () -> "the run does not end");
  }

  private static long ended(AgentProcess process) {
    try {
      Object count = now(process.status(false)).object().get("invocation_count");
      return count instanceof Number number ? number.longValue() : 0;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  CliRun run(String... arguments) {
    return CliRun.of(told(arguments).toArray(String[]::new));
  }

  private List<String> told(String... arguments) {
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.addAll(List.of("--url", url));
    return all;
  }

  /** A command that does not end by itself; closing it ends it. */
  Running running(String... arguments) {
    return new Running(told(arguments));
  }

  void close() throws Exception {
    done(runtime.close());
    done(vertx.close());
  }

  /** A command on a thread of its own. */
  static final class Running implements AutoCloseable {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Thread thread;
    private @Nullable Integer code;

    Running(List<String> arguments) {
      thread = new Thread(
          () -> code = Main.run(arguments, new PrintWriter(out), new PrintWriter(err)), "command");
      thread.start();
    }

    /** Waits until it has printed that. */
    void awaitOut(String text) throws Exception {
      until(
          () -> out.toString().contains(text) || !thread.isAlive(),
          () -> "no " + text + " in\n" + out + err);
      assertTrue(out.toString().contains(text), () -> out + "\n" + err);
    }

    String out() {
      return out.toString();
    }

    String err() {
      return err.toString();
    }

    /** Interrupts it; answers its exit code. */
    int end() throws Exception {
      thread.interrupt();
      thread.join(TimeUnit.SECONDS.toMillis(30));
      Integer ended = code;
      assertTrue(ended != null, "the command does not end");
      return ended == null ? -1 : ended;
    }

    @Override
    public void close() {
      thread.interrupt();
      try {
        thread.join(TimeUnit.SECONDS.toMillis(30));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
