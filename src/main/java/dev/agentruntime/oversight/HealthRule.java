package dev.agentruntime.oversight;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.WatchEntry.HealthAction;
import dev.agentruntime.entry.WatchEntry.HealthAnomaly;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.HealthTrack;
import dev.agentruntime.governance.HealthTrack.Finding;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.HealthConfig;
import dev.agentruntime.time.Timers;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Watches whether a process is well, without asking a model. What is found is acted on whenever it
 * is found: before the tool call that would go on with it, before the next run, after a run, and
 * after a crash. Owned by: the process's context.
 */
final class HealthRule implements Rule {

  /** What somebody is told about. */
  static final String TYPE = HealthTrack.TYPE;

  private final HealthConfig config;
  private final ProcessLog log;
  private final Timers timers;
  private final Oversight.Host host;
  private final Escalations escalations;
  private boolean waiting;
  private boolean soon;

  HealthRule(
      HealthConfig config,
      ProcessLog log,
      Timers timers,
      Oversight.Host host,
      Escalations escalations) {
    this.config = config;
    this.log = log;
    this.timers = timers;
    this.host = host;
    this.escalations = escalations;
  }

  @Override
  public boolean mayBegin() {
    look();
    return runs();
  }

  /** Calls that were refused before anybody was asked are found here. */
  @Override
  public Verdict beforeTurn(OpenRun run, int turn, int attempt) {
    return goesOn(run, HealthTrack.BEFORE_TURN);
  }

  @Override
  public Verdict beforeTool(Act act) {
    return goesOn(act.run(), act.ordinal());
  }

  private Verdict goesOn(OpenRun run, int ordinal) {
    HealthTrack.Noted due = track().due();
    if (due != null) {
      // Found before the node ended: a run may be back before all of the image was looked at.
      act(due.anomaly());
    }
    Finding finding = track().inRun(run.id(), ordinal, config);
    if (finding != null) {
      found(finding);
    }
    // Asked again when the process may run: what was counted until then counts no more.
    return runs() ? Verdict.GO : new Verdict.Later();
  }

  @Override
  public void wrote(EntryData data) {
    if (data instanceof EntryData.InvocationResult
        || data instanceof EntryData.TriggerAccepted
        || data instanceof EntryData.StateTransition) {
      lookSoon();
    }
  }

  /** Once for all that is written until then. */
  private void lookSoon() {
    if (!soon) {
      soon = true;
      host.later(() -> {
        soon = false;
        look();
      });
    }
  }

  @Override
  public void recovered() {
    look();
  }

  private HealthTrack track() {
    return log.image().governance().health();
  }

  private boolean runs() {
    return Lifecycle.runs(log.image().state());
  }

  private void look() {
    if (log.broken() || log.image().removed() || !isInForce() || waitsForRoom()) {
      return;
    }
    HealthTrack.Noted due = track().due();
    if (due != null) {
      act(due.anomaly());
    }
    List<Finding> findings = track().acrossRuns(config, timers.now());
    for (Finding finding : findings) {
      if (runs() && !waitsForRoom()) {
        found(finding);
      }
    }
    if (findings.isEmpty() && track().recovers() && !waitsForRoom()) {
      Oversight.noted(log.write(
          new HealthAnomaly("", HealthAction.RECOVERED, null, 0, "a run succeeded again")));
    }
  }

  private boolean isInForce() {
    ProcessImage.Deployment now = log.image().deployment();
    return now != null && config.equals(now.config().governance().health());
  }

  /** What is only noted must not take the room of what has to be finished; it is noted later. */
  private boolean waitsForRoom() {
    if (!log.accepting() && !waiting && !log.broken()) {
      waiting = true;
      Timers.Armed ignored = timers.after(Gate.PRESSURE_RETRY, () -> {
        waiting = false;
        look();
      });
    }
    return !log.accepting();
  }

  private void found(Finding finding) {
    HealthAction action = action(finding.type());
    if (action == null) {
      return;
    }
    HealthAnomaly anomaly = new HealthAnomaly(
        finding.type(), action, finding.invocation(), finding.ordinal(), finding.details());
    Oversight.noted(log.write(anomaly));
    act(anomaly);
  }

  /** What is to be done about a finding, null when it is only said and was said just now. */
  private @Nullable HealthAction action(String type) {
    Instant last = track().last(type);
    Instant now = timers.now();
    boolean again =
        last != null && !now.isBefore(last) && now.isBefore(last.plus(config.cooldown()));
    return switch (config.onAnomaly()) {
      case LOG -> again ? null : HealthAction.LOG;
      case PAUSE -> HealthAction.PAUSE;
      case STOP -> HealthAction.STOP;
      // Nobody is told twice of the same; that it is stopped is not put off.
      case ESCALATE -> again ? HealthAction.PAUSE : HealthAction.ESCALATE;
    };
  }

  private void act(HealthAnomaly anomaly) {
    String reason = HealthTrack.CAUSE + ": " + anomaly.type() + ", " + anomaly.details();
    switch (anomaly.action()) {
      case PAUSE -> host.hold(HealthTrack.CAUSE, reason);
      case STOP -> host.halt(reason);
      case ESCALATE -> {
        Oversight.noted(escalations.escalate(config.escalation(), TYPE, payload(anomaly)));
        host.hold(HealthTrack.CAUSE, reason);
      }
      case LOG, RECOVERED, CLEARED -> {
        // It is in the journal, and that is all.
      }
    }
  }

  private Json payload(HealthAnomaly anomaly) {
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("type", "health_anomaly");
    payload.put("process_id", log.image().id().toString());
    payload.put("anomaly_type", anomaly.type());
    payload.put("details", anomaly.details());
    InvocationId invocation = anomaly.invocation();
    if (invocation != null) {
      payload.put("invocation", invocation.value());
    }
    return Json.of(payload);
  }
}
