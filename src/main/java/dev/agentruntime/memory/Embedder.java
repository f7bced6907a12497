package dev.agentruntime.memory;

import dev.agentruntime.llm.EmbeddingSpending;
import io.vertx.core.Future;

/** Turns texts into vectors that are near each other when the texts mean the same. */
interface Embedder {

  /** Which model it is: vectors of different spaces cannot be compared. */
  String space();

  /**
   * The vector of a text; fails with {@code MEMORY_UNAVAILABLE} when there is none to be had, and
   * as whoever counts does when he does not let it be asked for.
   */
  Future<float[]> embed(String text, EmbeddingSpending spending);
}
