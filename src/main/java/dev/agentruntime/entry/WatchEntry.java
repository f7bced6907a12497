package dev.agentruntime.entry;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import org.jspecify.annotations.Nullable;

/** Entries of those who watch whether a process is well, and whether it gets anywhere. */
public sealed interface WatchEntry extends EntryData {

  /** The title of how a mission stands, among the blocks of a run. */
  String MISSION_BLOCK = "mission_progress";

  /** In that block when the judge whose words it holds has read what came from outside. */
  String UNTRUSTED = "(the judge has read what came from outside)";

  /**
   * A process was found not to be well, or to be well again, or somebody has seen to it.
   *
   * @param type {@code stuck, loop, empty_response, high_error_rate, ping_pong, no_progress}; empty
   *     for {@code RECOVERED} and {@code CLEARED}
   * @param invocation the run it is about, null when it is about several
   * @param ordinal the tool call of that run before which it was found, 0 = none
   * @param details what was found, in words
   */
  record HealthAnomaly(
      String type,
      HealthAction action,
      @Nullable InvocationId invocation,
      int ordinal,
      String details)
      implements WatchEntry {
    @Override
    public String kind() {
      return "health_anomaly";
    }
  }

  /**
   * What is known of a mission was judged, or somebody changed its state.
   *
   * @param state of the mission from now on
   * @param source who says so
   * @param number how many runs had succeeded
   * @param verdict null unless a judge gave one
   * @param usage what the judge cost
   * @param model which model judged, as configured; empty when none did outside this JVM
   * @param reason why the state is another one, empty when it is not
   */
  record MissionEvaluation(
      MissionState state,
      MissionSource source,
      int number,
      @Nullable MissionVerdict verdict,
      Message.Usage usage,
      String model,
      String reason)
      implements WatchEntry {
    @Override
    public String kind() {
      return "mission_evaluation";
    }
  }

  /**
   * What a judge said.
   *
   * @param confidence 0..1000
   * @param progress what has been reached so far, in few words
   */
  record MissionVerdict(boolean achieved, int confidence, String reasoning, String progress) {}

  /** What an anomaly brings about. */
  enum HealthAction {
    LOG,
    PAUSE,
    STOP,
    /** Somebody is told, and the process pauses. */
    ESCALATE,
    /** Nothing: a run succeeded after it. */
    RECOVERED,
    /** Nothing: an operator has seen all there were. */
    CLEARED
  }

  /** How a mission stands. */
  enum MissionState {
    ACTIVE,
    PAUSED,
    COMPLETED,
    FAILED
  }

  /** Who decides about a mission. */
  enum MissionSource {
    JUDGE,
    SUCCESS_CHECK,
    TIMEOUT,
    MAX_INVOCATIONS,
    OPERATOR
  }
}
