package dev.agentruntime.oversight;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.desk.MissionDesk;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.WatchEntry;
import dev.agentruntime.entry.WatchEntry.MissionEvaluation;
import dev.agentruntime.entry.WatchEntry.MissionSource;
import dev.agentruntime.entry.WatchEntry.MissionState;
import dev.agentruntime.entry.WatchEntry.MissionVerdict;
import dev.agentruntime.filter.FilterExpression;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.JudgePrompt;
import dev.agentruntime.governance.MissionTrack;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.policy.MissionConfig;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a process has achieved its mission, and ends the mission when it has, or may
 * not go on with it. The judge is asked after a run has committed, outside any run, one question at
 * a time; only an answer that is journaled counts, so after a crash it is asked again. Owned by:
 * the process's context.
 */
final class MissionRule implements Rule {

  /** How long to wait before the judge of the last run is asked again, at first and at most. */
  private static final Duration AGAIN_FIRST = Duration.ofSeconds(10);

  private static final Duration AGAIN_MAX = Duration.ofHours(1);

  private final MissionConfig config;
  private final ProcessLog log;
  private final ProcessDeps deps;
  private final Oversight.Host host;
  private final Escalations escalations;
  private final Judge judge;
  private final @Nullable FilterExpression check;
  private boolean asking;

  /** Which question it is; an answer to an earlier one comes too late. */
  private int question;

  private boolean waiting;
  private int tried = -1;

  /** Answers in a row that were errors. */
  private int errors;

  private Timers.@Nullable Armed again;

  /** The context of which the check has said no; most runs change nothing in it. */
  private @Nullable AgentContext unfit;

  MissionRule(
      MissionConfig config,
      ProcessLog log,
      ProcessDeps deps,
      Oversight.Host host,
      Escalations escalations) {
    this.config = config;
    this.log = log;
    this.deps = deps;
    this.host = host;
    this.escalations = escalations;
    this.judge = new Judge(config, log, deps);
    String expression = config.successCheck();
    this.check = expression == null ? null : FilterExpression.parse(expression);
  }

  // --- What it is asked

  @Override
  public boolean mayBegin() {
    look();
    return runs() && (hasEnded() || !usedUp());
  }

  @Override
  public Verdict beforeTurn(OpenRun run, int turn, int attempt) {
    return inTime();
  }

  /** Its time may end while a call waits, such as for a person. */
  @Override
  public Verdict beforeTool(Act act) {
    return inTime();
  }

  private Verdict inTime() {
    // What its end brings about may not have been done when the node ended.
    if (over() || track().ends()) {
      look();
    }
    return runs() ? Verdict.GO : new Verdict.Later();
  }

  @Override
  public void blocks(Map<String, String> all) {
    MissionTrack track = track();
    StringBuilder block = new StringBuilder("Objective: ").append(config.objective());
    if (!config.successCriteria().isBlank()) {
      block.append("\nSuccess criteria: ").append(config.successCriteria());
    }
    block.append("\nState: ").append(MissionDesk.word(track.state()));
    if (config.maxInvocations() > 0) {
      block
          .append("\nRun ")
          .append(track.started() + 1)
          .append(" of at most ")
          .append(config.maxInvocations());
    }
    MissionVerdict verdict = track.verdict();
    if (verdict != null) {
      block
          .append("\nJudged after successful run ")
          .append(track.evaluated())
          .append(verdict.achieved() ? ": achieved" : ": not achieved")
          .append(", confidence ")
          .append(MissionDesk.share(verdict.confidence()))
          .append(". What has been reached, in the words of the judge")
          .append(track.isUntrusted() ? " " + WatchEntry.UNTRUSTED : "")
          .append(":\n")
          .append(JudgePrompt.data(deps.ids().next(), verdict.progress()));
    }
    all.put(WatchEntry.MISSION_BLOCK, block.toString());
  }

