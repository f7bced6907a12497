package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry.HealthAction;
import dev.agentruntime.entry.WatchEntry.HealthAnomaly;
import dev.agentruntime.policy.HealthConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a process's health: part of its image, so that no crash forgets a streak or an
 * anomaly that was found and not acted on. It holds nothing while health is not watched. Owned by:
 * the process's context; during recovery, the worker that replays.
 */
public final class HealthTrack implements Governed {

  /** The cause of suspension of a process that is not well. */
  public static final String CAUSE = "health";

  /** The type of what is said when somebody is to be told. */
  public static final String TYPE = "health.anomaly";

  /** Instead of the ordinal of a tool call: before the next call of the model. */
  public static final int BEFORE_TURN = 0;

  /** Anomalies kept, newest. */
  public static final int ANOMALIES_MAX = 50;

  private static final String ASK = "ask_process";

  private final Map<String, RunHealth> runs = new LinkedHashMap<>();
  private final Deque<Boolean> failed = new ArrayDeque<>();
  private final Exchanges exchanges = new Exchanges();
  private final Deque<Noted> anomalies = new ArrayDeque<>();
  private final Map<String, Instant> last = new TreeMap<>();
  private int empty;
  private int idle;
  private boolean held;
  private boolean unwell;
  private boolean succeeded;
  private @Nullable Noted due;

  /** An anomaly that stands in the journal. */
  public record Noted(long sequence, Instant time, HealthAnomaly anomaly) {}

  /**
   * What a detector sees.
   *
   * @param invocation null when it is about several runs
   */
  public record Finding(
      String type, @Nullable InvocationId invocation, int ordinal, String details) {}

  @Override
  public String name() {
    return CAUSE;
  }

  // --- The fold

  @Override
  public void apply(JournalEntry entry, @Nullable ProcessConfig config) {
    HealthConfig health = config == null ? null : config.governance().health();
    EntryData data = entry.data();
    if (health == null) {
      if (data instanceof DeployEntry.ProcessDeployed) {
        clear();
      }
    } else if (data instanceof EntryData.InvocationStart start) {
      if (start.attempt() == 1) {
        runs.put(start.invocation().value(), new RunHealth(false));
      }
    } else if (data instanceof EntryData.ModelReply reply) {
      if (reply.rejected() == null && reply.turn() > 0) {
        run(reply.invocation()).replied(reply);
      }
    } else if (data instanceof EntryData.ToolResult result) {
      run(result.invocation()).answered(result, health);
    } else if (data instanceof EntryData.ToolCall call) {
      called(entry, call, health);
    } else if (data instanceof EntryData.InvocationResult result) {
      settled(entry, result, health);
    } else if (data instanceof EntryData.TriggerAccepted accepted) {
      if (!health.window().isZero()) {
        exchanges.heard(accepted.event(), entry.time(), health.window());
      }
    } else if (data instanceof EntryData.StateTransition move) {
      moved(move);
    } else if (data instanceof PeopleEntry.Escalation call) {
      told(call);
    } else if (data instanceof HealthAnomaly anomaly) {
      noted(new Noted(entry.sequence(), entry.time(), anomaly));
    }
  }

  /** One that began before health was watched may have done anything. */
  private RunHealth run(InvocationId id) {
    return runs.computeIfAbsent(id.value(), key -> new RunHealth(true));
  }

  private void called(JournalEntry entry, EntryData.ToolCall call, HealthConfig health) {
    if (call.policy() != ToolDefinition.Policy.READ_ONLY) {
      run(call.invocation()).acted();
    }
    boolean ask = call.request().tool().equals(ASK) && !health.window().isZero();
    if (ask && run(call.invocation()).asksFirst(call.ordinal())) {
      try {
        Map<String, @Nullable Object> question =
            Json.parse(call.request().arguments()).object();
        exchanges.said(
            String.valueOf(question.get("process")),
            Canonical.value(question.get("content")),
            entry.time(),
            health.window());
      } catch (RuntimeFault none) {
        // Checked before it was announced; a redacted one may be none any more.
        return;
      }
    }
  }

  private void settled(JournalEntry entry, EntryData.InvocationResult result, HealthConfig health) {
    RunHealth run = runs.remove(result.invocation().value());
    if (result.outcome() == EntryData.Outcome.CANCELLED) {
      return;
    }
    boolean completed = result.outcome() == EntryData.Outcome.COMPLETED;
    failed.add(!completed);
    while (failed.size() > health.errorWindow()) {
      failed.remove();
    }
    idle = run == null || run.progress() ? 0 : idle + 1;
    if (!completed) {
      return;
    }
    succeeded = true;
    if (run != null && run.replyChars() != RunHealth.UNKNOWN) {
      empty = run.replyChars() <= health.emptyMaxChars() ? empty + 1 : 0;
    }
    if (run != null && !health.window().isZero()) {
      told(entry, result, run, health.window());
    }
  }

