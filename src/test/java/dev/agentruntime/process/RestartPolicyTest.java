package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ProcessConfig.Restarts;
import dev.agentruntime.config.ProcessConfig.Restarts.Policy;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A failed process comes back by itself as its policy says, also over restarts of the node. */
final class RestartPolicyTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final HandProcess hand = new HandProcess();

  private void runs(Policy policy, int max, Duration maxLifetime) {
    hand.open();
    ProcessConfig usual = HandProcess.config(ProcessConfig.Run.DEFAULT);
    hand.deploy(new ProcessConfig(
        usual.name(),
        usual.model(),
        null,
        usual.instructions(),
        usual.triggers(),
        usual.world(),
        usual.context(),
        usual.level(),
        usual.run(),
        usual.delivery(),
        new Restarts(policy, max, HOUR, Duration.ofSeconds(1), maxLifetime),
        usual.tools()));
    Future<Void> started = hand.start();
    hand.flush();
    assertTrue(started.succeeded());
  }

  private void failsThreeTimes() {
    for (int i = 0; i < 3; i++) {
      Future<?> unused = hand.offer("work");
      hand.flush();
      hand.breakModel();
    }
  }

  private void pass(Duration time) {
    hand.pass(time);
    hand.flush();
  }

  private List<EntryData.Restart> byPolicy() {
    return hand.entries(EntryData.Restart.class).stream()
        .filter(restart -> restart.reason().equals(EntryData.Restart.POLICY))
        .toList();
  }

  @Test
  void neverIsNever() {
    runs(Policy.NEVER, 3, Duration.ZERO);
    failsThreeTimes();
    pass(HOUR);
    assertEquals(ProcessState.FAILED, hand.state());
  }

  @Test
  void comesBackAfterAPauseThatDoubles() {
    runs(Policy.ON_FAILURE, 3, Duration.ZERO);
    failsThreeTimes();
    assertEquals(ProcessState.FAILED, hand.state());
    pass(Duration.ofMillis(999));
    assertEquals(ProcessState.FAILED, hand.state());
    pass(Duration.ofMillis(1));
    assertEquals(ProcessState.RUNNING, hand.state());
    failsThreeTimes();
    pass(Duration.ofMillis(1_999));
    assertEquals(ProcessState.FAILED, hand.state());
    pass(Duration.ofMillis(1));
    assertEquals(ProcessState.RUNNING, hand.state());
    assertEquals(2, byPolicy().size());
  }

  @Test
  void staysFailedWhenItsRestartsAreUsedUpAndSaysSoOnce() {
    runs(Policy.ON_FAILURE, 2, Duration.ZERO);
    for (int i = 0; i < 3; i++) {
      failsThreeTimes();
      pass(Duration.ofSeconds(10));
    }
    assertEquals(ProcessState.FAILED, hand.state());
    pass(Duration.ofDays(1));
    assertEquals(ProcessState.FAILED, hand.state());
    List<EntryData.ErrorNoted> said = hand.entries(EntryData.ErrorNoted.class).stream()
        .filter(error -> error.code() == ErrorCode.RESTARTS_EXHAUSTED)
        .toList();
    assertEquals(1, said.size());
    assertTrue(
        said.get(0).message().startsWith("restarted 2 times within 3600 s"),
        said.get(0).message());
  }

  @Test
  void restartsOfTheNodeForgetNoCountAndNoPendingRestart() {
    runs(Policy.ON_FAILURE, 2, Duration.ZERO);
    failsThreeTimes();
    // A minute passes while the node is down: the restart is overdue at once.
    hand.restart(false);
    pass(Duration.ZERO);
    assertEquals(ProcessState.RUNNING, hand.state());
    failsThreeTimes();
    hand.restart(false);
    pass(Duration.ZERO);
    assertEquals(ProcessState.RUNNING, hand.state());
    failsThreeTimes();
    hand.restart(true);
    pass(Duration.ofMinutes(5));
    assertEquals(ProcessState.FAILED, hand.state());
    assertEquals(2, byPolicy().size());
  }

  @Test
  void oldRestartsDoNotCount() {
    runs(Policy.ON_FAILURE, 1, Duration.ZERO);
    failsThreeTimes();
    pass(Duration.ofSeconds(1));
    pass(HOUR);
    failsThreeTimes();
    pass(Duration.ofSeconds(1));
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void operatorCanHoldAProcessThatWouldComeBack() {
    runs(Policy.ALWAYS, 3, Duration.ZERO);
    failsThreeTimes();
    Future<Void> held = hand.kernel().stop("operator");
    hand.flush();
    assertTrue(held.succeeded());
    pass(HOUR);
    assertEquals(ProcessState.FAILED, hand.state());
    assertTrue(hand.image().reason().startsWith("held: "), hand.image().reason());
    Future<Void> again = hand.kernel().stop("operator");
    assertTrue(again.failed());
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, ((RuntimeFault) again.cause()).code());
    Future<Void> started = hand.start();
    hand.flush();
    assertTrue(started.succeeded());
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void failedStartComesBackOnlyWithAlways() {
    runs(Policy.ALWAYS, 3, Duration.ZERO);
    Future<Void> stopped = hand.kernel().stop("operator");
    hand.flush();
    assertTrue(stopped.succeeded());
    hand.deafness = new RuntimeFault(ErrorCode.INVALID_CONFIG, "no secret");
    Future<Void> started = hand.start();
    hand.flush();
    assertTrue(started.failed());
    assertEquals(ProcessState.FAILED, hand.state());
    hand.deafness = null;
    pass(Duration.ofSeconds(1));
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void endOfLifeStopsOrRecycles() {
    runs(Policy.ALWAYS, 3, HOUR);
    pass(HOUR.minusMillis(1));
    assertEquals(ProcessState.RUNNING, hand.state());
    pass(Duration.ofMillis(1));
    pass(Duration.ZERO);
    assertEquals(ProcessState.RUNNING, hand.state());
    assertEquals(
        List.of(
            "created>starting",
            "starting>running",
            "running>stopping",
            "stopping>stopped",
            "stopped>starting",
            "starting>running"),
        hand.moves());
    assertEquals(0, byPolicy().size());
  }

  /** The call in flight holds up the stop. */
  private Future<Void> stopsSlowly(Supplier<Future<Void>> ending) {
    runs(Policy.ALWAYS, 3, Duration.ZERO);
    Future<?> unused = hand.offer("work");
    hand.flush();
    Future<Void> first = ending.get();
    hand.flush();
    assertEquals(ProcessState.STOPPING, hand.state());
    return first;
  }

  @Test
  void whoeverStopsOneThatIsBeingRecycledHasTheLastWord() {
    Future<Void> first = stopsSlowly(() -> hand.kernel().stop(EntryData.StateTransition.RECYCLE));
    Future<Void> stopped = hand.kernel().stop("operator");
    hand.say("done");
    pass(Duration.ZERO);
    assertTrue(first.succeeded() && stopped.succeeded());
    assertEquals(ProcessState.STOPPED, hand.state());
    assertEquals("operator", hand.image().reason());
  }

  @Test
  void whoeverStopsOneThatIsBeingRestartedHasTheLastWord() {
    Future<Void> restarted = stopsSlowly(() -> hand.kernel().restart());
    Future<Void> stopped = hand.kernel().stop("operator");
    hand.say("done");
    pass(Duration.ZERO);
    assertTrue(stopped.succeeded());
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, ((RuntimeFault) restarted.cause()).code());
    assertEquals(ProcessState.STOPPED, hand.state());
    assertEquals("operator", hand.image().reason());
  }

  @Test
  void whoeverRestartsOneThatIsBeingStoppedHasTheLastWord() {
    Future<Void> stopped = stopsSlowly(() -> hand.kernel().stop("operator"));
    Future<Void> restarted = hand.kernel().restart();
    hand.say("done");
    pass(Duration.ZERO);
    assertTrue(stopped.succeeded() && restarted.succeeded());
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void endOfLifeStopsForGoodWithoutAlways() {
    runs(Policy.ON_FAILURE, 3, HOUR);
    pass(HOUR);
    pass(HOUR);
    assertEquals(ProcessState.STOPPED, hand.state());
    assertEquals("max_lifetime reached", hand.image().reason());
  }

  @Test
  void recyclingSurvivesTheEndOfTheNodeInBetween() {
    runs(Policy.ALWAYS, 3, HOUR);
    Future<Void> stopped = hand.kernel().stop(EntryData.StateTransition.RECYCLE);
    hand.flush();
    assertTrue(stopped.succeeded());
    // The stop is journaled, the start is not.
    assertEquals(ProcessState.STOPPED, hand.state());
    hand.restart(true);
    pass(Duration.ZERO);
    assertEquals(ProcessState.RUNNING, hand.state());
  }
}
