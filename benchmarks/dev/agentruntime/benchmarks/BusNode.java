package dev.agentruntime.benchmarks;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;

/**
 * A node in this JVM, with a journal on the disk to be measured and echo agents that listen. For
 * one thread.
 */
final class BusNode implements AutoCloseable {

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** What may be said and not durable yet. */
  private static final int WINDOW = 256;

  private static final String LISTENER = """
      version: "1.0"
      name: listener-%d
      model: echo
      instructions: Echo.
      triggers:
      %s
      context:
        conversation_max_messages: 2
      config:
        concurrency: 100
        trigger_inbox_max: 1000000
        trigger_inbox_bytes: 1073741824
      """;

  private final AgentRuntime runtime;
  private final List<AgentProcess> listeners = new ArrayList<>();

  /**
   * Starts it.
   *
   * @param trigger one item of a manifest's triggers, indented by two
   */
  BusNode(Path home, int count, String trigger) throws Exception {
    this(home, List.of(), listeners(count, trigger));
  }

  /**
   * Starts it with other agents.
   *
   * @param tools what they can call
   * @param manifests theirs
   */
  BusNode(Path home, List<Tool> tools, List<String> manifests) throws Exception {
    RuntimeConfig d = RuntimeConfig.DEFAULT;
    Files.createDirectories(home);
    AgentRuntime.Builder builder = AgentRuntime.builder()
        .config(new RuntimeConfig(
            "node-1",
            home.resolve("data"),
            home.resolve("agents"),
            d.control(),
            d.ingress(),
            d.drainTimeout(),
            d.journal(),
            d.http(),
            d.cluster(),
            d.models()));
    for (Tool tool : tools) {
      builder = builder.tool(tool);
    }
    runtime = now(builder.start(false));
    for (String manifest : manifests) {
      listeners.add(
          now(runtime.deploy(runtime.manifests().readYaml(manifest, "bench", home, false), true)));
    }
  }

  private static List<String> listeners(int count, String trigger) {
    List<String> manifests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      manifests.add(LISTENER.formatted(i, trigger));
    }
    return manifests;
  }

  /** One of its agents, from 0. */
  AgentProcess agent(int index) {
    return listeners.get(index);
  }

  AgentRuntime runtime() {
    return runtime;
  }

  static <T> T now(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
  }

  /**
   * Says things for a while, as many at once as the window lets, and waits until all was run.
   *
   * @param each how many runs one of them becomes
   * @return runs a second, from the first word to the last run
   */
  double measure(int seconds, int each, LongFunction<Future<?>> say) throws Exception {
    return measure(Duration.ofSeconds(seconds), each, say);
  }

  /** As {@link #measure(int, int, LongFunction)}, for any while. */
  double measure(Duration time, int each, LongFunction<Future<?>> say) throws Exception {
    long before = settled();
    Semaphore window = new Semaphore(WINDOW);
    AtomicLong failed = new AtomicLong();
    long start = System.nanoTime();
    long end = start + time.toNanos();
    long said = 0;
    while (System.nanoTime() < end) {
      window.acquire();
      say.apply(said++).onComplete(done -> {
        if (done.failed()) {
          failed.incrementAndGet();
        }
        window.release();
      });
    }
    window.acquire(WINDOW);
    if (failed.get() > 0) {
      System.err.println("refused: " + failed.get() + " of " + said);
    }
    long expected = before + (said - failed.get()) * each;
    while (settled() < expected) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    return (expected - before) * 1e9 / (System.nanoTime() - start);
  }

  /** How many runs have ended. */
  long settled() throws Exception {
    long all = 0;
    for (AgentProcess listener : listeners) {
      Json status = now(listener.status(false));
      all +=
          status.object().get("invocation_count") instanceof Number count ? count.longValue() : 0;
    }
    return all;
  }

  @Override
  public void close() {
    runtime
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
  }
}
