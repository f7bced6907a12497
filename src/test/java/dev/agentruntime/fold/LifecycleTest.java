package dev.agentruntime.fold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class LifecycleTest {

  /** The table once more, in words, and from where each state is reached. */
  private static final List<String> LEGAL = List.of(
      "created>starting",
      "created>stopped",
      "starting>running",
      "starting>failed",
      "starting>stopping",
      "running>suspended",
      "running>awaiting",
      "running>stopping",
      "running>failed",
      "suspended>running",
      "suspended>awaiting",
      "suspended>stopping",
      "suspended>failed",
      "awaiting>running",
      "awaiting>suspended",
      "awaiting>stopping",
      "awaiting>failed",
      "stopping>stopped",
      "stopping>failed",
      "stopped>starting",
      "failed>starting");

  static Stream<Arguments> pairs() {
    return Arrays.stream(ProcessState.values())
        .flatMap(from -> Arrays.stream(ProcessState.values()).map(to -> Arguments.of(from, to)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void hasTheMovesOfTheTableAndNoOther(ProcessState from, ProcessState to) {
    boolean legal = LEGAL.contains(from.word() + ">" + to.word());

    assertEquals(legal, Lifecycle.allows(from, to));
    if (legal) {
      Lifecycle.require(from, to, "move");
    } else {
      RuntimeFault refused =
          assertThrows(RuntimeFault.class, () -> Lifecycle.require(from, to, "move"));
      assertEquals(ErrorCode.ILLEGAL_TRANSITION, refused.code());
      assertEquals(
          "cannot move a process that is " + from.word() + ", expected " + origins(to),
          refused.getMessage());
    }
  }

  private static String origins(ProcessState to) {
    List<String> origins = LEGAL.stream()
        .filter(move -> move.endsWith(">" + to.word()))
        .map(move -> move.substring(0, move.indexOf('>')))
        .sorted()
        .toList();
    return origins.isEmpty() ? "another state" : String.join(" or ", origins);
  }

  @ParameterizedTest
  @EnumSource(ProcessState.class)
  void acceptsAndRunsOnlyWhereItMay(ProcessState state) {
    assertEquals(
        Set.of("starting", "running", "suspended", "awaiting").contains(state.word()),
        Lifecycle.accepts(state));
    assertEquals(Set.of("running", "awaiting").contains(state.word()), Lifecycle.runs(state));
  }

  @Test
  void everyStateIsReachedAndLeft() {
    for (ProcessState state : ProcessState.values()) {
      assertFalse(Lifecycle.MOVES.getOrDefault(state, Set.of()).isEmpty(), state.word());
      assertTrue(
          state == ProcessState.CREATED
              || LEGAL.stream().anyMatch(move -> move.endsWith(">" + state.word())),
          state.word());
    }
  }
}
