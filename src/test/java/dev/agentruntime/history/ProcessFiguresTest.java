package dev.agentruntime.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessFiguresTest {

  /** Nearest rank, as in a table of 1 to n. */
  @ParameterizedTest
  @CsvSource({"1,50,1", "1,95,1", "2,50,1", "2,95,2", "20,50,10", "20,95,19", "20,100,20"})
  void aRankIsAValueThatWasMeasured(int many, int percent, long expected) {
    long[] sorted = new long[many];
    for (int i = 0; i < many; i++) {
      sorted[i] = i + 1L;
    }
    assertEquals(expected, ProcessFigures.rank(sorted, percent));
  }
}
