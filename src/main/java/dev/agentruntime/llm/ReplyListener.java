package dev.agentruntime.llm;

/**
 * Hears a model's reply while it is being written. What it hears is provisional: a crash, a retry
 * or another model may still replace it, and only the reply itself counts. Called on the context
 * that asked the model; it must return at once. A model that answers at once says nothing before.
 */
public interface ReplyListener {

  /** Nobody. */
  ReplyListener NOBODY = new ReplyListener() {
    @Override
    public boolean listening() {
      return false;
    }

    @Override
    public void hear(Piece piece) {
      // Nobody.
    }
  };

  /** Whether anybody does; while it is false, no piece is made. */
  boolean listening();

  /** The next piece, in order. */
  void hear(Piece piece);

  /** A part of a reply. */
  sealed interface Piece {}

  /** Some more words. */
  record Text(String text) implements Piece {}

  /**
   * Some more of a tool call.
   *
   * @param index counts the tool calls of the reply from 0
   * @param arguments the next characters of its arguments; some providers send them in one piece
   */
  record Call(int index, String tool, String arguments) implements Piece {}

  /** What was heard of this reply does not count: the model is asked again, or another one is. */
  record Again(String why) implements Piece {}
}
