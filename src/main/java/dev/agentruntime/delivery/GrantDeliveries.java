package dev.agentruntime.delivery;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.entry.EntryData.Delivery;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.governance.Grant;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import org.jspecify.annotations.Nullable;

/**
 * To whom a part of a budget is owed, and what becomes of an item that cannot be delivered: a part
 * that its receiver refused comes back, and one of which nobody knows whether it arrived is for a
 * person to see. Owned by: the process's context.
 */
final class GrantDeliveries {

  private final ProcessLog log;
  private final NodeId node;
  private final BudgetDesk budget;

  GrantDeliveries(ProcessLog log, ProcessDeps deps) {
    this.log = log;
    this.node = deps.bus().node();
    this.budget = new BudgetDesk(log, deps);
  }

  /** Whom a grant is for; null for anything else. */
  @Nullable
  Due due(Emission emission) {
    Grant grant = Grant.of(emission);
    return grant == null ? null : new Due(node, grant.to(), "", null);
  }

  /** Its receiver is there no more. */
  Delivery gone(Outbox.Item item) {
    return isGrant(item) ? Delivery.UNDELIVERABLE : Delivery.GONE;
  }

  /** Its receiver, or what it is, does not let it be delivered, ever. */
  Delivery refused(String id, Due due, @Nullable Throwable cause) {
    Outbox.Item item = log.image().outbox().item(id);
    if (item == null || !isGrant(item)) {
      return Delivery.UNDELIVERABLE;
    }
    budget.takeBack(item, due, cause == null ? "" : Failure.of(cause).message());
    return Delivery.GONE;
  }

  private static boolean isGrant(Outbox.Item item) {
    return item.emission().kind() == Emission.Kind.GRANT;
  }
}
