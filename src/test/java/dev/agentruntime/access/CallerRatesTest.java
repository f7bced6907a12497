package dev.agentruntime.access;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.ManualTimers;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CallerRatesTest {

  private final ManualTimers timers = new ManualTimers(Instant.EPOCH);

  @Test
  void aMinutesWorthAtOnceAndThenEvenly() {
    CallerRates rates = new CallerRates(timers, 60);
    for (int i = 0; i < 60; i++) {
      rates.take("a");
    }
    RuntimeFault refused = assertThrows(RuntimeFault.class, () -> rates.take("a"));
    assertEquals(ErrorCode.RATE_LIMITED, refused.code());
    assertEquals(Duration.ofSeconds(1), refused.failure().retryAfter());
    assertDoesNotThrow(() -> rates.take("b"), "another caller has a bucket of its own");
    timers.advance(Duration.ofSeconds(1));
    rates.take("a");
    assertThrows(RuntimeFault.class, () -> rates.take("a"));
    timers.advance(Duration.ofMinutes(5));
    for (int i = 0; i < 60; i++) {
      rates.take("a");
    }
    assertThrows(RuntimeFault.class, () -> rates.take("a"), "no more than a minute's worth");
  }

  @Test
  void withoutALimitNothingIsKept() {
    CallerRates rates = new CallerRates(timers, 0);
    for (int i = 0; i < 100_000; i++) {
      rates.take("a");
    }
    assertEquals(0, rates.size());
  }

  @Test
  void manyCallersTakeBoundedRoom() {
    CallerRates rates = new CallerRates(timers, 1);
    for (int i = 0; i < 20_000; i++) {
      rates.take("address " + i);
    }
    assertEquals(10_000, rates.size());
  }
}
