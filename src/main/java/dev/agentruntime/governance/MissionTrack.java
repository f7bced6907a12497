package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry.MissionEvaluation;
import dev.agentruntime.entry.WatchEntry.MissionSource;
import dev.agentruntime.entry.WatchEntry.MissionState;
import dev.agentruntime.entry.WatchEntry.MissionVerdict;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.policy.MissionConfig;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a process is with its mission: part of its image, so that a crash neither forgets a
 * verdict nor what it brings about. Another objective, or other criteria, are another mission. It
 * holds nothing while there is none. Owned by: the process's context; during recovery, the worker
 * that replays.
 */
public final class MissionTrack implements Governed {

  /** The cause of suspension of a process whose mission has ended. */
  public static final String CAUSE = "mission";

  /** Evaluations kept, newest. */
  public static final int EVALUATIONS_MAX = 20;

  /** Tool calls kept for the judge, newest. */
  public static final int CALLS_MAX = 20;

  private static final int ARGUMENTS_MAX = 500;
  private static final int RESULT_MAX = 1_000;
  private static final int REPLY_MAX = 2_000;
  private static final int TRIGGER_MAX = 1_000;

  private final Map<String, Open> runs = new LinkedHashMap<>();
  private final Deque<Called> calls = new ArrayDeque<>();
  private final Deque<Evaluated> evaluations = new ArrayDeque<>();
  private String key = "";
  private MissionState state = MissionState.ACTIVE;
  private @Nullable Instant startedAt;
  private int started;
  private int succeeded;
  private int evaluated;
  private String trigger = "";
  private String lastReply = "";
  private @Nullable MissionVerdict verdict;
  private boolean ends;
  private boolean tells;
  private boolean outside;
  private boolean untrusted;

  /** A tool call and what came of it, both cut. */
  public record Called(String tool, String arguments, String outcome, String result) {}

  /** An evaluation that stands in the journal. */
  public record Evaluated(long sequence, Instant time, MissionEvaluation evaluation) {}

  /** What an open run has asked for and not been answered, and what it said last. */
  private static final class Open {
    private final Deque<Called> asked = new ArrayDeque<>();
    private String said = "";
  }

  @Override
  public String name() {
    return CAUSE;
  }

  // --- The fold

  @Override
  public void apply(JournalEntry entry, @Nullable ProcessConfig config) {
    MissionConfig mission = config == null ? null : config.governance().mission();
    EntryData data = entry.data();
    if (data instanceof DeployEntry.ProcessDeployed) {
      inForce(mission);
    } else if (mission == null) {
      return;
    } else if (data instanceof EntryData.InvocationStart start) {
      begun(entry, start);
    } else if (data instanceof EntryData.ModelReply reply) {
      if (reply.rejected() == null && reply.turn() > 0) {
        replied(run(reply.invocation().value()), reply.reply());
      }
    } else if (data instanceof EntryData.ToolResult result) {
      answered(result);
    } else if (data instanceof EntryData.InvocationResult result) {
      Open run = runs.remove(result.invocation().value());
      outside |= result.tainted();
      if (result.outcome() == EntryData.Outcome.COMPLETED) {
        succeeded++;
        lastReply = run == null ? "" : run.said;
      }
    } else if (data instanceof MissionEvaluation evaluation) {
      evaluated(entry, evaluation, mission);
    } else if (data instanceof PeopleEntry.Escalation call) {
      tells &= !call.type().equals(about(state));
    } else if (data instanceof EntryData.StateTransition move) {
      moved(entry, move);
    }
  }

  private void inForce(@Nullable MissionConfig mission) {
    String now =
        mission == null ? "" : Hex.sha256(mission.objective() + "\n\n" + mission.successCriteria());
    if (!now.equals(key)) {
      clear();
      key = now;
    }
  }

  private void clear() {
    runs.clear();
    calls.clear();
    evaluations.clear();
    state = MissionState.ACTIVE;
    startedAt = null;
    started = 0;
    succeeded = 0;
    evaluated = 0;
    trigger = "";
    lastReply = "";
    verdict = null;
    ends = false;
    tells = false;
    outside = false;
    untrusted = false;
  }

  /** A run succeeds: what had woken it, which its result does not tell. */
  public void woke(Json payload) {
    if (!key.isEmpty()) {
      trigger = cut(payload.toString(), TRIGGER_MAX);
    }
  }

  private Open run(String id) {
    return runs.computeIfAbsent(id, made -> new Open());
  }

