package dev.agentruntime.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ProcFsTest {

  @Test
  void addsUserSystemAndChildren() {
    String stat = "4242 (java) S 1 4242 4242 0 -1 4194304 100 200 3 4 150 50 7 3 20 0 30 0 9999";
    assertEquals(2_100, ProcFs.cpuMillis(stat));
  }

  @Test
  void aNameMayHoldSpacesAndParentheses() {
    String stat = "1 (a (b) 9 9 9) R 1 1 1 0 -1 4194304 100 200 3 4 1 2 3 4 20 0 30 0 9999\n";
    assertEquals(100, ProcFs.cpuMillis(stat));
  }

  @Test
  void readsTheProportionalSize() {
    assertEquals(
        123_456,
        ProcFs.pssKib(List.of(
            "55d0-7ffc ---p 00000000 00:00 0   [rollup]",
            "Rss:              200000 kB",
            "Pss:              123456 kB",
            "Pss_Anon:         100000 kB")));
    assertThrows(IllegalArgumentException.class, () -> ProcFs.pssKib(List.of("Rss: 1 kB")));
  }

  @Test
  void readsTheLoad() {
    assertEquals(3.25, ProcFs.load("3.25 2.00 1.00 2/345 6789\n"));
  }

  @Test
  void readsThisProcess() throws IOException {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/smaps_rollup")), "Linux");
    assertTrue(ProcFs.cpuMillis(ProcessHandle.current()) > 0);
    assertTrue(ProcFs.pssKib(ProcessHandle.current()) > 1_000);
    assertTrue(ProcFs.load() >= 0);
  }
}
