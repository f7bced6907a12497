package dev.agentruntime.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.contract.MemoryContract;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a server that speaks the platform's documented dialect. */
final class Mem0MemoryTest extends MemoryContract {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private FakeMem0 server;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Memories memories;

  private Memory mem0(@Nullable SecretRef key) {
    MemorySettings usual = MemorySettings.DEFAULT;
    memories = MemoryFixture.memories(
        vertx,
        directory,
        new MemorySettings(null, usual.chroma(), new MemorySettings.Mem0(server.url() + "/", key)),
        null);
    return memories.create(MemoryFixture.config(MemoryConfig.Provider.MEM0));
  }

  @Override
  protected Memory open() throws Exception {
    server = new FakeMem0(vertx);
    return mem0(new SecretRef(SecretRef.Kind.LITERAL, FakeMem0.KEY));
  }

  @Override
  protected void close() throws Exception {
    done(memories.close());
    server.close();
  }

  @Test
  void saysThatTheKeyIsMissingOrWrong() throws Exception {
    done(memories.close());
    assertTrue(refusal(null).contains("expected memory.mem0.api_key to be set"));
    done(memories.close());
    String wrong = refusal(new SecretRef(SecretRef.Kind.LITERAL, "wrong"));
    assertTrue(wrong.contains("status 401: {\"detail\":\"Invalid API key\"}"), wrong);
  }

  @Test
  void aKeyThatTheServerTellsBackIsNotShown() throws Exception {
    done(memories.close());
    String key = "told-back-0123456789";
    String shown = refusal(new SecretRef(SecretRef.Kind.LITERAL, key));
    assertTrue(shown.contains("status 401"), shown);
    assertTrue(shown.contains("[secret:KEY"), shown);
    assertFalse(shown.contains(key.substring(0, 8)), shown);
  }

  private String refusal(@Nullable SecretRef key) {
    Memory memory = mem0(key);
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> await(memory.search(MINE, "apples", 5, 0)));
    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, failed.getCause());
    assertEquals(ErrorCode.MEMORY_UNAVAILABLE, fault.failure().code());
    return fault.failure().message();
  }
}
