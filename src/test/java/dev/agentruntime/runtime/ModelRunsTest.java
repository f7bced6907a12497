package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.live.LiveEntries;
import dev.agentruntime.live.LiveReplies;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.provider.FakeOpenAi;
import dev.agentruntime.provider.FakeProvider.Answer;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on a model over the wire, and a thousand that wait for a slow one. */
final class ModelRunsTest {

  private static final int PROCESSES = 10;
  private static final int EACH = 100;

  /** Threads that may come beside those there were. */
  private static final int HANDFUL = 8;

  @TempDir
  private Path root = Path.of("");

  private final Vertx vertx = Vertx.vertx();
  private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean slow = new AtomicBoolean(true);

  @AfterEach
  void stop() {
    Node.nothing(vertx.close());
  }

  private Node node(int concurrency) throws IOException {
    FakeOpenAi fake = Node.now(FakeOpenAi.start(vertx));
    Answer done = FakeOpenAi.text("done");
    fake.answer((v, request) -> {
      if (slow.get()) {
        held.add(() -> v.runOnContext(go -> done.write(v, request)));
      } else {
        done.write(v, request);
      }
    });
    Node node = new Node(vertx, root)
        .memory()
        .models(Map.of(
            "openai",
            new ModelEndpoint(
                fake.baseUrl(),
                null,
                Duration.ofMinutes(2),
                1,
                0,
                new Quota(concurrency, 0, Duration.ofMinutes(5)),
                Map.of(
                    "fake-1",
                    new Price(new BigDecimal("2"), new BigDecimal("10"), BigDecimal.ONE)))));
    node.start(false);
    for (int i = 0; i < PROCESSES; i++) {
      node.deployYaml("version: \"1.0\"\nname: slow" + i + "\nmodel: openai:fake-1\n"
          + "instructions: Wait.\nconfig: {concurrency: " + EACH + "}\n");
    }
    return node;
  }

  private static long number(Node node, String key) {
    Object gates = Objects.requireNonNull(Node.now(node.runtime().models()).value());
    Map<?, ?> gate = (Map<?, ?>) ((List<?>) gates).get(0);
    return ((Number) Objects.requireNonNull(gate.get(key))).longValue();
  }

  private void thousandWait(Node node, int asking) {
    slow.set(false);
    node.trigger("slow0", "warm up");
    node.until("slow0", "invocation_count", 1);
    slow.set(true);
    int before = ManagementFactory.getThreadMXBean().getThreadCount();
    for (int i = 0; i < PROCESSES * EACH; i++) {
      node.trigger("slow" + i % PROCESSES, i);
    }
    node.until(() -> held.size() == asking
        && number(node, "in_flight") == asking
        && number(node, "waiting") == PROCESSES * EACH - asking);
    int more = ManagementFactory.getThreadMXBean().getThreadCount() - before;
    System.out.println("runs waiting for a model: " + PROCESSES * EACH + ", of them asking: "
        + asking + ", threads more than before: " + more);
    assertTrue(more <= HANDFUL, more + " more threads");
    slow.set(false);
    held.forEach(Runnable::run);
    for (int i = 0; i < PROCESSES; i++) {
      node.until("slow" + i, "invocation_count", i == 0 ? EACH + 1 : EACH);
    }
    assertEquals(PROCESSES * EACH + 1L, number(node, "asked"));
    assertEquals(0, number(node, "in_flight"));
  }

  @Test
  void whatARunCostIsShownAndWhoAnsweredIsToo() throws IOException {
    Node node = node(10);
    slow.set(false);
    List<LiveReplies.Heard> heard = new CopyOnWriteArrayList<>();
    Runnable end = Node.now(node.process("slow0").follow(new LiveEntries.Follower() {
      @Override
      public void durable(long sequence) {}

      @Override
      public void heard(LiveReplies.Heard piece) {
        heard.add(piece);
      }

      @Override
      public void ended() {}
    }));
    node.trigger("slow0", "once");
    node.until("slow0", "invocation_count", 1);
    end.run();
    Json one = Node.now(node.process("slow0")
        .invocation(new InvocationId(node.invocations("slow0", 1).get(0))));
    Map<?, ?> usage = (Map<?, ?>) Objects.requireNonNull(one.object().get("usage"));
    assertEquals("{input=11, output=7, cached=0, cost_usd=0.000092}", usage.toString());
    Map<?, ?> step = (Map<?, ?>) Node.list(one, "steps").get(0);
    assertEquals("openai:fake-1", step.get("model"));
    assertEquals(usage, step.get("usage"));
    assertEquals(
        "done",
        heard.stream()
            .map(piece -> ((ReplyListener.Text) piece.piece()).text())
            .collect(Collectors.joining()));
    node.stop();
  }

  @Test
  void allAsking() throws IOException {
    Node node = node(4_096);
    thousandWait(node, PROCESSES * EACH);
    node.stop();
  }

  @Test
  void mostOfThemAtTheGate() throws IOException {
    Node node = node(20);
    thousandWait(node, 20);
    node.stop();
  }
}
