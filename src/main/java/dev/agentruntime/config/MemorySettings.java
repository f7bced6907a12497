package dev.agentruntime.config;

import org.jspecify.annotations.Nullable;

/**
 * What a node's memories need beside its disk.
 *
 * @param embedding the model that turns texts into vectors, {@code openai:MODEL} or {@code
 *     ollama:MODEL}; null = none
 * @param chroma where a Chroma server is
 * @param mem0 where the Mem0 platform is
 */
public record MemorySettings(@Nullable String embedding, Chroma chroma, Mem0 mem0) {

  /** As without a {@code memory} section. */
  public static final MemorySettings DEFAULT = new MemorySettings(
      null,
      new Chroma("http://127.0.0.1:8000", "default_tenant", "default_database", null),
      new Mem0("https://api.mem0.ai", null));

  /**
   * A Chroma server.
   *
   * @param url default {@code http://127.0.0.1:8000}
   * @param tenant at least 3 characters, made when it is missing; default {@code default_tenant}
   * @param database the same; default {@code default_database}
   * @param token null = none
   */
  public record Chroma(
      String url, String tenant, String database, @Nullable SecretRef token) {}

  /**
   * The Mem0 platform.
   *
   * @param url default {@code https://api.mem0.ai}
   * @param apiKey null = none; nothing is sent without one
   */
  public record Mem0(String url, @Nullable SecretRef apiKey) {}
}