  private void begun(JournalEntry entry, EntryData.InvocationStart start) {
    begins(entry.time());
    if (start.attempt() == 1) {
      started++;
      runs.put(start.invocation().value(), new Open());
    }
  }

  private void begins(Instant time) {
    startedAt = startedAt == null ? time : startedAt;
  }

  private static void replied(Open run, Message.Assistant reply) {
    run.asked.clear();
    for (Message.ToolRequest call : reply.calls()) {
      run.asked.add(new Called(call.tool(), cut(call.arguments(), ARGUMENTS_MAX), "", ""));
    }
    run.said = cut(reply.text(), REPLY_MAX);
  }

  private void answered(EntryData.ToolResult result) {
    Called asked = run(result.invocation().value()).asked.poll();
    calls.add(new Called(
        result.tool(),
        asked == null ? "" : asked.arguments(),
        result.outcome().name().toLowerCase(Locale.ROOT),
        cut(result.text(), RESULT_MAX)));
    if (calls.size() > CALLS_MAX) {
      calls.remove();
    }
  }

  private void evaluated(JournalEntry entry, MissionEvaluation evaluation, MissionConfig mission) {
    boolean byOperator = evaluation.source() == MissionSource.OPERATOR;
    boolean ended = hasEnded(evaluation.state()) && !hasEnded(state);
    if (evaluation.verdict() != null) {
      verdict = evaluation.verdict();
      // Of a run that is open nobody knows yet what it brings in; its calls are shown all the same.
      outside |= !runs.isEmpty();
      untrusted |= outside;
    }
    if (evaluation.verdict() != null || (byOperator && evaluation.state() == MissionState.ACTIVE)) {
      evaluated = Math.max(evaluated, evaluation.number());
    }
    boolean doubtful =
        evaluation.state() != state && evaluation.state() != MissionState.COMPLETED && !byOperator;
    tells |= doubtful && !mission.escalation().equals(EscalationTarget.NOBODY);
    ends |= ended
        && !byOperator
        && mission.autoComplete()
        && mission.onComplete() != MissionConfig.OnComplete.CONTINUE;
    state = evaluation.state();
    evaluations.add(new Evaluated(entry.sequence(), entry.time(), evaluation));
    if (evaluations.size() > EVALUATIONS_MAX) {
      evaluations.remove();
    }
  }

  private static boolean hasEnded(MissionState state) {
    return state == MissionState.COMPLETED || state == MissionState.FAILED;
  }

  /** The type of what is said when somebody is to be told. */
  public static String about(MissionState state) {
    return state == MissionState.FAILED ? "mission.failed" : "mission.low_confidence";
  }

  private void moved(JournalEntry entry, EntryData.StateTransition move) {
    if (move.to() == ProcessState.RUNNING) {
      begins(entry.time());
    }
    // Of a process that was down when its mission ended nothing is done before it is up again.
    ends &= !move.causes().contains(CAUSE) && move.to() != ProcessState.STOPPING;
  }

  private static String cut(String text, int max) {
    return JudgePrompt.cut(text, max);
  }

  // --- What is known; nothing below changes anything

  /** How it stands. */
  public MissionState state() {
    return state;
  }

  /** When it began, null before the process ran. */
  public @Nullable Instant startedAt() {
    return startedAt;
  }

  /** Runs that have begun. */
  public int started() {
    return started;
  }

  /** Runs that have succeeded. */
  public int succeeded() {
    return succeeded;
  }

  /** How many runs had succeeded when it was judged last. */
  public int evaluated() {
    return evaluated;
  }

  /** The last one, null before the first. */
  public @Nullable MissionVerdict verdict() {
    return verdict;
  }

  /** Whether the judge had read what came from outside when it gave that verdict, or an earlier. */
  public boolean isUntrusted() {
    return untrusted;
  }

  /** What woke the last successful run, empty when that is not known. */
  public String trigger() {
    return trigger;
  }

  /** What the last successful run said. */
  public String lastReply() {
    return lastReply;
  }

  /** The newest, oldest first. */
  public List<Called> calls() {
    return List.copyOf(calls);
  }

  /** The newest, oldest first. */
  public List<Evaluated> evaluations() {
    return List.copyOf(evaluations);
  }

  /** The last one, null when there is none. */
  public @Nullable Evaluated last() {
    return evaluations.peekLast();
  }

  /** Whether what its end brings about has not been done yet. */
  public boolean ends() {
    return ends;
  }

  /** Whether somebody has to be told and was not yet. */
  public boolean tells() {
    return tells;
  }

