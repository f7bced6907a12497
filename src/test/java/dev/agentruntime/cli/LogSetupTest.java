package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogSetupTest {

  @Test
  void aRecordIsOneLine() {
    LogRecord record = new LogRecord(Level.WARNING, "bad {0}\nERROR forged");
    record.setParameters(new Object[] {"input\u001b[31m"});
    record.setLoggerName("dev.agentruntime.api.ApiRouter");
    record.setInstant(java.time.Instant.parse("2026-11-22T08:00:00Z"));
    assertEquals(
        "2026-11-22T08:00:00Z WARN  ApiRouter bad input\\u001b[31m\\nERROR forged",
        LogSetup.line(record));
    record.setThrown(new IllegalStateException("two\nlines", new IOException("cause")));
    String line = LogSetup.line(record);
    assertEquals(1, line.lines().count());
    assertTrue(line.contains("java.lang.IllegalStateException: two\\nlines at "), line);
    assertTrue(line.contains(" | java.io.IOException: cause"), line);
  }

  @Test
  void secretsAreTakenOutOfARecord() {
    LogRecord record = new LogRecord(Level.WARNING, "token hunter2");
    record.setThrown(new IllegalStateException("it was hunter2"));
    LogSetup.redacting(line -> line.replace("hunter2", "[secret:S]"));
    try {
      String line = LogSetup.line(record);
      assertTrue(line.contains("token [secret:S]"), line);
      assertTrue(line.contains("it was [secret:S]") && !line.contains("hunter2"), line);
    } finally {
      LogSetup.redacting(line -> line);
    }
  }
}
