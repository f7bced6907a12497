package dev.agentruntime.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoadPlanTest {

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:9090/webhook, 127.0.0.1, 9090, /webhook",
    "http://localhost, localhost, 80, /",
    "http://localhost:81/a%20b?c=d, localhost, 81, /a%20b?c=d",
  })
  void readsATarget(String url, String host, int port, String path) {
    assertEquals(new LoadPlan.Target(host, port, path), LoadPlan.Target.of(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "127.0.0.1:9090",
        "https://localhost/x",
        "http://",
        "http://u:p@h/",
        "http://a b/"
      })
  void refusesWhatIsNoPlainHttpUrl(String url) {
    assertRefused(
        "url, expected=http://HOST:PORT/PATH, actual=" + url, () -> LoadPlan.Target.of(url));
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertRefused(
        "size, expected=100..1048576, actual=99", () -> plan(99, Duration.ofSeconds(1), 1));
    assertRefused(
        "size, expected=100..1048576, actual=1048577",
        () -> plan((1 << 20) + 1, Duration.ofSeconds(1), 1));
    assertRefused(
        "duration, expected=10ms..1h, actual=PT0.009S", () -> plan(200, Duration.ofMillis(9), 1));
    assertRefused(
        "duration, expected=10ms..1h, actual=PT1H0.001S",
        () -> plan(200, Duration.ofHours(1).plusMillis(1), 1));
    assertRefused(
        "count, expected=1..100000000, actual=0", () -> plan(200, Duration.ofSeconds(1), 0));
    assertRefused("connections, expected=1..4096, actual=0", () -> new LoadPlan.Closed(0));
    assertRefused("connections, expected=1..4096, actual=4097", () -> new LoadPlan.Closed(4_097));
    assertRefused("rate, expected=1..1000000, actual=0", () -> new LoadPlan.Open(0));
  }

  private static LoadPlan plan(int size, Duration duration, long count) {
    return new LoadPlan(
        LoadPlan.Target.of("http://h/"), new LoadPlan.Closed(1), size, null, duration, count);
  }

  private static void assertRefused(String message, Executable action) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, action);
    assertEquals(ErrorCode.INVALID_REQUEST, fault.code());
    assertEquals(message, fault.getMessage());
  }
}
