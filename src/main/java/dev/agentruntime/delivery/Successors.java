package dev.agentruntime.delivery;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Standing;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.entry.EntryData.Delivery;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.fold.Outbox;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds who is owed an item instead of those who cannot hear it any more. Safe on every thread. */
final class Successors {

  private final Subscriptions bus;

  Successors(Subscriptions bus) {
    this.bus = bus;
  }

  /**
   * Who is let go, and for whom.
   *
   * @param how MOVED, or UNDELIVERABLE when there is nobody
   */
  record Move(List<Due> from, Delivery how, List<Due> to) {}

  /**
   * For members of groups that are there no more, others; for a call of a person that all have gone
   * from, and for what nobody wanted when it was said, those who listen now.
   *
   * @return null when all stays as it is
   */
  @Nullable
  Move of(Outbox.Item item) {
    if (isUnheard(item)) {
      List<Due> now = bus.due(item.id(), item.emission(), item.source());
      return new Move(item.due(), now.isEmpty() ? Delivery.UNDELIVERABLE : Delivery.MOVED, now);
    }
    List<Due> from = new ArrayList<>();
    List<Due> to = new ArrayList<>();
    for (Due due : item.due()) {
      Due other = due.group() == null || bus.standing(due) == Standing.OWED
          ? null
          : bus.successor(due, item.id(), item.emission(), item.source());
      if (other != null) {
        from.add(due);
        to.add(other);
      }
    }
    return from.isEmpty() ? null : new Move(from, Delivery.MOVED, to);
  }

  private boolean isUnheard(Outbox.Item item) {
    return item.due().isEmpty()
        || (PeopleEntry.Escalation.isEvent(item.id())
            && item.due().stream().allMatch(due -> bus.standing(due) == Standing.GONE));
  }
}
