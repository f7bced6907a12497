package dev.agentruntime.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.EmbeddingSpending;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Embedding models behind LangChain4j, on a server that speaks their protocols. */
final class EmbeddingsTest {

  private static final Scope MINE = new Scope("agent_memory", new ProcessName("mine"), "ann");

  private final Vertx vertx = Vertx.vertx();

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private FakeEmbeddings server;

  @BeforeEach
  void begin() throws Exception {
    server = new FakeEmbeddings(vertx);
  }

  @AfterEach
  void end() throws Exception {
    server.close();
    done(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static void done(Future<?> future) throws Exception {
    Object unused = await(future);
  }

  /** Nobody waits long for a model that says nothing, and long enough for any other. */
  private Memories memories(String embedding) {
    boolean silent = embedding.endsWith("silent");
    MemorySettings usual = MemorySettings.DEFAULT;
    ModelEndpoint endpoint = new ModelEndpoint(
        server.url(),
        new SecretRef(SecretRef.Kind.LITERAL, "sk-test"),
        silent ? Duration.ofSeconds(1) : Duration.ofMinutes(1),
        1,
        0,
        ModelEndpoint.DEFAULT.quota(),
        Map.of(
            "text-embedding-3-small",
            new Price(new BigDecimal("0.02"), BigDecimal.ZERO, BigDecimal.ZERO)));
    Timers timers = new VertxTimers(vertx);
    return new Memories(new Memories.Deps(
        vertx,
        silent ? new OnceSeen(timers, server.seen) : timers,
        directory,
        new MemorySettings(embedding, usual.chroma(), usual.mem0()),
        provider -> endpoint,
        secret -> secret.value(),
        null));
  }

  /** No time is over before the server has seen something: else nothing was sent. */
  private record OnceSeen(Timers timers, List<String> seen) implements Timers {

    @Override
    public Instant now() {
      return timers.now();
    }

    @Override
    public long nanos() {
      return timers.nanos();
    }

    @Override
    public Armed after(Duration delay, Runnable task) {
      return timers.after(delay, () -> {
        if (seen.isEmpty()) {
          Armed unused = after(Duration.ofMillis(20), task);
        } else {
          task.run();
        }
      });
    }

    @Override
    public Armed every(Duration period, Runnable task) {
      return timers.every(period, task);
    }
  }

  private static Memo memo(String content) {
    return new Memo(
        "a", content, List.of(), new Memo.Provenance("operator", false, null), Instant.EPOCH);
  }

  @ParameterizedTest
  @CsvSource({
    "openai:text-embedding-3-small, /embeddings Bearer sk-test text-embedding-3-small",
    "ollama:nomic-embed-text, /api/embed null nomic-embed-text"
  })
  void asksTheModelOfTheProvider(String embedding, String request) throws Exception {
    Memories memories = memories(embedding);
    Memory lucene = memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE));

    done(lucene.store(MINE, memo("apples in the cellar")));

    assertEquals(1, await(lucene.search(MINE, "apples", 5, 0.2)).size());
    assertEquals(List.of(request, request), server.seen);
    done(memories.close());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      openai:broken | embedding model openai:broken: | out of order
      openai:zero   | embedding model openai:zero, expected=a vector | actual=3 numbers
      openai:silent | embedding model openai:silent: | no whole answer within 1000 ms
      ollama:broken | embedding model ollama:broken: | out of order
      """)
  void saysWhyThereIsNoVector(String embedding, String begin, String contains) throws Exception {
    Memories memories = memories(embedding);
    Memory lucene = memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE));

    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> await(lucene.store(MINE, memo("apples"))));

    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, failed.getCause());
    assertEquals(ErrorCode.MEMORY_UNAVAILABLE, fault.failure().code());
    assertTrue(fault.failure().message().startsWith(begin), fault::toString);
    assertTrue(fault.failure().message().contains(contains), fault::toString);
    done(memories.close());
  }

  // --- What it costs

  /** Remembers what it was told; refuses when there is a reason. */
  private static final class Till implements EmbeddingSpending {
    final List<String> told = new CopyOnWriteArrayList<>();

    @Nullable
    RuntimeFault refusal;

    @Override
    public Future<Consumer<Message.Usage>> reserve(Message.Usage most) {
      told.add("most " + most.input() + " " + most.cost());
      return refusal == null
          ? Future.succeededFuture(used -> told.add("used " + used.input() + " " + used.cost()))
          : Future.failedFuture(refusal);
    }
  }

  /** Of a provider that says nothing, and of one whose answer is lost, nothing is known. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      openai:text-embedding-3-small | most 69 1380 | used 1 20
      ollama:nomic-embed-text       | most 69 null | used 0 null
      openai:broken                 | most 69 null | used 0 0
      openai:zero                   | most 69 null | used 1 null
      openai:silent                 | most 69 null | used 0 null
      """)
  void isReservedForBeforeItLeavesAndSettledAfter(String embedding, String most, String used)
      throws Exception {
    Memories memories = memories(embedding);
    Till till = new Till();
    Memory lucene =
        memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE)).countedBy(till);

    Object ignored = await(lucene.search(MINE, "äpp\n", 5, 0).otherwiseEmpty().map("asked"));

    assertEquals(List.of(most, used), till.told);
    done(memories.close());
  }

  @Test
  void aServerThatIsNotReachedCostsNothing() throws Exception {
    Memories memories = memories("openai:any");
    server.close();
    Till till = new Till();
    Memory lucene =
        memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE)).countedBy(till);

    assertThrows(ExecutionException.class, () -> await(lucene.store(MINE, memo("apples"))));

    assertEquals(List.of("most 70 null", "used 0 0"), till.told);
    done(memories.close());
  }

  @Test
  void nothingLeavesThatWhoeverCountsRefuses() throws Exception {
    Memories memories = memories("openai:any");
    Till till = new Till();
    till.refusal = new RuntimeFault(ErrorCode.BUDGET_EXCEEDED, "too much");
    Memory lucene =
        memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE)).countedBy(till);

    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> await(lucene.store(MINE, memo("apples"))));

    assertEquals(till.refusal, failed.getCause());
    assertEquals(List.of(), server.seen);
    done(memories.close());
  }

  @Test
  void chromaWithoutAModelIsRefusedByName() throws Exception {
    Memories memories = MemoryFixture.memories(vertx, directory, MemorySettings.DEFAULT, null);

    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> memories.create(MemoryFixture.config(MemoryConfig.Provider.CHROMA)));

    assertEquals(ErrorCode.INVALID_CONFIG, fault.failure().code());
    assertTrue(fault.failure().message().contains("memory.embedding: openai:"), fault::toString);
    done(memories.close());
  }
}
