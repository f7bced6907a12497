package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualTimersTest {

  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

  private final ManualTimers timers = new ManualTimers(START);
  private final List<String> ran = new ArrayList<>();

  private void note(String what) {
    ran.add(what + "@" + Duration.between(START, timers.now()).toMillis());
  }

  private void in(Duration delay, Runnable task) {
    Timers.Armed unused = timers.after(delay, task);
  }

  private static Duration ms(long ms) {
    return Duration.ofMillis(ms);
  }

  @Test
  void runsWhatIsDueInOrder() {
    in(ms(20), () -> note("b"));
    in(ms(10), () -> note("a"));
    in(ms(20), () -> note("c"));
    in(ms(31), () -> note("late"));
    assertEquals(List.of(), ran);
    timers.advance(ms(30));
    assertEquals(List.of("a@10", "b@20", "c@20"), ran);
    assertEquals(ms(30).toNanos(), timers.nanos());
    assertEquals(1, timers.pending());
  }

  @Test
  void runsWhatIsArmedOnTheWay() {
    in(ms(10), () -> in(ms(5), () -> note("inner")));
    timers.advance(ms(15));
    assertEquals(List.of("inner@15"), ran);
  }

  @Test
  void neverRunsInsideTheArmingCall() {
    in(Duration.ZERO, () -> note("zero"));
    in(ms(-5), () -> note("past"));
    assertEquals(List.of(), ran);
    timers.advance(Duration.ZERO);
    assertEquals(List.of("zero@0", "past@0"), ran);
  }

  @Test
  void repeatsUntilCancelled() {
    List<Timers.Armed> armed = new ArrayList<>();
    armed.add(timers.every(ms(10), () -> {
      note("tick");
      if (ran.size() == 3) {
        armed.get(0).cancel();
      }
    }));
    timers.advance(ms(100));
    assertEquals(List.of("tick@10", "tick@20", "tick@30"), ran);
    assertEquals(0, timers.pending());
  }

  @Test
  void neverRunsWhatWasCancelled() {
    Timers.Armed once = timers.after(ms(10), () -> note("once"));
    in(ms(5), once::cancel);
    timers.advance(ms(20));
    once.cancel();
    assertEquals(List.of(), ran);
  }

  @Test
  void theWallClockJumpsAndTheOtherDoesNot() {
    in(ms(10), () -> note("due"));
    timers.jump(Duration.ofHours(-1));
    assertEquals(START.minusSeconds(3600), timers.now());
    timers.advance(ms(9));
    assertEquals(List.of(), ran);
    timers.advance(ms(1));
    assertEquals(1, ran.size());
    assertEquals(ms(10).toNanos(), timers.nanos());
  }
}
