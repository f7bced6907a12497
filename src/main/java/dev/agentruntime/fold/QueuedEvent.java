package dev.agentruntime.fold;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.TriggerEvent;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An accepted event and where in the {@link EventQueue} it is. Owned by: that queue. */
final class QueuedEvent {

  /** Where an event is. */
  enum Place {
    PLAIN,
    SPECIAL,
    FOLLOWS,
    GATHERED,
    RUNS;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Place of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  final TriggerEvent event;
  final Instant at;
  final long order;
  Place place = Place.RUNS;

  @Nullable
  InvocationId run;

  boolean cancelled;

  @Nullable
  QueuedEvent before;

  @Nullable
  QueuedEvent after;

  QueuedEvent(TriggerEvent event, Instant at, long order) {
    this.event = event;
    this.at = at;
    this.order = order;
  }

  @Nullable
  String key() {
    return event.routing().orderingKey();
  }
}
