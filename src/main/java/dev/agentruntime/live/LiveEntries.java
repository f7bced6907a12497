package dev.agentruntime.live;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Who follows a process: is told how far its journal is durable, never what a crash could take
 * back, and hears replies while they are written. Without followers nothing is made and nothing is
 * kept. Followers come and go on every thread and are told on the process's.
 */
public final class LiveEntries {

  private static final System.Logger LOG = System.getLogger(LiveEntries.class.getName());

  private final List<Follower> followers = new CopyOnWriteArrayList<>();

  /** Nobody follows yet. */
  LiveEntries() {}

  /** Is told on the process's context, and must return at once. */
  public interface Follower {
    /** Every entry up to this sequence is durable. */
    void durable(long sequence);

    /** A piece of a reply that is being written; it may never count. */
    void heard(LiveReplies.Heard heard);

    /** The process leaves its node, or is removed; nothing more is told. */
    void ended();
  }

  boolean listening() {
    return !followers.isEmpty();
  }

  Runnable follow(Follower follower) {
    followers.add(follower);
    return () -> followers.remove(follower);
  }

  void durable(long sequence) {
    for (Follower follower : followers) {
      try {
        follower.durable(sequence);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "a follower of a process failed", e);
      }
    }
  }

  void end() {
    List<Follower> told = List.copyOf(followers);
    followers.clear();
    for (Follower follower : told) {
      try {
        follower.ended();
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "a follower of a process failed at its end", e);
      }
    }
  }
}
