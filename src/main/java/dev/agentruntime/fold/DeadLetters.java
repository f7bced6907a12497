package dev.agentruntime.fold;

import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a process gave up: runs that failed for good, and emissions that nobody took in time. The
 * newest ones are kept; how many were let go is counted. Part of the fold. Owned by: the process's
 * context.
 */
public final class DeadLetters {

  private final LinkedHashMap<String, DeadLetter> letters = new LinkedHashMap<>();
  long dropped;

  /** Something that was given up. */
  public sealed interface DeadLetter {
    /** An invocation id, or the id of an outbox item. */
    String id();

    /** Since when. */
    Instant at();

    /** Why: {@code retries exhausted, poison, nobody took it, ...}. */
    String reason();
  }

  /** A run that failed for good; its steps are kept, so that it can go on. */
  public record FailedRun(OpenRun run, RunHead head, Instant at, String reason)
      implements DeadLetter {

    static FailedRun of(OpenRun run, RunHead head, Instant at) {
      Failure failure = head.result().failure();
      boolean poison = failure != null && failure.code() == ErrorCode.POISON;
      String tried = run.failures() > 0 ? "retries exhausted" : "failed";
      return new FailedRun(run, head, at, poison ? "poison" : tried);
    }

    @Override
    public String id() {
      return head.id().value();
    }
  }

  /** An emission that was not taken by those it is still owed to. */
  public record Undelivered(Outbox.Item item, Instant at, String reason) implements DeadLetter {
    @Override
    public String id() {
      return item.id();
    }

    /** Its receivers and those of an earlier letter about the same emission. */
    Undelivered and(Undelivered before) {
      List<Due> due = new ArrayList<>(before.item().due());
      due.removeAll(item.due());
      due.addAll(item.due());
      return new Undelivered(item.owed(item.at(), due), at, reason);
    }
  }

  void add(DeadLetter letter, int max) {
    DeadLetter known = letters.remove(letter.id());
    letters.put(
        letter.id(),
        known instanceof Undelivered before && letter instanceof Undelivered now
            ? now.and(before)
            : letter);
    while (letters.size() > max) {
      letters.remove(letters.keySet().iterator().next());
      dropped++;
    }
  }

  @Nullable
  DeadLetter take(String id) {
    return letters.remove(id);
  }

  /** Oldest first. */
  public Collection<DeadLetter> all() {
    return letters.values();
  }

  public @Nullable DeadLetter find(String id) {
    return letters.get(id);
  }

  public int size() {
    return letters.size();
  }

  /** How many had to give way to newer ones. */
  public long dropped() {
    return dropped;
  }

  /** The manifests that failed runs are pinned to, for they may go on. */
  Set<Integer> versions() {
    Set<Integer> versions = new HashSet<>();
    for (DeadLetter letter : letters.values()) {
      if (letter instanceof FailedRun failed) {
        versions.add(failed.run().start().manifestVersion());
      }
    }
    return versions;
  }

  Map<String, String> toValues() {
    Map<String, String> values = new LinkedHashMap<>();
    letters.forEach((id, letter) -> values.put(id, letter.at() + " " + letter.reason()));
    return values;
  }
}
