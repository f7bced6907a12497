package dev.agentruntime.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.load.LoadReport.Percentiles;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PercentilesTest {

  @Test
  void saysNothingOfNothing() {
    assertEquals(new Percentiles(0, null, null, null, null), of(0));
  }

  @Test
  void saysNoPercentileWithFewerThanTenSamplesBeyondIt() {
    assertNull(of(18).p50());
    assertNotNull(of(20).p50());
    assertNull(of(949).p99());
    assertNotNull(of(1_000).p99());
    assertNull(of(9_499).p999());
    assertNotNull(of(10_000).p999());
    assertNotNull(of(1).max());
  }

  @Test
  void readsThemOffTheHistogram() {
    Percentiles times = of(10_000);
    assertNear(5_000_000, times.p50());
    assertNear(9_900_000, times.p99());
    assertNear(9_990_000, times.p999());
    assertNear(10_000_000, times.max());
  }

  /** 1 us, 2 us, 3 us ... */
  private static Percentiles of(int samples) {
    Histogram histogram = new Histogram(1_000, 3_600_000_000_000L, 3);
    for (int i = 1; i <= samples; i++) {
      histogram.recordValue(i * 1_000L);
    }
    return Percentiles.of(histogram);
  }

  private static void assertNear(long expected, @Nullable Long actual) {
    assertNotNull(actual);
    assertTrue(Math.abs(actual - expected) <= expected / 500, expected + " is not " + actual);
  }
}
