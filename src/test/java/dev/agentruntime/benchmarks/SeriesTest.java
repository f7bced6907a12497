package dev.agentruntime.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.benchmarks.Series.Round;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeriesTest {

  @Test
  void comparesPairByPair() {
    Series series = new Series(
        "accepted, 64 connections",
        "a second",
        List.of(new Round(30_000, 60_000), new Round(20_000, 50_000), new Round(42_000, 70_000)));

    assertEquals(
        List.of(
            "accepted, 64 connections (a second)",
            "  runtime     median 30,000  min 20,000  max 42,000",
            "  limit-sync  median 60,000  min 50,000  max 70,000",
            "  ratio       median 0.500  min 0.400  max 0.600   pair by pair 0.500 0.400 0.600"),
        series.lines());
  }

  @Test
  void theRatioIsNotTheRatioOfTheMedians() {
    Series series =
        new Series("x", "ms", List.of(new Round(1, 10), new Round(5, 1), new Round(9, 9)));
    assertEquals(
        "  ratio       median 1.000  min 0.100  max 5.000   pair by pair 0.100 5.000 1.000",
        series.lines().get(3));
  }

  @Test
  void showsSmallFiguresToo() {
    Series series = new Series("cpu", "ms a trigger", List.of(new Round(0.0345, 0.0113)));
    assertEquals(
        "  runtime     median 0.0345  min 0.0345  max 0.0345", series.lines().get(1));
  }

  @Test
  void theMedianOfAnEvenNumberIsTheMiddle() {
    assertEquals(2.5, Series.median(List.of(4.0, 1.0, 2.0, 3.0)));
    assertEquals(3, Series.median(List.of(3.0, 1.0, 9.0)));
  }

  @Test
  void saysWhenNothingCouldBeMeasured() {
    assertEquals(
        List.of("p99.9 (ms)", "  nothing measured: too few samples"),
        new Series("p99.9", "ms", List.of()).lines());
  }
}
