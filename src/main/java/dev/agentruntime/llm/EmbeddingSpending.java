package dev.agentruntime.llm;

import dev.agentruntime.core.Message;
import io.vertx.core.Future;
import java.util.function.Consumer;

/** Who counts what texts cost that an embedding model reads. */
public interface EmbeddingSpending {

  /** Nobody counts. */
  EmbeddingSpending NOBODY = most -> Future.succeededFuture(used -> {});

  /**
   * Asked before a text leaves the JVM, on the thread that wants it to.
   *
   * @return on record when it succeeds, with whom to tell what was used, whatever comes of it:
   *     tokens and cost 0 for nothing, tokens 0 without a cost when nobody knows, so all of it was.
   *     Fails with the reason why it may not leave
   */
  Future<Consumer<Message.Usage>> reserve(Message.Usage most);
}
