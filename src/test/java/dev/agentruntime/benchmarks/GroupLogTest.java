package dev.agentruntime.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupLogTest {

  @TempDir
  private Path directory;

  @Test
  void isZeroedAheadAndBeginsAgainAtItsEnd() throws Exception {
    Path file = directory.resolve("log");
    Semaphore durable = new Semaphore(0);
    try (GroupLog<String> log = new GroupLog<>(file, 16, waiting -> durable.release())) {
      assertEquals(16, Files.size(file));
      for (String record : new String[] {"aaaaaaa", "bbbb", "cccc"}) {
        log.append(record.getBytes(UTF_8), null);
        assertTrue(durable.tryAcquire(10, TimeUnit.SECONDS));
      }
    }
    assertEquals("cccc\naa\nbbbb\n\0\0\0", Files.readString(file), "8 + 5 + 5 do not fit 16");
  }

  @Test
  void writesWhatIsLeftWhenItIsClosed() throws Exception {
    Path file = directory.resolve("log");
    byte[] longRecord = "x".repeat(100_000).getBytes(UTF_8);
    GroupLog<String> log = new GroupLog<>(file, 1 << 18, waiting -> {});
    log.append(longRecord, null);
    log.append("last".getBytes(UTF_8), null);
    log.close();
    assertTrue(Files.readString(file).startsWith("x".repeat(100_000) + "\nlast\n"));
  }
}