  @Override
  public void wrote(EntryData data) {
    if (data instanceof EntryData.InvocationResult
        || data instanceof EntryData.StateTransition
        || data instanceof MissionEvaluation
        || data instanceof DeployEntry.ProcessDeployed) {
      host.later(this::look);
    }
  }

  @Override
  public void recovered() {
    // Whoever was asked when all work ended did not answer.
    tried = -1;
    calm();
    look();
  }

  @Override
  public void retired() {
    calm();
    // Before it is told: that nobody waits any more is no error, and no answer.
    question++;
    asking = false;
    judge.cancel();
  }

  // --- What it decides

  private MissionTrack track() {
    return log.image().governance().mission();
  }

  private boolean runs() {
    return Lifecycle.runs(log.image().state());
  }

  private boolean usedUp() {
    return config.maxInvocations() > 0 && track().started() >= config.maxInvocations();
  }

  private boolean over() {
    Instant began = track().startedAt();
    Duration limit = config.timeout();
    return began != null && !limit.isZero() && !deps.timers().now().isBefore(began.plus(limit));
  }

  /** Doubt, or an operator's pause, takes no limit away. */
  private boolean hasEnded() {
    MissionState state = track().state();
    return state == MissionState.COMPLETED || state == MissionState.FAILED;
  }

  /** Whether no run is open, and none may begin. */
  private boolean ranOut() {
    return usedUp() && log.image().runs().isEmpty();
  }

  /** Whether the judge is to see runs that he has not seen; after the last run, any. */
  private boolean unjudged() {
    int unseen = track().succeeded() - track().evaluated();
    return config.evalEvery() > 0 && (unseen >= config.evalEvery() || (unseen > 0 && ranOut()));
  }

  private void look() {
    if (host.isClosed()
        || log.broken()
        || log.image().removed()
        || !isInForce()
        || waitsForRoom()) {
      return;
    }
    act();
    if (hasEnded() || !(runs() || log.image().state() == ProcessState.SUSPENDED)) {
      return;
    }
    boolean active = track().state() == MissionState.ACTIVE;
    if (active && track().succeeded() > 0 && holds()) {
      decide(MissionState.COMPLETED, MissionSource.SUCCESS_CHECK, "success_check holds");
    } else if (over()) {
      decide(
          MissionState.FAILED,
          MissionSource.TIMEOUT,
          "not achieved within " + config.timeoutHours().toPlainString() + " h");
    } else if (active && unjudged()) {
      next();
    } else if (ranOut() && !asking) {
      decide(
          MissionState.FAILED,
          MissionSource.MAX_INVOCATIONS,
          "not achieved in " + config.maxInvocations() + " runs");
    }
  }

  /** What is decided must not take the room of what has to be finished; it is decided later. */
  private boolean waitsForRoom() {
    if (!log.accepting() && !waiting) {
      waiting = true;
      Timers.Armed ignored = deps.timers().after(Gate.PRESSURE_RETRY, () -> {
        waiting = false;
        look();
      });
    }
    return !log.accepting();
  }

  /** Another manifest may have come with another mission, whose rule is another one. */
  private boolean isInForce() {
    ProcessImage.Deployment now = log.image().deployment();
    return now != null && config.equals(now.config().governance().mission());
  }

  private boolean holds() {
    AgentContext context = log.image().context();
    if (check == null || context.equals(unfit)) {
      return false;
    }
    boolean holds = check.matches(name -> name.equals("payload") ? context.toJson() : null);
    unfit = holds ? null : context;
    return holds;
  }

  private void decide(MissionState state, MissionSource source, String reason) {
    write(new MissionEvaluation(
        state, source, track().succeeded(), null, Message.Usage.NONE, "", reason));
  }

  private void write(MissionEvaluation evaluation) {
    Oversight.noted(log.write(evaluation));
    act();
  }

