package dev.agentruntime.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.trigger.ListSink;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file watch on Vert.x, told by the operating system. Rescans are too rare to help it. */
class RealWatchTest {

  private static final Duration MOMENT = Duration.ofSeconds(60);

  @TempDir
  Path base;

  private final ListSink sink = new ListSink();
  private Vertx vertx;
  private Context context;
  private Path root;
  private Trigger trigger;

  @BeforeEach
  void start() throws IOException {
    vertx = Vertx.vertx();
    context = vertx.getOrCreateContext();
    root = base.resolve("in");
    Files.createDirectory(root);
    Timers timers = new VertxTimers(vertx);
    TriggerConfig.FileWatch config = new TriggerConfig.FileWatch(
        "files",
        "in",
        List.of("*"),
        List.of("created", "modified", "deleted", "moved"),
        new TriggerConfig.WatchPolicy(
            true, Duration.ofMillis(100), Duration.ofMillis(200), false, Duration.ofDays(1), false),
        TriggerConfig.Rules.NONE);
    TriggerDeps deps = new TriggerDeps(
        new ProcessName("watcher"),
        task -> context.runOnContext(run -> task.run()),
        timers,
        Ids.random(timers),
        secret -> "",
        null,
        new Subscriptions(new NodeId("node-1")));
    trigger = FileWatches.of(vertx, base).create(config, deps);
    onContext(() -> trigger.start(sink));
  }

  @AfterEach
  void end() {
    onContext(trigger::stop);
    onContext(vertx::close);
  }

  private void onContext(Supplier<Future<Void>> call) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(run -> call.get().onComplete(done));
    try {
      done.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + MOMENT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + MOMENT + ": " + what);
      }
      Thread.onSpinWait();
    }
  }

  private Set<String> fires() {
    Set<String> out = new HashSet<>();
    sink.events()
        .forEach(event -> out.add(event.payload().object().get("event_type") + " "
            + event.payload().object().get("relative")));
    return out;
  }

  private void awaitFires(Set<String> expected) {
    await("the events " + expected, () -> fires().containsAll(expected));
    assertEquals(expected, fires());
    assertEquals(expected.size(), sink.offers());
  }

  @Test
  void hearsOfFilesInDirectoriesMadeInOneGo() throws IOException {
    Files.createDirectories(root.resolve("a/b/c"));
    Files.writeString(root.resolve("a/b/c/deep.csv"), "1");
    Files.writeString(root.resolve("top.csv"), "1");
    awaitFires(Set.of("created a/b/c/deep.csv", "created top.csv"));
  }

  @Test
  void hearsOfADirectoryMovedInAndOut() throws IOException {
    Path outside = base.resolve("outside");
    Files.createDirectory(outside);
    Files.writeString(outside.resolve("x"), "1");
    Files.move(outside, root.resolve("moved"));
    awaitFires(Set.of("created moved/x"));
    Files.move(root.resolve("moved"), outside);
    awaitFires(Set.of("created moved/x", "deleted moved/x"));
  }

  @Test
  void hearsOfAnAtomicReplacement() throws IOException {
    Files.writeString(root.resolve("a.csv"), "1");
    awaitFires(Set.of("created a.csv"));
    Files.writeString(root.resolve("a.csv.tmp"), "22");
    Files.move(
        root.resolve("a.csv.tmp"),
        root.resolve("a.csv"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    awaitFires(Set.of("created a.csv", "modified a.csv"));
  }

  @Test
  void knowsARenameFromADeletion() throws IOException {
    Files.writeString(root.resolve("a"), "1");
    awaitFires(Set.of("created a"));
    Files.move(root.resolve("a"), root.resolve("b"));
    awaitFires(Set.of("created a", "moved b"));
    Files.delete(root.resolve("b"));
    awaitFires(Set.of("created a", "moved b", "deleted b"));
  }

  @Test
  void followsNoLinkToTheWholeMachine() throws IOException {
    Files.createSymbolicLink(root.resolve("all"), Path.of("/"));
    Files.createSymbolicLink(root.resolve("loop"), root);
    Files.writeString(root.resolve("a"), "1");
    awaitFires(Set.of("created a"));
  }

  @Test
  void aBurstOfFiveThousandFilesFiresEachOnce() throws IOException {
    for (int i = 0; i < 5000; i++) {
      Files.writeString(root.resolve("f" + i), "1");
    }
    await("5,000 events", () -> sink.offers() >= 5000);
    Files.writeString(root.resolve("last"), "1");
    await("the last one", () -> fires().contains("created last"));
    assertEquals(5001, sink.offers());
    assertEquals(5001, fires().size());
    assertTrue(fires().contains("created f4999"));
  }
}
