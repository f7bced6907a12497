package dev.agentruntime.core;

import static dev.agentruntime.core.ProcessState.AWAITING;
import static dev.agentruntime.core.ProcessState.CREATED;
import static dev.agentruntime.core.ProcessState.FAILED;
import static dev.agentruntime.core.ProcessState.RUNNING;
import static dev.agentruntime.core.ProcessState.STARTING;
import static dev.agentruntime.core.ProcessState.STOPPED;
import static dev.agentruntime.core.ProcessState.STOPPING;
import static dev.agentruntime.core.ProcessState.SUSPENDED;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The legal moves of a process; what is not in the table is refused. */
public final class Lifecycle {

  /** From each state to those it may move to. */
  public static final Map<ProcessState, Set<ProcessState>> MOVES = Map.of(
      CREATED, EnumSet.of(STARTING, STOPPED),
      STARTING, EnumSet.of(RUNNING, FAILED, STOPPING),
      RUNNING, EnumSet.of(SUSPENDED, AWAITING, STOPPING, FAILED),
      SUSPENDED, EnumSet.of(RUNNING, AWAITING, STOPPING, FAILED),
      AWAITING, EnumSet.of(RUNNING, SUSPENDED, STOPPING, FAILED),
      STOPPING, EnumSet.of(STOPPED, FAILED),
      STOPPED, EnumSet.of(STARTING),
      FAILED, EnumSet.of(STARTING));

  private Lifecycle() {}

  /** Whether the table has this move. */
  public static boolean allows(ProcessState from, ProcessState to) {
    return MOVES.getOrDefault(from, Set.of()).contains(to);
  }

  /**
   * Refuses a move that the table does not have.
   *
   * @param command what was asked for, for the message
   */
  public static void require(ProcessState from, ProcessState to, String command) {
    if (!allows(from, to)) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION,
          "cannot " + command + " a process that is " + from.word() + ", expected "
              + MOVES.entrySet().stream()
                  .filter(move -> move.getValue().contains(to))
                  .map(move -> move.getKey().word())
                  .sorted()
                  .reduce((a, b) -> a + " or " + b)
                  .orElse("another state"));
    }
  }

  /** Whether events are taken in. */
  public static boolean accepts(ProcessState state) {
    return state == RUNNING || state == SUSPENDED || state == AWAITING || state == STARTING;
  }

  /** Whether runs may take their next step. */
  public static boolean runs(ProcessState state) {
    return state == RUNNING || state == AWAITING;
  }
}
