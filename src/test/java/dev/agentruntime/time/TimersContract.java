package dev.agentruntime.time;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link Timers} promises. */
abstract class TimersContract {

  /** The timers to be tried. */
  abstract Timers timers();

  /** Runs a task where timers may be armed, and returns when it has run. */
  abstract void onContext(Runnable task);

  /** Lets time pass until the condition holds; fails when it does not within some seconds. */
  abstract void until(BooleanSupplier holds);

  private static Duration ms(long ms) {
    return Duration.ofMillis(ms);
  }

  private void arm(Duration delay, Runnable task) {
    Timers.Armed unused = timers().after(delay, task);
  }

  @Test
  void nowIsInWholeMilliseconds() {
    Instant now = timers().now();
    assertEquals(now.truncatedTo(ChronoUnit.MILLIS), now);
  }

  @Test
  void runsOnceAndNotEarly() {
    AtomicInteger runs = new AtomicInteger();
    AtomicLong took = new AtomicLong();
    onContext(() -> {
      long start = timers().nanos();
      arm(ms(20), () -> {
        runs.incrementAndGet();
        took.set(timers().nanos() - start);
      });
      arm(ms(60), runs::incrementAndGet);
    });
    until(() -> runs.get() == 2);
    assertTrue(took.get() >= ms(20).toNanos(), () -> "after " + took.get() + " ns");
  }

  @Test
  void neverRunsInsideTheArmingCall() {
    List<String> seen = new ArrayList<>();
    AtomicInteger runs = new AtomicInteger();
    onContext(() -> {
      arm(Duration.ZERO, () -> {
        seen.add("ran");
        runs.incrementAndGet();
      });
      arm(ms(-5), runs::incrementAndGet);
      seen.add("armed");
    });
    until(() -> runs.get() == 2);
    onContext(() -> assertEquals(List.of("armed", "ran"), seen));
  }

  @Test
  void runsOnTheThreadThatArmed() {
    AtomicReference<Thread> armed = new AtomicReference<>();
    AtomicReference<Thread> ran = new AtomicReference<>();
    onContext(() -> {
      armed.set(Thread.currentThread());
      arm(ms(5), () -> ran.set(Thread.currentThread()));
    });
    until(() -> ran.get() != null);
    assertSame(armed.get(), ran.get());
  }

  @Test
  void neverRunsWhatWasCancelled() {
    AtomicInteger cancelled = new AtomicInteger();
    AtomicInteger runs = new AtomicInteger();
    onContext(() -> {
      Timers.Armed once = timers().after(ms(5), cancelled::incrementAndGet);
      once.cancel();
      once.cancel();
      List<Timers.Armed> later = new ArrayList<>();
      // Due at the same instant as the one that takes it back.
      arm(ms(10), () -> later.forEach(Timers.Armed::cancel));
      later.add(timers().after(ms(15), cancelled::incrementAndGet));
      arm(ms(50), runs::incrementAndGet);
    });
    until(() -> runs.get() == 1);
    assertEquals(0, cancelled.get());
  }

  @Test
  void cancellingWhatRanDoesNothing() {
    AtomicInteger runs = new AtomicInteger();
    AtomicReference<Timers.@Nullable Armed> armed = new AtomicReference<>();
    onContext(() -> armed.set(timers().after(ms(1), runs::incrementAndGet)));
    until(() -> runs.get() == 1);
    onContext(() -> {
      requireNonNull(armed.get()).cancel();
      arm(ms(1), runs::incrementAndGet);
    });
    until(() -> runs.get() == 2);
  }

  @Test
  void repeatsUntilCancelledFromWithin() {
    AtomicInteger ticks = new AtomicInteger();
    AtomicInteger end = new AtomicInteger();
    AtomicReference<Timers.@Nullable Armed> armed = new AtomicReference<>();
    onContext(() -> armed.set(timers().every(ms(3), () -> {
      if (ticks.incrementAndGet() == 3) {
        requireNonNull(armed.get()).cancel();
        arm(ms(30), end::incrementAndGet);
      }
    })));
    until(() -> end.get() == 1);
    assertEquals(3, ticks.get());
  }

  @Test
  void runsWhatIsArmedOnTheWay() {
    AtomicInteger left = new AtomicInteger(20);
    onContext(() -> again(left));
    until(() -> left.get() == 0);
  }

  private void again(AtomicInteger left) {
    if (left.decrementAndGet() > 0) {
      arm(ms(1), () -> again(left));
    }
  }

  @Test
  void runsEachOfVeryMany() {
    int many = 20_000;
    AtomicInteger runs = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    AtomicInteger early = new AtomicInteger();
    onContext(() -> {
      long start = timers().nanos();
      for (int i = 0; i < many; i++) {
        long delay = i % 700;
        arm(ms(delay), () -> {
          runs.incrementAndGet();
          if (timers().nanos() - start < ms(delay).toNanos()) {
            early.incrementAndGet();
          }
        });
        timers().after(ms(delay), cancelled::incrementAndGet).cancel();
      }
    });
    until(() -> runs.get() == many);
    assertEquals(0, early.get());
    assertEquals(0, cancelled.get());
  }
}
