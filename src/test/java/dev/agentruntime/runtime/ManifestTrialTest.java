package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.ManifestDesk;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerContext;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A change that cannot listen is refused before it is journaled, whenever the node dies. */
@ExtendWith(VertxExtension.class)
final class ManifestTrialTest {

  private static final String SLOW = "{\"type\":\"slow\",\"id\":\"late\"}";

  /** A type whose triggers take their time; shared with the nodes that are made of a crash. */
  private final Slow slow = new Slow();

  @TempDir
  private Path root = Path.of("");

  private @Nullable AgentRuntime running;

  /** Says itself when it listens. */
  private static final class Slow implements TriggerType {
    private final AtomicReference<Promise<Void>> next = new AtomicReference<>(Promise.promise());
    private final AtomicReference<@Nullable TriggerSink> sink = new AtomicReference<>();
    private final AtomicReference<@Nullable TriggerContext> context = new AtomicReference<>();

    @Override
    public String name() {
      return "slow";
    }

    @Override
    public Trigger create(TriggerConfig.Custom config, TriggerContext made) {
      return new Trigger() {
        @Override
        public String id() {
          return config.id();
        }

        @Override
        public String type() {
          return name();
        }

        @Override
        public Future<Void> start(TriggerSink given) {
          context.set(made);
          sink.set(given);
          return said().future();
        }

        @Override
        public Future<Void> stop() {
          return Future.succeededFuture();
        }
      };
    }

    Promise<Void> said() {
      return Objects.requireNonNull(next.get());
    }

    /** A new one begins to listen, and has not said yet that it does. */
    void awaited() {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (sink.get() == null) {
        assertTrue(System.nanoTime() < end, "nobody starts it");
        Thread.onSpinWait();
      }
    }

