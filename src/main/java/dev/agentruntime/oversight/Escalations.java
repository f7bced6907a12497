package dev.agentruntime.oversight;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.EscalationTarget;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;

/** Calls for people. Owned by: the process's context. */
final class Escalations {

  private final ProcessLog log;
  private final ProcessDeps deps;

  Escalations(ProcessLog log, ProcessDeps deps) {
    this.log = log;
    this.deps = deps;
  }

  /** Journals the call; the outbox makes it. Durable when the future succeeds. */
  Future<Void> escalate(EscalationTarget target, String type, Json payload) {
    if (target.equals(EscalationTarget.NOBODY)) {
      return Future.succeededFuture();
    }
    ProcessName self = log.image().id().name();
    Instant now = deps.timers().now();
    PeopleEntry.Escalation call = log.redacted(new PeopleEntry.Escalation(
        deps.ids().next(), type, payload, target.webhookUrl(), target.eventType(), List.of()));
    Emission event = call.asEvent(self, now);
    if (event == null) {
      return log.write(call);
    }
    List<Due> due = deps.bus().due(call.eventId(), event, self.value());
    PeopleEntry.Escalation owed = new PeopleEntry.Escalation(
        call.id(), call.type(), call.payload(), call.url(), call.event(), due);
    return log.write(owed)
        .onSuccess(
            durable -> deps.bus().said(new Arrival(call.eventId(), event, self.value(), now, 1)));
  }
}
