package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is asked of every process at once, and the figures of one. */
class SweepApiTest extends ApiFixture {

  private static final String BROKEN = """
      version: "1.0"
      name: broken
      model: echo
      instructions: Be brief.
      triggers:
        - {type: webhook, webhook_path: /x, auth: none}
      """;

  @Test
  void allStopAndStartTogetherAndEachFailureIsTold() throws Exception {
    deploy("a");
    deploy("b");
    await(runtime.deploy(runtime.manifests().readYaml(BROKEN, "test", null, false), false));
    ask("POST", PROCESSES + "/b/stop", null).is(200);

    Map<String, @Nullable Object> stopped =
        ask("POST", "/api/v1/runtime/stop-all", "{\"reason\":\"tea\"}").is(200);
    assertEquals(List.of("a"), stopped.get("done"));
    assertEquals(List.of("b", "broken"), stopped.get("unchanged"));
    assertEquals(List.of(), stopped.get("failed"));
    assertEquals("tea", get(PROCESSES + "/a").body().get("reason"));

    Map<String, @Nullable Object> started =
        ask("POST", "/api/v1/runtime/start-all", null).is(200);
    assertEquals(List.of("a", "b"), started.get("done"));
    Map<?, ?> failed = (Map<?, ?>) ((List<?>) Objects.requireNonNull(started.get("failed"))).get(0);
    assertEquals("broken", failed.get("name"));
    assertEquals("START_FAILED", failed.get("code"));
    assertTrue(String.valueOf(failed.get("detail")).contains("webhook"), failed::toString);
    assertEquals("failed", get(PROCESSES + "/broken").body().get("state"));
    assertEquals("running", get(PROCESSES + "/a").body().get("state"));

    assertEquals(
        List.of("a", "b"),
        ask("POST", "/api/v1/runtime/start-all", "{}").is(200).get("unchanged"));
    ask("POST", "/api/v1/runtime/start-all", "{\"reason\":\"x\"}").refuses(422, "UNKNOWN_FIELD");
    ask("POST", "/api/v1/runtime/stop-all", "{\"reason\":\"\"}").refuses(422, "INVALID_TYPE");
  }

  @Test
  void metricsAreCountedFromWhatSettled() throws Exception {
    deploy("a");
    Map<String, @Nullable Object> before = get(PROCESSES + "/a/metrics").is(200);
    assertEquals(0L, before.get("settled"));
    assertEquals(null, Json.of(before.get("recent")).object().get("duration_ms"));
    for (int i = 1; i <= 3; i++) {
      ask("POST", PROCESSES + "/a/trigger", "{\"payload\":" + i + "}").is(202);
    }
    eventually(
        "three runs settle",
        () -> Long.valueOf(3).equals(get(PROCESSES + "/a/metrics").body().get("settled")));
    Map<String, @Nullable Object> after = get(PROCESSES + "/a/metrics").is(200);
    assertEquals(3L, after.get("accepted"));
    Map<String, @Nullable Object> recent = Json.of(after.get("recent")).object();
    assertEquals(3L, recent.get("invocations"));
    assertEquals(3L, Json.of(recent.get("outcomes")).object().get("completed"));
    Map<String, @Nullable Object> took = Json.of(recent.get("duration_ms")).object();
    long least = (Long) Objects.requireNonNull(took.get("min"));
    long most = (Long) Objects.requireNonNull(took.get("max"));
    assertTrue(0 <= least && least <= most, took::toString);
    get(PROCESSES + "/b/metrics").refuses(404, "PROCESS_NOT_FOUND");
  }
}
