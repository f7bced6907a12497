package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.EmbeddingSpending;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An embedding model of LangChain4j. Its calls wait for an answer, so they run on a bounded pool of
 * their own. Safe on every thread.
 */
final class ModelEmbedder implements Embedder {

  /** What a model may put around a text, in tokens. */
  private static final int AROUND = 64;

  private static final Message.Usage UNKNOWN = new Message.Usage(0, 0);

  private final String space;
  private final Supplier<EmbeddingModel> model;
  private final WorkerExecutor workers;
  private final @Nullable LongFunction<Message.Usage> cost;

  /**
   * An embedder.
   *
   * @param space names the model in messages and in stores
   * @param model asked for at each call, so that a changed key takes effect
   * @param cost what so many tokens are worth; null = nobody counts them
   */
  ModelEmbedder(
      String space,
      Supplier<EmbeddingModel> model,
      WorkerExecutor workers,
      @Nullable LongFunction<Message.Usage> cost) {
    this.space = space;
    this.model = model;
    this.workers = workers;
    this.cost = cost;
  }

  @Override
  public String space() {
    return space;
  }

  @Override
  public Future<float[]> embed(String text, EmbeddingSpending spending) {
    LongFunction<Message.Usage> paid = cost;
    if (paid == null) {
      return asked(text).compose(Answer::vector);
    }
    // No tokenizer in use makes more tokens than there are bytes.
    long most = (long) text.getBytes(StandardCharsets.UTF_8).length + AROUND;
    return spending
        .reserve(paid.apply(most))
        .compose(counts -> asked(text)
            .onFailure(cause -> counts.accept(UNKNOWN))
            .compose(answer -> {
              Long tokens = answer.tokens();
              counts.accept(tokens == null ? UNKNOWN : used(paid, tokens));
              return answer.vector();
            }));
  }

  /**
   * What came of asking.
   *
   * @param tokens that were read; null = nobody said, so all that may have been
   */
  private record Answer(Future<float[]> vector, @Nullable Long tokens) {}

  private Future<Answer> asked(String text) {
    return workers.executeBlocking(() -> answer(text), false);
  }

  private Answer answer(String text) {
    EmbeddingModel made;
    try {
      made = model.get();
    } catch (RuntimeException e) {
      // Nothing was sent.
      return new Answer(failed(e), 0L);
    }
    try {
      Response<Embedding> response = made.embed(text);
      return new Answer(checked(response.content().vector()), tokens(response.tokenUsage()));
    } catch (RuntimeException e) {
      // Whatever a model throws means that there is no vector.
      return new Answer(failed(e), isFree(e) ? (Long) 0L : null);
    }
  }

  /** Nothing is worth nothing, also where nobody knows a price. */
  private static Message.Usage used(LongFunction<Message.Usage> paid, long tokens) {
    return tokens == 0 ? Message.Usage.NONE : paid.apply(tokens);
  }

  private static @Nullable Long tokens(@Nullable TokenUsage said) {
    Integer read = said == null ? null : said.inputTokenCount();
    return read == null || read <= 0 ? null : (Long) read.longValue();
  }

  /** A status that is no success, and a server that was not reached, cost nothing. */
  private static boolean isFree(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof HttpException || cause instanceof ConnectException) {
        return true;
      }
    }
    return false;
  }

  private Future<float[]> failed(RuntimeException e) {
    return Future.failedFuture(new RuntimeFault(
        ErrorCode.MEMORY_UNAVAILABLE,
        "embedding model " + space + ": "
            + (e instanceof RuntimeFault fault ? fault.failure().message() : e.toString()),
        e));
  }

  /** A vector without a direction is near nothing, and stores refuse it. */
  private Future<float[]> checked(float[] vector) {
    double length = 0;
    for (float number : vector) {
      length += (double) number * number;
    }
    if (length > 0 && Double.isFinite(length)) {
      return Future.succeededFuture(vector);
    }
    return Future.failedFuture(new RuntimeFault(
        ErrorCode.MEMORY_UNAVAILABLE,
        "embedding model " + space + ", expected=a vector of finite numbers, not all 0, actual="
            + vector.length + " numbers that are not"));
  }
}
