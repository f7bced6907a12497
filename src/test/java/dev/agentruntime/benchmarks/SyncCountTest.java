package dev.agentruntime.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SyncCountTest {

  @Test
  void addsAllKindsOfSyncs() {
    assertEquals(
        4_141,
        SyncCount.calls(List.of(
            "% time     seconds  usecs/call     calls    errors syscall",
            "------ ----------- ----------- --------- --------- ----------------",
            " 99.00    1.000000         241      4136           fdatasync",
            "  1.00    0.000100          20         5         1 fsync",
            "------ ----------- ----------- --------- --------- ----------------",
            "100.00    1.000100         241      4141         1 total")));
  }

  @Test
  void aSummaryWithoutSyncsHasNone() {
    assertEquals(0, SyncCount.calls(List.of()));
  }
}
