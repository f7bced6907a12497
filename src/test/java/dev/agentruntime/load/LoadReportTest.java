package dev.agentruntime.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.load.LoadReport.Percentiles;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoadReportTest {

  private static final Percentiles TIMES =
      new Percentiles(12_000, 760_000L, 3_200_000L, null, 9_104_000L);
  private static final Percentiles LAG = new Percentiles(3, null, null, null, 1_000_000L);

  @Test
  void readsAClosedRunThatWentWell() {
    LoadReport report =
        report(new LoadPlan.Closed(64), "s3", counts(12_000, 0, Map.of(), Map.of()));

    assertTrue(report.clean());
    assertEquals(
        List.of(
            "target      http://127.0.0.1:9090/bench",
            "load        closed, 64 connections, 200 B, signed, 2.5 s",
            "sent        12,345",
            "accepted    12,000  (4,800/s)",
            "503         0",
            "unanswered  0",
            "latency     p50 0.76 ms  p99 3.20 ms  p99.9 -  max 9.10 ms  (12,000 samples)"),
        report.lines());
  }

  @Test
  void readsAnOpenRunThatDidNot() {
    LoadReport report = report(
        new LoadPlan.Open(400),
        null,
        counts(1, 344, Map.of("status 404", 7L), Map.of("Connection was closed", 2L)));

    assertFalse(report.clean());
    assertEquals(
        List.of(
            "target      http://127.0.0.1:9090/bench",
            "load        open, 400 a second, 200 B, unsigned, 2.5 s",
            "sent        12,345",
            "accepted    1  (0/s)",
            "503         344",
            "unanswered  0",
            "other       7  status 404",
            "failed      2  Connection was closed",
            "latency     p50 0.76 ms  p99 3.20 ms  p99.9 -  max 9.10 ms  (12,000 samples)",
            "send lag    p50 -  p99 -  p99.9 -  max 1.00 ms  (3 samples)"),
        report.lines());
  }

  @Test
  void aRunThatNothingAcceptedIsNotClean() {
    assertFalse(
        report(new LoadPlan.Closed(1), null, counts(0, 0, Map.of(), Map.of())).clean());
  }

  @Test
  void tellsAProgramTheSame() {
    JsonObject json = report(
            new LoadPlan.Open(400), "s3", counts(12_000, 5, Map.of("status 404", 7L), Map.of()))
        .json();

    assertEquals(new JsonObject("""
            {"url":"http://127.0.0.1:9090/bench","model":"open","connections":256,"size":200,
             "signed":true,"rate":400,"elapsed_ns":2500000000,"accepted_per_second":4800.0,
             "sent":12345,"accepted":12000,"refused":5,"unanswered":0,"other":{"status 404":7},
             "failed":{},
             "latency_ns":{"samples":12000,"p50":760000,"p99":3200000,"p99_9":null,"max":9104000},
             "send_lag_ns":{"samples":3,"p50":null,"p99":null,"p99_9":null,"max":1000000}}
            """), new JsonObject(json.encode()));
    assertFalse(json.encode().contains("s3"), "a secret is not repeated");
  }

  private static LoadReport.Counts counts(
      long accepted, long refused, Map<String, Long> other, Map<String, Long> failed) {
    return new LoadReport.Counts(12_345, accepted, refused, 0, other, failed);
  }

  private static LoadReport report(
      LoadPlan.Pace pace, @Nullable String secret, LoadReport.Counts counts) {
    LoadPlan plan = new LoadPlan(
        LoadPlan.Target.of("http://127.0.0.1:9090/bench"),
        pace,
        200,
        secret,
        Duration.ofSeconds(2),
        LoadPlan.COUNT_MAX);
    return new LoadReport(plan, 2_500_000_000L, counts, TIMES, LAG);
  }
}
