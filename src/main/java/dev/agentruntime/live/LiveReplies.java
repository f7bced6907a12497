package dev.agentruntime.live;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.llm.ReplyListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Who follows the replies of a process's models while they are written. What followers hear is
 * provisional; what holds is the {@code model_reply} in the journal. Without followers nothing is
 * made and nothing is kept. Followers come and go on every thread and hear on the process's.
 */
public final class LiveReplies {

  private static final System.Logger LOG = System.getLogger(LiveReplies.class.getName());

  private final List<Consumer<Heard>> followers = new CopyOnWriteArrayList<>();

  /** Nobody follows yet. */
  public LiveReplies() {}

  /**
   * A piece of a reply.
   *
   * @param turn from 1
   */
  public record Heard(InvocationId invocation, int turn, ReplyListener.Piece piece) {}

  /**
   * Follows from now on.
   *
   * @param follower told on the process's context; it must return at once
   * @return ends it
   */
  public Runnable follow(Consumer<Heard> follower) {
    // Wrapped, so that one who follows twice can leave once.
    Consumer<Heard> mine = heard -> follower.accept(heard);
    followers.add(mine);
    return () -> followers.remove(mine);
  }

  /** Lets the followers hear one turn. */
  public ReplyListener of(InvocationId invocation, int turn) {
    return new ReplyListener() {
      @Override
      public boolean listening() {
        return !followers.isEmpty();
      }

      @Override
      public void hear(Piece piece) {
        Heard heard = new Heard(invocation, turn, piece);
        for (Consumer<Heard> follower : followers) {
          try {
            follower.accept(heard);
          } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a follower of a reply failed", e);
          }
        }
      }
    };
  }
}
