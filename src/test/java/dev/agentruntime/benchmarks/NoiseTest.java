package dev.agentruntime.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.benchmarks.Series.Round;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NoiseTest {

  @Test
  void aQuietMachineHasNoReasons() {
    assertEquals(List.of(), Noise.reasons(3.0, List.of(limits(40, 70, 70), limits(35, 70, 80))));
    assertEquals(List.of(), Noise.reasons(0, List.of(limits())));
  }

  @Test
  void aLoadedMachineIsNoisy() {
    assertEquals(
        List.of("noisy: load average 3.01 at the start, expected=at most 3"),
        Noise.reasons(3.01, List.of(limits(70, 70))));
  }

  @Test
  void aRoundOfLimitSyncBelowHalfItsMedianIsNoisy() {
    assertEquals(
        List.of("noisy: limit-sync fell below half its median in: rate"),
        Noise.reasons(0.5, List.of(limits(70, 34, 70))));
  }

  private static Series limits(double... limits) {
    return new Series(
        "rate",
        "a second",
        Stream.of(limits)
            .flatMap(all -> java.util.Arrays.stream(all).boxed())
            .map(limit -> new Round(30, limit))
            .toList());
  }
}