  private void told(
      JournalEntry entry, EntryData.InvocationResult result, RunHealth run, Duration window) {
    for (int i = 0; i < Math.min(run.said().size(), result.due().size()); i++) {
      for (Due due : result.due().get(i)) {
        if (!due.process().equals(entry.process().name())) {
          exchanges.said(due.process().value(), run.said().get(i), entry.time(), window);
        }
      }
    }
  }

  private void moved(EntryData.StateTransition move) {
    boolean holds = move.causes().contains(CAUSE);
    if ((move.to() == ProcessState.STARTING && !byItself(move)) || (held && !holds)) {
      reset();
    }
    held = holds;
    if (holds || move.to() == ProcessState.STOPPING || move.to() == ProcessState.STOPPED) {
      due = null;
    }
  }

  /** What makes a process fail again and again is not over when it has come back. */
  private static boolean byItself(EntryData.StateTransition start) {
    return start.reason().equals(EntryData.Restart.POLICY)
        || start.reason().equals(EntryData.StateTransition.RECYCLE);
  }

  /** An operator wants it to go on: what was counted so far counts no more. */
  private void reset() {
    runs.values().forEach(RunHealth::reset);
    failed.clear();
    exchanges.clear();
    empty = 0;
    idle = 0;
    due = null;
  }

  private void noted(Noted noted) {
    HealthAnomaly anomaly = noted.anomaly();
    if (anomaly.action() == HealthAction.CLEARED) {
      anomalies.clear();
      last.clear();
      unwell = false;
      return;
    }
    anomalies.add(noted);
    if (anomalies.size() > ANOMALIES_MAX) {
      anomalies.remove();
    }
    unwell = anomaly.action() != HealthAction.RECOVERED;
    succeeded = false;
    if (!unwell) {
      return;
    }
    last.put(anomaly.type(), noted.time());
    InvocationId invocation = anomaly.invocation();
    if (invocation != null) {
      run(invocation).reported(anomaly.ordinal());
    }
    due = anomaly.action() == HealthAction.LOG ? null : noted;
  }

  /** Somebody was told: what is left to do is to pause. */
  private void told(PeopleEntry.Escalation call) {
    Noted now = due;
    if (now != null && call.type().equals(TYPE)) {
      HealthAnomaly anomaly = now.anomaly();
      due = new Noted(
          now.sequence(),
          now.time(),
          new HealthAnomaly(
              anomaly.type(),
              HealthAction.PAUSE,
              anomaly.invocation(),
              anomaly.ordinal(),
              anomaly.details()));
    }
  }

  private void clear() {
    runs.clear();
    failed.clear();
    exchanges.clear();
    anomalies.clear();
    last.clear();
    empty = 0;
    idle = 0;
    held = false;
    unwell = false;
    succeeded = false;
    due = null;
  }

  // --- What is known; nothing below changes anything

  /**
   * What is wrong with a run that wants to go on, null when nothing is, or when it was said.
   *
   * @param ordinal of the tool call it wants to make, or {@link #BEFORE_TURN}
   */
  public @Nullable Finding inRun(InvocationId invocation, int ordinal, HealthConfig config) {
    RunHealth run = runs.get(invocation.value());
    if (run == null || (ordinal != BEFORE_TURN && run.reported() == ordinal)) {
      return null;
    }
    List<String> calls = run.calls();
    if (Patterns.stuck(calls, config.stuckThreshold())) {
      return new Finding(
          "stuck",
          invocation,
          ordinal,
          "the same tool with the same arguments " + config.stuckThreshold() + " times in a row");
    }
    int length = Patterns.loop(calls, config.loopWindow(), config.loopMinRepeats());
    return length == 0
        ? null
        : new Finding(
            "loop",
            invocation,
            ordinal,
            "the same " + length + " tool calls " + config.loopMinRepeats() + " times in a row");
  }

