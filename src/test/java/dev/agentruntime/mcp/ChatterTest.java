package dev.agentruntime.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.guard.Redactor;
import dev.agentruntime.time.ManualTimers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** What of a server's own words is logged. */
class ChatterTest {

  @Test
  void aLineThatIsCutInTheMidstOfAValueTellsNothingOfIt() {
    String value = "first-value-of-login";
    List<String> logged = new ArrayList<>();
    Handler handler = new Handler() {
      @Override
      public void publish(LogRecord line) {
        logged.add(Arrays.toString(line.getParameters()) + line.getMessage());
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    Logger logger = Logger.getLogger(Chatter.class.getName());
    logger.addHandler(handler);
    try {
      new Chatter(
              "p/s",
              new ManualTimers(Instant.EPOCH),
              Redactor.of(() -> Map.of("s.KEY", List.of(value))))
          .line("z".repeat(Chatter.LINE_MAX - 12) + value);
    } finally {
      logger.removeHandler(handler);
    }
    assertEquals(1, logged.size());
    assertTrue(logged.get(0).contains("zzz[secret:"), logged.get(0));
    assertFalse(logged.get(0).contains(value.substring(0, 8)), logged.get(0));
  }
}
