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
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LuceneMemoryTest extends MemoryContract {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Memories memories;

  private Memories memories() {
    return MemoryFixture.memories(vertx, directory, MemorySettings.DEFAULT, null);
  }

  @Override
  protected Memory open() {
    memories = memories();
    return memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE));
  }

  @Override
  protected void close() throws Exception {
    done(memories.close());
  }

  @Test
  void isFoundAfterTheIndexWasOpenedAnew() throws Exception {
    done(lucene(memories).store(MINE, memo("a", "apples in the cellar")));
    done(memories.close());
    memories = memories();

    assertEquals(1, await(lucene(memories).search(MINE, "apples", 5, 0)).size());
  }

  @Test
  void saysThatAnotherProgramHasTheIndex() throws Exception {
    done(lucene(memories).store(MINE, memo("a", "apples")));
    Memories other = memories();

    RuntimeFault fault = fault(lucene(other).search(MINE, "apples", 5, 0));

    assertEquals(ErrorCode.MEMORY_UNAVAILABLE, fault.failure().code());
    assertTrue(fault.failure().message().contains("in use by another program"), fault::toString);
    done(other.close());
  }

  @Test
  void saysThatTheIndexIsDamagedAndGoesOnWhenItWasMovedAway() throws Exception {
    done(lucene(memories).store(MINE, memo("a", "apples")));
    done(memories.close());
    Path index = directory.resolve("default");
    try (Stream<Path> files = Files.list(index)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith("segments_")) {
          Files.writeString(file, "no index");
        }
      }
    }
    memories = memories();

    RuntimeFault fault = fault(lucene(memories).store(MINE, memo("b", "pears")));

    assertEquals(ErrorCode.MEMORY_UNAVAILABLE, fault.failure().code());
    assertTrue(fault.failure().message().contains("it can be moved away"), fault::toString);
    Path unused = Files.move(index, directory.resolve("damaged"));
    done(lucene(memories).store(MINE, memo("b", "pears")));
    assertEquals(1, await(lucene(memories).search(MINE, "pears", 5, 0)).size());
  }

  @Test
  void refusesWhatIsTooLongOrEmpty() throws Exception {
    Memory memory = lucene(memories);
    for (Future<?> refused : List.of(
        memory.store(MINE, memo("a", "x".repeat(Memory.CONTENT_CHARS_MAX + 1))),
        memory.store(MINE, memo("a", "")),
        memory.store(MINE, memo("", "x")),
        memory.store(MINE, memo("i".repeat(Memory.ID_CHARS_MAX + 1), "x")),
        memory.search(MINE, "", 5, 0),
        memory.search(MINE, "apples", 0, 0),
        memory.search(MINE, "apples", Memory.RESULTS_MAX + 1, 0),
        memory.list(MINE, Memory.Where.ALL, Memory.RESULTS_MAX + 1, null))) {
      RuntimeFault fault = fault(refused);
      assertEquals(ErrorCode.INVALID_REQUEST, fault.failure().code());
      assertTrue(fault.failure().message().contains("expected=1 to "), fault::toString);
    }
  }

  private static Memory lucene(Memories memories) {
    return memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE));
  }

  private static RuntimeFault fault(Future<?> future) {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> await(future));
    return assertInstanceOf(RuntimeFault.class, failed.getCause());
  }
}
