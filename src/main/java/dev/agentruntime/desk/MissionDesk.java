package dev.agentruntime.desk;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.WatchEntry.MissionEvaluation;
import dev.agentruntime.entry.WatchEntry.MissionSource;
import dev.agentruntime.entry.WatchEntry.MissionState;
import dev.agentruntime.entry.WatchEntry.MissionVerdict;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.MissionTrack;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.MissionConfig;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator sees and does of a process's mission. Owned by: the process's context. */
public final class MissionDesk {

  private final ProcessLog log;

  /** Of one process. */
  public MissionDesk(ProcessLog log) {
    this.log = log;
  }

  /**
   * {@code {"state", "objective", "success_criteria", "started_at", "invocations",
   * "successful_runs", "max_invocations", "progress", "evaluations":[...newest first]}}; fails with
   * MISSION_DISABLED.
   */
  public Future<Json> view() {
    Json view = shown();
    return log.durable().map(view);
  }

  /** No judge is asked until it is resumed; the process goes on. */
  public Future<Json> pause(String by) {
    return move(MissionState.PAUSED, Set.of(MissionState.ACTIVE), "paused by " + by);
  }

  /** The next successful run is judged again. */
  public Future<Json> resume(String by) {
    return move(MissionState.ACTIVE, Set.of(MissionState.PAUSED), "resumed by " + by);
  }

  /** It is given up; the process goes on. */
  public Future<Json> fail(String by) {
    return move(
        MissionState.FAILED, Set.of(MissionState.ACTIVE, MissionState.PAUSED), "given up by " + by);
  }

  private Future<Json> move(MissionState to, Set<MissionState> from, String reason) {
    MissionConfig mission = require();
    MissionTrack track = track();
    if (!from.contains(track.state())) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION,
          "the mission " + Json.quote(mission.objective()) + " is " + word(track.state())
              + ", expected="
              + String.join(
                  " or ", from.stream().map(MissionDesk::word).sorted().toList()));
    }
    return log.write(new MissionEvaluation(
            to, MissionSource.OPERATOR, track.succeeded(), null, Message.Usage.NONE, "", reason))
        .map(durable -> shown());
  }

  private MissionConfig require() {
    MissionConfig mission = mission(log.image());
    if (mission == null) {
      throw new RuntimeFault(
          ErrorCode.MISSION_DISABLED,
          log.image().id().name() + " has no mission, expected=a section mission in its manifest");
    }
    return mission;
  }

  private static @Nullable MissionConfig mission(ProcessImage image) {
    ProcessImage.Deployment now = image.deployment();
    return now == null ? null : now.config().governance().mission();
  }

  private MissionTrack track() {
    return log.image().governance().mission();
  }

  /** Of a status; nothing when there is no mission. */
  public static Map<String, Object> status(ProcessImage image) {
    MissionConfig mission = mission(image);
    if (mission == null) {
      return Map.of();
    }
    MissionTrack track = image.governance().mission();
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("state", word(track.state()));
    view.put("objective", mission.objective());
    view.put("invocations", track.started());
    view.put("successful_runs", track.succeeded());
    MissionVerdict verdict = track.verdict();
    view.put("progress", verdict == null ? null : verdict.progress());
    return Map.of("mission", view);
  }

  private Json shown() {
    MissionConfig mission = require();
    MissionTrack track = track();
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("state", word(track.state()));
    view.put("objective", mission.objective());
    view.put("success_criteria", mission.successCriteria());
    Instant began = track.startedAt();
    view.put("started_at", began == null ? null : began.toString());
    view.put("invocations", track.started());
    view.put("successful_runs", track.succeeded());
    view.put("max_invocations", mission.maxInvocations());
    MissionVerdict verdict = track.verdict();
    view.put("progress", verdict == null ? null : verdict.progress());
    List<Object> all = new ArrayList<>();
    for (MissionTrack.Evaluated each : track.evaluations()) {
      all.add(0, shown(each));
    }
    view.put("evaluations", all);
    return Json.of(view);
  }

  private static Map<String, @Nullable Object> shown(MissionTrack.Evaluated each) {
    MissionEvaluation evaluation = each.evaluation();
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("time", each.time().toString());
    view.put("source", word(evaluation.source()));
    view.put("invocation_number", evaluation.number());
    view.put("state", word(evaluation.state()));
    MissionVerdict verdict = evaluation.verdict();
    if (verdict != null) {
      view.put("achieved", verdict.achieved());
      view.put("confidence", share(verdict.confidence()));
      view.put("reasoning", verdict.reasoning());
      view.put("progress_summary", verdict.progress());
      view.put(
          "usage",
          Map.of(
              "input", evaluation.usage().input(), "output", evaluation.usage().output()));
      view.put("model", evaluation.model());
    }
    view.put("reason", evaluation.reason());
    return view;
  }

  public static BigDecimal share(int thousandths) {
    BigDecimal share = BigDecimal.valueOf(thousandths, 3).stripTrailingZeros();
    return share.scale() < 0 ? share.setScale(0) : share;
  }

  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
