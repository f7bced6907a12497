package dev.agentruntime.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.contract.MemoryContract;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real server; each test has a tenant and a database that are made for it. */
@Needs(Capability.NPM_SERVERS)
final class ChromaMemoryIT extends MemoryContract {

  private static final AtomicInteger TESTS = new AtomicInteger();

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  static Path data;

  @SuppressWarnings("NullAway.Init") // made before each test
  private static ChromaServer server;

  @SuppressWarnings("NullAway.Init") // made before each test
  private MemorySettings settings;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Memories memories;

  @BeforeAll
  static void startServer() throws Exception {
    server = new ChromaServer(data);
  }

  @AfterAll
  static void endServer() throws Exception {
    server.close();
  }

  private Memory chroma(MemorySettings at, EmbeddingModel model) {
    memories = MemoryFixture.memories(vertx, data, at, model);
    return memories.create(MemoryFixture.config(MemoryConfig.Provider.CHROMA));
  }

  private static MemorySettings at(String url, int number) {
    MemorySettings usual = MemorySettings.DEFAULT;
    return new MemorySettings(
        null,
        new MemorySettings.Chroma(url, "tenant_" + number, "database_" + number, null),
        usual.mem0());
  }

  @Override
  protected Memory open() {
    settings = at(server.url(), TESTS.incrementAndGet());
    return chroma(settings, new WordVectors());
  }

  @Override
  protected void close() throws Exception {
    done(memories.close());
  }

  @Test
  void goesOnWhenTheServerWasKilledAndCameBack() throws Exception {
    Memory memory = chroma(settings, new WordVectors());
    done(memory.store(MINE, memo("a", "apples in the cellar")));

    server.kill();
    RuntimeFault away = fault(memory);
    assertEquals(ErrorCode.MEMORY_UNAVAILABLE, away.failure().code());
    assertTrue(away.failure().message().contains("memory server 127.0.0.1:"), away::toString);
    server.restart();

    assertEquals(1, await(memory.search(MINE, "apples", 5, 0)).size());
  }

  @Test
  void saysThatAnotherModelHasOtherDimensions() throws Exception {
    done(chroma(settings, new WordVectors()).store(MINE, memo("a", "apples")));
    done(memories.close());
    Memory other = chroma(settings, new EmbeddingModel() {
      @Override
      public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
        return Response.from(
            texts.stream().map(text -> Embedding.from(new float[] {1, 2, 3})).toList());
      }
    });

    RuntimeFault fault = fault(other);

    assertTrue(fault.failure().message().contains("dimension"), fault::toString);
  }

  private static RuntimeFault fault(Memory memory) {
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> await(memory.search(MINE, "apples", 5, 0)));
    return assertInstanceOf(RuntimeFault.class, failed.getCause());
  }
}