    Future<TriggerSink.Accepted> offer(String word) {
      Promise<TriggerSink.Accepted> answer = Promise.promise();
      TriggerContext here = Objects.requireNonNull(context.get());
      TriggerSink to = Objects.requireNonNull(sink.get());
      here.thread().execute(() -> to.offer(here.event(Json.of(word), null)).onComplete(answer));
      return answer.future();
    }
  }

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    running = begin(vertx, root.resolve("data"));
    String yaml = """
        version: "1.0"
        name: a
        model: echo
        triggers:
          - {type: event, id: builds, event_type: build.done}
        """;
    Manifest manifest = runtime().manifests().readYaml(yaml, "test", null, false);
    Node.nothing(runtime().deploy(manifest, true));
  }

  @AfterEach
  void stop() {
    Node.nothing(runtime().close());
  }

  private AgentRuntime runtime() {
    return Objects.requireNonNull(running);
  }

  private AgentProcess process() {
    return runtime().require("a");
  }

  private AgentRuntime begin(Vertx vertx, Path data) {
    RuntimeConfig d = RuntimeConfig.DEFAULT;
    return Node.now(AgentRuntime.builder()
        .vertx(vertx)
        .trigger(slow)
        .config(new RuntimeConfig(
            "node-1",
            data,
            root.resolve("agents"),
            d.control(),
            d.ingress(),
            d.drainTimeout(),
            d.journal(),
            d.http(),
            d.cluster(),
            d.models()))
        .start(false));
  }

  /** What a node tells that starts from what was on the disk at this moment. */
  private Map<String, @Nullable Object> afterACrash(Vertx vertx, String step) throws IOException {
    Path from = root.resolve("data");
    Path to = root.resolve(step);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : files.filter(path -> !path.toString().contains("lock")).toList()) {
        Path target = to.resolve(from.relativize(each).toString());
        if (Files.isDirectory(each)) {
          Files.createDirectories(target);
        } else {
          Files.copy(each, target);
        }
      }
    }
    AgentRuntime again = begin(vertx, to);
    Map<String, @Nullable Object> status =
        Node.now(again.require("a").status(false)).object();
    Node.nothing(again.close());
    return status;
  }

  private static void is(Map<String, @Nullable Object> status, long version) {
    assertEquals("running", status.get("state"), status::toString);
    assertEquals(
        version, Json.of(status.get("manifest")).object().get("version"), status::toString);
  }

  private Future<Json> add() {
    slow.sink.set(null);
    slow.next.set(Promise.promise());
    return new ManifestDesk(process()).add(runtime().manifests().readTrigger(Json.parse(SLOW)));
  }

  private long takers() {
    return Node.now(runtime().events().emit("build.done", Json.EMPTY, "test", null))
        .takers();
  }

  @Test
  void oneThatCannotListenLeavesNothing(Vertx vertx) throws IOException {
    is(afterACrash(vertx, "before"), 1);
    Future<Json> added = add();
    slow.awaited();
    is(afterACrash(vertx, "tried"), 1);
    assertEquals(1, takers(), "what listened before listens on");
    slow.said().fail("its place is taken");
    RuntimeFault refused = assertThrows(RuntimeFault.class, () -> Node.now(added));
    assertTrue(refused.failure().message().contains("its place is taken"), refused::getMessage);
    is(afterACrash(vertx, "refused"), 1);
    is(Node.now(process().status(false)).object(), 1);
    assertEquals(1, takers());
  }

  @Test
  void oneThatListensIsJournaledAndWhatItHeardBeforeRuns(Vertx vertx) throws IOException {
    Future<Json> added = add();
    slow.awaited();
    Future<TriggerSink.Accepted> early = slow.offer("early");
    is(afterACrash(vertx, "tried"), 1);
    slow.said().complete();
    assertEquals("late", Node.now(added).object().get("id"));
    assertTrue(Node.now(early).durable());
    is(Node.now(process().status(false)).object(), 2);
    is(afterACrash(vertx, "after"), 2);
  }

  @Test
  void changesTakeTheirTurns() {
    Future<Json> added = add();
    slow.awaited();
    Future<Void> told = new ManifestDesk(process()).instructions("Be brief.");
    Future<Void> gone = new ManifestDesk(process()).remove("builds");
    slow.said().complete();
    Node.nothing(Future.join(added, told, gone));
    Map<String, @Nullable Object> status = Node.now(process().status(false)).object();
    is(status, 4);
    assertEquals(0, takers());
    assertEquals(
        ErrorCode.TRIGGER_NOT_FOUND,
        assertThrows(
                RuntimeFault.class,
                () -> Node.nothing(new ManifestDesk(process()).remove("builds")))
            .code());
  }

  @Test
  void oneThatStartsWhenAllWorkEndsStartsAtTheLift() {
    slow.sink.set(null);
    slow.next.set(Promise.promise());
    Manifest manifest = runtime()
        .manifests()
        .readYaml(
            "version: \"1.0\"\nname: b\nmodel: echo\ntriggers: [{type: slow, id: late}]\n",
            "test",
            null,
            false);
    Future<AgentProcess> deployed = runtime().deploy(manifest, true);
    slow.awaited();
    Json unused = Node.now(runtime().killSwitch().pull("ops", ""));
    slow.said().complete();
    RuntimeFault refused = assertThrows(RuntimeFault.class, () -> Node.now(deployed));
    assertTrue(refused.failure().message().contains("ended"), refused::getMessage);
    assertEquals(
        "starting", Node.now(runtime().require("b").status(false)).object().get("state"));
    unused = Node.now(runtime().killSwitch().lift("ops"));
    awaitState("b", "running");
  }

  private void awaitState(String process, String state) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!state.equals(
        Node.now(runtime().require(process).status(false)).object().get("state"))) {
      assertTrue(System.nanoTime() < end, () -> process + " is not " + state);
    }
  }

  @Test
  void whatIsTriedWhenAllWorkEndsIsRefusedAndListensNoMore() {
    Future<Json> added = add();
    slow.awaited();
    Json unused = Node.now(runtime().killSwitch().pull("ops", ""));
    slow.said().complete();
    RuntimeFault refused = assertThrows(RuntimeFault.class, () -> Node.now(added));
    assertEquals(ErrorCode.KILLED, refused.code());
    unused = Node.now(runtime().killSwitch().lift("ops"));
    is(Node.now(process().status(false)).object(), 1);
    assertEquals(1, takers());
  }
}
