package dev.agentruntime.llm;

import io.vertx.core.Future;

/**
 * Who is told that a question may have cost something though nobody got an answer, and is asked
 * before it is asked another time. Called on the context that asked the model.
 */
public interface Spending {

  /** Nobody counts. */
  Spending NOBODY = new Spending() {
    @Override
    public void lost() {
      // Nobody.
    }

    @Override
    public Future<Void> again() {
      return Future.succeededFuture();
    }
  };

  /**
   * The provider took the question, or may have, and its answer is lost: it came in part, could not
   * be read or not in time. A call that fails without this has cost nothing, unless it was
   * cancelled.
   */
  void lost();

  /**
   * Whether the question may be asked again, by whichever model; what was lost is on record when it
   * succeeds. Fails with the reason why it may not.
   */
  Future<Void> again();
}
