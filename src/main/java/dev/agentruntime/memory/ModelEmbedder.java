package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.function.Supplier;

/**
 * An embedding model of LangChain4j. Its calls wait for an answer, so they run on a bounded pool of
 * their own. Safe on every thread.
 */
final class ModelEmbedder implements Embedder {

  private final String space;
  private final Supplier<EmbeddingModel> model;
  private final WorkerExecutor workers;

  /**
   * An embedder.
   *
   * @param space names the model in messages and in stores
   * @param model asked for at each call, so that a changed key takes effect
   */
  ModelEmbedder(String space, Supplier<EmbeddingModel> model, WorkerExecutor workers) {
    this.space = space;
    this.model = model;
    this.workers = workers;
  }

  @Override
  public String space() {
    return space;
  }

  @Override
  public Future<float[]> embed(String text) {
    return workers.executeBlocking(() -> checked(vector(text)), false);
  }

  private float[] vector(String text) {
    try {
      return model.get().embed(text).content().vector();
    } catch (RuntimeException e) {
      // Whatever a model throws means that there is no vector.
      throw new RuntimeFault(
          ErrorCode.MEMORY_UNAVAILABLE,
          "embedding model " + space + ": "
              + (e instanceof RuntimeFault fault ? fault.failure().message() : e.toString()),
          e);
    }
  }

  /** A vector without a direction is near nothing, and stores refuse it. */
  private float[] checked(float[] vector) {
    double length = 0;
    for (float number : vector) {
      length += (double) number * number;
    }
    if (length > 0 && Double.isFinite(length)) {
      return vector;
    }
    throw new RuntimeFault(
        ErrorCode.MEMORY_UNAVAILABLE,
        "embedding model " + space + ", expected=a vector of finite numbers, not all 0, actual="
            + vector.length + " numbers that are not");
  }
}
