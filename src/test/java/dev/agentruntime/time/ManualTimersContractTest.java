package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

final class ManualTimersContractTest extends TimersContract {

  private final ManualTimers timers = new ManualTimers(Instant.parse("2026-03-01T00:00:00Z"));

  @Override
  Timers timers() {
    return timers;
  }

  @Override
  void onContext(Runnable task) {
    task.run();
  }

  @Override
  void until(BooleanSupplier holds) {
    for (int i = 0; i < 10_000 && !holds.getAsBoolean(); i++) {
      timers.advance(Duration.ofMillis(1));
    }
    assertTrue(holds.getAsBoolean());
  }
}
