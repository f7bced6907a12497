package dev.agentruntime.memory;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.time.VertxTimers;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Memories as a node makes them. */
final class MemoryFixture {

  private MemoryFixture() {}

  static Memories memories(
      Vertx vertx, Path directory, MemorySettings settings, @Nullable EmbeddingModel model) {
    return new Memories(new Memories.Deps(
        vertx,
        new VertxTimers(vertx),
        directory,
        settings,
        provider -> ModelEndpoint.DEFAULT,
        secret -> secret.value(),
        model));
  }

  static MemoryConfig config(MemoryConfig.Provider provider) {
    return new MemoryConfig(
        provider, "agent_memory", null, "default", false, 5, 0, Duration.ofSeconds(5));
  }
}
