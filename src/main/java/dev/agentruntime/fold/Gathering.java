package dev.agentruntime.fold;

import dev.agentruntime.config.TriggerConfig.Rules;
import java.time.Instant;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The events of a trigger whose rules ask to know them together: those that wait and run, and those
 * that are gathered until they are due. Part of the fold. Owned by: the process's context.
 */
final class Gathering {
  final Rules rules;
  final LinkedHashSet<QueuedEvent> all = new LinkedHashSet<>();
  final LinkedHashSet<QueuedEvent> gathered = new LinkedHashSet<>();
  /** When the burst began; merging its first events away does not move it. */
  @Nullable Instant since;

  @Nullable Instant newest;

  Gathering(Rules rules) {
    this.rules = rules;
  }

  boolean gathers() {
    return rules.batch().isOn() || !rules.debounce().isZero();
  }

  void gather(QueuedEvent item) {
    gathered.add(item);
    since = since == null ? item.at : since;
    newest = item.at;
  }

  void leave(QueuedEvent item, boolean runs) {
    gathered.remove(item);
    if (gathered.isEmpty()) {
      since = null;
      newest = null;
    } else if (runs) {
      since = gathered.iterator().next().at;
    }
  }

  /** A clock that went back must not hold anybody: what came in the future is due. */
  boolean isDue(Instant now) {
    Instant due = due();
    return due == null || !due.isAfter(now) || (newest != null && now.isBefore(newest));
  }

  /** Null = at once. */
  @Nullable
  Instant due() {
    if (since == null
        || newest == null
        || (rules.batch().isOn() && gathered.size() >= rules.batch().max())) {
      return null;
    }
    Instant full = rules.batch().isOn() ? since.plus(rules.batch().window()) : since;
    Instant quiet = newest.plus(rules.debounce());
    Instant latest = since.plus(rules.debounce().multipliedBy(10));
    quiet = quiet.isBefore(latest) ? quiet : latest;
    return full.isAfter(quiet) ? full : quiet;
  }
}