  @Override
  public Map<String, Object> toValues() {
    Map<String, Object> out = new LinkedHashMap<>();
    if (key.isEmpty()) {
      return out;
    }
    out.put("key", key);
    out.put("state", word(state));
    if (startedAt != null) {
      out.put("started_at", startedAt.toString());
    }
    out.put("started", started);
    out.put("succeeded", succeeded);
    out.put("evaluated", evaluated);
    if (!trigger.isEmpty()) {
      out.put("trigger", trigger);
    }
    out.put("last_reply", lastReply);
    out.put("ends", ends);
    out.put("tells", tells);
    if (outside) {
      // What was read from outside is not read away: the second comes after the first only.
      out.put("outside", untrusted ? List.of("read", "judged") : List.of("read"));
    }
    if (verdict != null) {
      out.put("verdict", written(verdict));
    }
    out.put("calls", calls.stream().map(MissionTrack::written).toList());
    Map<String, Object> open = new LinkedHashMap<>();
    runs.forEach((id, run) -> {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("asked", run.asked.stream().map(MissionTrack::written).toList());
      one.put("said", run.said);
      open.put(id, one);
    });
    out.put("runs", open);
    List<Object> all = new ArrayList<>();
    evaluations.forEach(each -> all.add(written(each)));
    out.put("evaluations", all);
    return out;
  }

  private static Map<String, Object> written(Called call) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("tool", call.tool());
    out.put("arguments", call.arguments());
    out.put("outcome", call.outcome());
    out.put("result", call.result());
    return out;
  }

  private static Map<String, Object> written(MissionVerdict verdict) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("achieved", verdict.achieved());
    out.put("confidence", verdict.confidence());
    out.put("reasoning", verdict.reasoning());
    out.put("progress", verdict.progress());
    return out;
  }

  private static Map<String, Object> written(Evaluated each) {
    MissionEvaluation evaluation = each.evaluation();
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("sequence", each.sequence());
    out.put("time", each.time().toString());
    out.put("state", word(evaluation.state()));
    out.put("source", word(evaluation.source()));
    out.put("number", evaluation.number());
    MissionVerdict said = evaluation.verdict();
    if (said != null) {
      out.put("verdict", written(said));
    }
    Message.Usage usage = evaluation.usage();
    out.put("input", usage.input());
    out.put("output", usage.output());
    out.put("cached", usage.cached());
    Long cost = usage.cost();
    if (cost != null) {
      out.put("cost", cost);
    }
    out.put("model", evaluation.model());
    out.put("reason", evaluation.reason());
    return out;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void read(Fields values) {
    key = values.text("key");
    state = MissionState.valueOf(values.text("state").toUpperCase(Locale.ROOT));
    String began = values.optionalText("started_at");
    startedAt = began == null ? null : Instant.parse(began);
    started = values.integer("started");
    succeeded = values.integer("succeeded");
    evaluated = values.integer("evaluated");
    String woken = values.optionalText("trigger");
    trigger = woken == null ? "" : woken;
    lastReply = values.text("last_reply");
    ends = values.flag("ends");
    tells = values.flag("tells");
    outside = values.texts("outside").contains("read");
    untrusted = values.texts("outside").contains("judged");
    verdict = verdict(values.optionalObject("verdict"));
    values.objects("calls").forEach(each -> calls.add(called(each)));
    Fields open = values.object("runs");
    for (String id : open.names()) {
      Open run = run(id);
      run.said = open.object(id).text("said");
      open.object(id).objects("asked").forEach(each -> run.asked.add(called(each)));
    }
    values.objects("evaluations").forEach(each -> evaluations.add(evaluated(each)));
  }

  private static Called called(Fields values) {
    return new Called(
        values.text("tool"),
        values.text("arguments"),
        values.text("outcome"),
        values.text("result"));
  }

  private static @Nullable MissionVerdict verdict(@Nullable Fields values) {
    return values == null
        ? null
        : new MissionVerdict(
            values.flag("achieved"),
            values.integer("confidence"),
            values.text("reasoning"),
            values.text("progress"));
  }

  private static Evaluated evaluated(Fields values) {
    return new Evaluated(
        values.number("sequence"),
        Instant.parse(values.text("time")),
        new MissionEvaluation(
            MissionState.valueOf(values.text("state").toUpperCase(Locale.ROOT)),
            MissionSource.valueOf(values.text("source").toUpperCase(Locale.ROOT)),
            values.integer("number"),
            verdict(values.optionalObject("verdict")),
            new Message.Usage(
                values.number("input"),
                values.number("output"),
                values.number("cached"),
                values.optionalNumber("cost")),
            values.text("model"),
            values.text("reason")));
  }
}