  /** What is wrong over several runs. */
  public List<Finding> acrossRuns(HealthConfig config, Instant now) {
    List<Finding> all = new ArrayList<>();
    if (empty >= config.emptyThreshold()) {
      all.add(across(
          "empty_response",
          empty + " final replies in a row of at most " + config.emptyMaxChars() + " characters"));
    }
    long errors = 0;
    for (boolean one : failed) {
      errors += one ? 1 : 0;
    }
    if (failed.size() >= config.errorWindow()
        && errors * 1_000 >= (long) config.errorRate() * failed.size()) {
      all.add(across("high_error_rate", errors + " of the last " + failed.size() + " runs failed"));
    }
    if (config.noProgressRuns() > 0 && idle >= config.noProgressRuns()) {
      all.add(across(
          "no_progress", idle + " runs in a row without a context write, an effect or an event"));
    }
    String peer = config.window().isZero() ? null : exchanges.pingPong(now, config.window());
    if (peer != null) {
      all.add(across(
          "ping_pong",
          "at least " + Exchanges.EQUAL_MIN + " messages with equal content to and from "
              + Json.quote(peer) + " within " + config.window().toSeconds() + " s"));
    }
    return all;
  }

  private static Finding across(String type, String details) {
    return new Finding(type, null, 0, details);
  }

  /** When an anomaly of a type was noted last, null when none was. */
  public @Nullable Instant last(String type) {
    return last.get(type);
  }

  /** The anomaly that was noted and not acted on yet, null when there is none. */
  public @Nullable Noted due() {
    return due;
  }

  /** Whether a run succeeded after the last anomaly, and none of those open is part of one. */
  public boolean recovers() {
    return unwell
        && succeeded
        && !held
        && runs.values().stream().allMatch(run -> run.reported() == 0);
  }

  /** Whether the last anomaly still stands. */
  public boolean isUnwell() {
    return unwell;
  }

  /** The newest, oldest first. */
  public List<Noted> anomalies() {
    return List.copyOf(anomalies);
  }

  @Override
  public Map<String, Object> toValues() {
    Map<String, Object> out = new LinkedHashMap<>();
    Map<String, Object> open = new LinkedHashMap<>();
    runs.forEach((id, run) -> open.put(id, run.toValues()));
    List<Object> noted = new ArrayList<>();
    anomalies.forEach(each -> noted.add(written(each)));
    Map<String, Object> times = new TreeMap<>();
    last.forEach((type, time) -> times.put(type, time.toString()));
    put(out, "runs", open, Map.of());
    put(out, "failed", failed.stream().map(one -> one ? 1L : 0L).toList(), List.of());
    put(out, "exchanges", exchanges.toValues(), List.of());
    put(out, "anomalies", noted, List.of());
    put(out, "last", times, Map.of());
    put(out, "empty", empty, 0);
    put(out, "idle", idle, 0);
    put(out, "held", held, false);
    put(out, "unwell", unwell, false);
    put(out, "succeeded", succeeded, false);
    if (due != null) {
      out.put("due", written(due));
    }
    return out;
  }

  private static void put(Map<String, Object> out, String key, Object value, Object usual) {
    if (!value.equals(usual)) {
      out.put(key, value);
    }
  }

  private static Map<String, Object> written(Noted noted) {
    HealthAnomaly anomaly = noted.anomaly();
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("sequence", noted.sequence());
    out.put("time", noted.time().toString());
    out.put("type", anomaly.type());
    out.put("action", anomaly.action().name().toLowerCase(Locale.ROOT));
    InvocationId invocation = anomaly.invocation();
    if (invocation != null) {
      out.put("invocation", invocation.value());
    }
    out.put("ordinal", anomaly.ordinal());
    out.put("details", anomaly.details());
    return out;
  }

  @Override
  public void read(Fields values) {
    Fields open = values.optionalObject("runs");
    if (open != null) {
      open.names().forEach(id -> runs.put(id, RunHealth.read(open.object(id))));
    }
    values.numbers("failed").forEach(one -> failed.add(one == 1));
    exchanges.read(values.objects("exchanges"));
    values.objects("anomalies").forEach(each -> anomalies.add(noted(each)));
    values.textMap("last").forEach((type, time) -> last.put(type, Instant.parse(time)));
    empty = values.optionalNumber("empty") == null ? 0 : values.integer("empty");
    idle = values.optionalNumber("idle") == null ? 0 : values.integer("idle");
    held = values.optionalJson("held") != null;
    unwell = values.optionalJson("unwell") != null;
    succeeded = values.optionalJson("succeeded") != null;
    Fields waiting = values.optionalObject("due");
    due = waiting == null ? null : noted(waiting);
  }

  private static Noted noted(Fields values) {
    String invocation = values.optionalText("invocation");
    return new Noted(
        values.number("sequence"),
        Instant.parse(values.text("time")),
        new HealthAnomaly(
            values.text("type"),
            HealthAction.valueOf(values.text("action").toUpperCase(Locale.ROOT)),
            invocation == null ? null : new InvocationId(invocation),
            values.integer("ordinal"),
            values.text("details")));
  }
}
