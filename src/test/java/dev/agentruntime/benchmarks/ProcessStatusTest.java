package dev.agentruntime.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ProcessStatusTest {

  @Test
  void readsTheTwoKeysItNeeds() {
    ProcessStatus status = ProcessStatus.of(
        "{\"name\":\"echo-bench\",\"state\":\"running\",\"invocation_count\":7,\"queue_size\":3}");
    assertEquals(new ProcessStatus(7, 3), status);
  }

  @Test
  void aMissingKeyIsNotZero() {
    assertThrows(
        IllegalArgumentException.class, () -> ProcessStatus.of("{\"invocation_count\":7}"));
    assertThrows(IllegalArgumentException.class, () -> ProcessStatus.of("{\"queue_size\":7}"));
  }

  @Test
  void isDoneWhenAllRanAndNothingIsQueued() {
    assertTrue(new ProcessStatus(10, 0).done(10));
    assertTrue(new ProcessStatus(11, 0).done(10));
    assertFalse(new ProcessStatus(9, 0).done(10));
    assertFalse(new ProcessStatus(10, 1).done(10));
  }
}
