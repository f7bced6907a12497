package dev.agentruntime.oversight;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.EscalationTarget;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

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
    String event = target.eventType();
    if (event == null) {
      return Future.succeededFuture();
    }
    ProcessName self = log.image().id().name();
    Instant now = deps.timers().now();
    String id = deps.ids().next();
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("id", id);
    told.put("type", type);
    told.put("process", self.value());
    told.put("time", now.toString());
    told.put("data", payload);
    Emission said = log.redacted(
        new Emission(Emission.Kind.EVENT, event, Json.of(told), Emission.Options.NONE));
    return log.write(
            new EntryData.Emitted(id, said, self.value(), deps.bus().due(id, said, self.value())))
        .onSuccess(durable -> deps.bus().said(new Arrival(id, said, self.value(), now, 1)));
  }
}
