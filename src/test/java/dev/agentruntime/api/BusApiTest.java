package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events and messages by the control API, with a whole runtime behind it. */
class BusApiTest extends ApiFixture {

  private static final String EVENTS = "/api/v1/events";
  private static final String LISTENER = """
      {"name": "listener", "config": {"model": "echo", "triggers": [
        {"type": "event", "event_type": "build.*"},
        {"type": "message", "topic": "orders.**"}]}}
      """;
  private static final String ORDERS = "/api/v1/messages/orders.new";

  @BeforeEach
  void deployListener() throws Exception {
    ask("POST", PROCESSES, LISTENER).is(201);
  }

  private Told keyed(String method, String path, @Nullable String body, @Nullable String key)
      throws Exception {
    String[] json = {"Content-Type", "application/json"};
    String[] both = {"Content-Type", "application/json", "Idempotency-Key", String.valueOf(key)};
    return ask(method, path, body, key == null ? json : both);
  }

  @Test
  void anEventIsAcceptedOnceAndSeenInTheHistory() throws Exception {
    String body = "{\"event_type\":\"build.failed\",\"data\":{\"n\":1},\"source\":\"ci\"}";
    Told first = keyed("POST", EVENTS, body, "k1");
    Told second = keyed("POST", EVENTS, body, "k1");
    Told other = keyed("POST", EVENTS, body.replace("1}", "2}"), "k1");
    Told bare = keyed("POST", EVENTS, "{\"event_type\":\"other\"}", null);
    Told seen = keyed("GET", EVENTS + "?type=build.*&limit=5", null, null);

    assertEquals(202, first.status(), first::toString);
    assertEquals(1L, first.body().get("takers"));
    assertEquals(first.body().get("event_id"), second.body().get("event_id"));
    assertEquals(true, second.body().get("duplicate"));
    assertEquals(422, other.status());
    assertEquals("KEY_REUSED", other.body().get("code"));
    assertEquals(202, bare.status());
    assertEquals(0L, bare.body().get("takers"));
    List<?> events = seen.body().get("events") instanceof List<?> all ? all : List.of();
    assertEquals(1, events.size(), seen::toString);
    Map<?, ?> event = (Map<?, ?>) events.get(0);
    assertEquals("ci", event.get("source"));
    assertEquals(Map.of("n", 1L), event.get("data"));
    assertEquals(first.body().get("event_id"), event.get("event_id"));
  }

  @Test
  void aMessageIsAccepted() throws Exception {
    Told said = keyed(
        "POST",
        ORDERS,
        "{\"content\":null,\"priority\":3,\"ttl_seconds\":60,\"ordering_key\":\"k\"}",
        null);

    assertEquals(202, said.status(), said::toString);
    assertEquals(1L, said.body().get("takers"));
    assertEquals("accepted", said.body().get("status"));
  }

  @Test
  void aMessageThatNobodyTakesIsListedByItsTopic() throws Exception {
    Told lost = keyed("POST", "/api/v1/messages/lost.one", "{\"content\":1}", null);
    Told other = keyed("POST", "/api/v1/messages/other", "{\"content\":1}", null);
    assertEquals(0L, lost.body().get("takers"));
    assertEquals(202, other.status());
    Told listed = keyed("GET", "/api/v1/messages/dead-letters?topic=lost.*", null, null);

    assertEquals(1L, listed.body().get("total"), listed::toString);
    List<?> letters = (List<?>) listed.body().get("dead_letters");
    Map<?, ?> letter = (Map<?, ?>) (letters == null ? List.of() : letters).get(0);
    assertEquals(lost.body().get("message_id"), letter.get("id"));
    assertEquals("@node-1", letter.get("process"));
    assertEquals("no taker", letter.get("reason"));
    Told all = keyed("GET", "/api/v1/messages/dead-letters", null, null);
    assertEquals(2L, all.body().get("total"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/v1/events|{}|422",
        "/api/v1/events|{\"event_type\":\"a.*\"}|400",
        "/api/v1/events|{\"event_type\":\"a\",\"source\":\"listener\"}|400",
        "/api/v1/events|{\"event_type\":\"a\",\"source\":\"\"}|400",
        "/api/v1/events|{\"event_type\":\"a\",\"more\":1}|422",
        "/api/v1/messages/a|{}|422",
        "/api/v1/messages/a..b|{\"content\":1}|400",
        "/api/v1/messages/%23|{\"content\":1}|400",
        "/api/v1/messages/*|{\"content\":1}|400",
        "/api/v1/messages/a|{\"content\":1,\"priority\":101}|400",
        "/api/v1/messages/a|{\"content\":1,\"priority\":\"high\"}|422",
        "/api/v1/messages/a|{\"content\":1,\"ttl_seconds\":0}|400",
      })
  void badInputIsRefused(String path, String body, int status) throws Exception {
    Told told = keyed("POST", path, body, null);

    assertEquals(status, told.status(), told::toString);
  }
}