  /** Does what the image says is to be done and was not. */
  private void act() {
    MissionTrack.Evaluated last = track().last();
    if (last == null) {
      return;
    }
    MissionEvaluation evaluation = last.evaluation();
    if (track().tells()) {
      Oversight.noted(escalations.escalate(
          config.escalation(), MissionTrack.about(track().state()), payload(evaluation)));
    }
    if (track().ends()) {
      String reason = "mission " + MissionDesk.word(track().state()) + ": " + evaluation.reason();
      if (config.onComplete() == MissionConfig.OnComplete.STOP) {
        host.halt(reason);
      } else if (config.onComplete() == MissionConfig.OnComplete.SUSPEND) {
        host.hold(MissionTrack.CAUSE, reason);
      }
    }
  }

  private Json payload(MissionEvaluation evaluation) {
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("type", evaluation.state() == MissionState.FAILED ? "failed" : "low_confidence");
    payload.put("process_id", log.image().id().toString());
    MissionVerdict verdict = evaluation.verdict();
    if (verdict != null) {
      payload.put("confidence", MissionDesk.share(verdict.confidence()));
    }
    payload.put("reasoning", verdict == null ? evaluation.reason() : verdict.reasoning());
    return Json.of(payload);
  }

  // --- The judge

  /** One question at a time; after an error, when there is something new, or no run may follow. */
  private void next() {
    if (asking) {
      return;
    }
    if (tried != track().succeeded()) {
      ask();
    } else if (again == null && ranOut()) {
      again = deps.timers().after(pause(), () -> {
        again = null;
        tried = -1;
        look();
      });
    }
  }

  /** Doubles with every error, and ends with the time of the mission. */
  private Duration pause() {
    Duration pause = AGAIN_FIRST;
    for (int i = 1; i < errors && pause.compareTo(AGAIN_MAX) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    pause = pause.compareTo(AGAIN_MAX) > 0 ? AGAIN_MAX : pause;
    Instant began = track().startedAt();
    if (began == null || config.timeout().isZero()) {
      return pause;
    }
    Duration left = Duration.between(deps.timers().now(), began.plus(config.timeout()));
    return left.compareTo(pause) < 0 ? left : pause;
  }

  private void calm() {
    errors = 0;
    if (again != null) {
      again.cancel();
      again = null;
    }
  }

  private void ask() {
    asking = true;
    int mine = ++question;
    int number = track().succeeded();
    judge.ask(number).onComplete(answer -> {
      if (mine != question) {
        return;
      }
      asking = false;
      if (log.broken() || log.image().removed() || !isInForce() || track().evaluated() >= number) {
        return;
      }
      if (answer.succeeded()) {
        judged(number, answer.result());
      } else {
        failed(number, answer.cause());
      }
      host.pump();
    });
  }

  private void judged(int number, ChatReply reply) {
    MissionVerdict verdict;
    try {
      verdict = JudgePrompt.verdict(reply.message());
    } catch (RuntimeFault malformed) {
      failed(number, malformed);
      return;
    }
    calm();
    MissionState before = track().state();
    boolean sure = verdict.confidence() >= config.confidenceThreshold();
    MissionState state = before;
    String reason = "";
    if (before == MissionState.ACTIVE && verdict.achieved() && sure) {
      state = MissionState.COMPLETED;
      reason = "achieved, says the judge";
    } else if (before == MissionState.ACTIVE && !verdict.achieved() && !sure) {
      state = MissionState.PAUSED;
      reason = "the judge is not sure";
    }
    write(new MissionEvaluation(
        state, MissionSource.JUDGE, number, verdict, reply.usage(), reply.model(), reason));
  }

  /** Asked again after the next successful run, or in a while if none may follow. */
  private void failed(int number, Throwable cause) {
    tried = number;
    errors++;
    Failure failure = Failure.of(cause);
    ErrorCode code = failure.code();
    Oversight.noted(log.write(
        new EntryData.ErrorNoted(code, "the judge of the mission: " + failure.message(), null)));
    host.later(this::look);
  }
}
