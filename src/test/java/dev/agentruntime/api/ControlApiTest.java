package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The control API with a whole runtime behind it. */
class ControlApiTest extends ApiFixture {

  @Test
  void aProcessLivesItsLife() throws Exception {
    deploy("a");
    assertEquals("running", ask("GET", PROCESSES + "/a", null).body().get("state"));
    assertEquals(1L, ask("GET", PROCESSES, null).body().get("total"));
    assertEquals("suspended", ask("POST", PROCESSES + "/a/suspend", "{}").body().get("state"));
    assertEquals("running", ask("POST", PROCESSES + "/a/resume", null).body().get("state"));
    assertEquals("stopped", ask("POST", PROCESSES + "/a/stop", null).body().get("state"));
    Told twice = ask("POST", PROCESSES + "/a/stop", null);
    assertEquals(409, twice.status());
    assertEquals("ILLEGAL_TRANSITION", twice.body().get("code"));
    assertEquals("running", ask("POST", PROCESSES + "/a/start", null).body().get("state"));
    assertEquals(204, ask("DELETE", PROCESSES + "/a", null).status());
    assertEquals(404, ask("GET", PROCESSES + "/a", null).status());
  }

  @Test
  void oneKeyIsOneEvent() throws Exception {
    deploy("a");
    String path = PROCESSES + "/a/trigger";
    String[] headers = {"Content-Type", "application/json", "Idempotency-Key", "k"};
    Told first = ask("POST", path, "{\"payload\":{\"n\":1}}", headers);
    assertEquals(202, first.status());
    Told second = ask("POST", path, "{\"payload\":{\"n\":1}}", headers);
    assertEquals(first.body().get("event_id"), second.body().get("event_id"));
    assertEquals(true, second.body().get("duplicate"));
    Told other = ask("POST", path, "{\"payload\":{\"n\":2}}", headers);
    assertEquals(422, other.status());
    assertEquals("KEY_REUSED", other.body().get("code"));
  }

  @Test
  void contextIsWrittenWholeOrNotAtAll() throws Exception {
    deploy("a");
    String path = PROCESSES + "/a/context";
    assertEquals(200, ask("PATCH", path, "{\"state\":{\"k\":1}}").status());
    Told late = ask("PATCH", path, "{\"state\":{\"k\":2,\"l\":3},\"if_version\":{\"k\":9}}");
    assertEquals(409, late.status());
    assertEquals(Map.of("k", 1L), ask("GET", path, null).body().get("state"));
    assertEquals(
        "LIMIT_EXCEEDED",
        refused(
            422,
            ask("PATCH", path, "{\"state\":{\"k\":2,\"l\":\"" + "x".repeat(300_000) + "\"}}")));
    assertEquals(
        "INVALID_TYPE",
        refused(422, ask("PATCH", path, "{\"state\":{\"" + "k".repeat(201) + "\":2}}")));
    assertEquals(Map.of("k", 1L), ask("GET", path, null).body().get("state"));
  }

  private static @Nullable Object refused(int status, Told told) {
    assertEquals(status, told.status(), told::toString);
    return told.body().get("code");
  }

  private Told patch(String body, String match) throws Exception {
    String[] headers = {"Content-Type", "application/json", "If-Match", match};
    return ask("PATCH", PROCESSES + "/a/context", body, headers);
  }

  private String tag() throws Exception {
    return ask("GET", PROCESSES + "/a/context", null).tag();
  }

  @Test
  void contextIsWrittenOnlyToTheStateThatWasSeen() throws Exception {
    deploy("a");
    String before = tag();
    assertEquals(before, tag(), "it is what it was");
    assertEquals(200, patch("{\"state\":{\"k\":1}}", before).status());
    String after = tag();
    assertTrue(!after.equals(before));
    assertEquals("PRECONDITION_FAILED", refused(412, patch("{\"state\":{\"k\":2}}", before)));
    assertEquals(
        Map.of("k", 1L), ask("GET", PROCESSES + "/a/context", null).body().get("state"));
    assertEquals(200, patch("{\"state\":{\"k\":2}}", before + ", " + after).status());
    assertEquals(200, patch("{\"state\":{\"k\":null}}", "*").status());
    assertEquals(200, patch("{\"state\":{\"k\":2}}", "*").status());
    assertTrue(!tag().equals(after), "written anew, it is another one");
    for (String bad : List.of("1", "\"a", "W/\"a\"", "\"a\" \"b\"")) {
      assertEquals("INVALID_REQUEST", refused(400, patch("{\"state\":{\"k\":2}}", bad)));
    }
  }

  @Test
  void whoChangedAKeyIsTold() throws Exception {
    deploy("a");
    assertEquals(200, patch("{\"state\":{\"a/b c\":1}}", "*").status());
    assertEquals(200, patch("{\"state\":{\"a/b c\":null}}", "*").status());
    Told told = ask("GET", PROCESSES + "/a/context/a%2Fb%20c/history", null);
    assertEquals(200, told.status(), told::toString);
    assertEquals("a/b c", told.body().get("key"));
    assertEquals(false, told.body().get("older_in_journal"));
    List<?> changes = (List<?>) java.util.Objects.requireNonNull(told.body().get("changes"));
    assertEquals(2, changes.size());
    assertEquals(1L, ((Map<?, ?>) changes.get(0)).get("value"));
    assertEquals("api", ((Map<?, ?>) changes.get(0)).get("source"));
    assertEquals(true, ((Map<?, ?>) changes.get(1)).get("deleted"));
    assertEquals(
        "NOT_FOUND", refused(404, ask("GET", PROCESSES + "/a/context/other/history", null)));
  }

  @Test
  void whatWasSaidIsShownAndForgotten() throws Exception {
    deploy("a");
    String path = PROCESSES + "/a/conversation";
    assertEquals(List.of(), ask("GET", path, null).body().get("messages"));
    assertEquals(
        202, ask("POST", PROCESSES + "/a/trigger", "{\"payload\":\"hello\"}").status());
    Told told = ask("GET", path, null);
    for (int i = 0; i < 500 && List.of().equals(told.body().get("messages")); i++) {
      told = ask("GET", path, null);
    }
    List<?> messages = (List<?>) java.util.Objects.requireNonNull(told.body().get("messages"));
    assertEquals(Map.of("role", "assistant", "text", "hello"), messages.get(1));
    assertEquals(204, ask("DELETE", path, null).status());
    assertEquals(List.of(), ask("GET", path, null).body().get("messages"));
    assertEquals(0L, ask("GET", path, null).body().get("tokens"));
  }

  @Test
  void everyFaultOfAManifestIsTold() throws Exception {
    Told told = ask(
        "POST",
        PROCESSES,
        "name: a\nmodel: echo\ntrigers: []\nfoo: 1\n",
        "Content-Type",
        "application/yaml");
    assertEquals(422, told.status());
    assertEquals("INVALID_CONFIG", told.body().get("code"));
    assertEquals(2, ((List<?>) java.util.Objects.requireNonNull(told.body().get("errors"))).size());
  }

  @Test
  void aTakenNameIsAConflict() throws Exception {
    deploy("a");
    Told told = ask("POST", PROCESSES, "{\"name\":\"a\",\"config\":{\"model\":\"echo\"}}");
    assertEquals(409, told.status());
    assertEquals("PROCESS_EXISTS", told.body().get("code"));
  }

  @Test
  void historyHasPages() throws Exception {
    deploy("a");
    Told page = ask("GET", PROCESSES + "/a/journal?limit=2&cursor=1", null);
    assertEquals(200, page.status(), page::toString);
    assertEquals(
        2, ((List<?>) java.util.Objects.requireNonNull(page.body().get("entries"))).size());
    assertTrue(page.body().containsKey("next_cursor"));
    assertEquals(200, ask("GET", PROCESSES + "/a/invocations", null).status());
    assertEquals(404, ask("GET", PROCESSES + "/a/invocations/nothing", null).status());
    assertEquals(200, ask("GET", "/api/v1/nodes", null).status());
    assertEquals("ok", ask("GET", "/health", null).body().get("status"));
  }

  @Test
  void toolsAreListedAndAnUnknownServerIsNotAccepted() throws Exception {
    deploy("a");
    Told told = ask("GET", PROCESSES + "/a/tools", null);
    assertEquals(200, told.status(), told::toString);
    assertTrue(told.toString().contains("name=context_get"), told::toString);
    assertEquals(List.of(), told.body().get("servers"));
    Told none = ask("POST", PROCESSES + "/a/tools/files/accept", "{}");
    assertEquals(404, none.status(), none::toString);
    assertEquals("NOT_FOUND", none.body().get("code"));
    assertEquals(
        422, ask("POST", PROCESSES + "/a/tools/files/accept", "{\"x\":1}").status());
  }

  @Test
  void deadLettersAreListedDeliveredAgainAndCleared() throws Exception {
    // It never comes to an answer, so its run fails each time.
    ProcessConfig base = ProcessConfig.ofModel("script:silence");
    ProcessConfig silent = new ProcessConfig(
        base.name(),
        base.model(),
        Json.parse("{\"rules\":[{\"call\":[{\"tool\":\"context_list\"}]}]}"),
        base.instructions(),
        base.triggers(),
        base.world(),
        base.context(),
        base.level(),
        base.run(),
        base.delivery(),
        base.restarts(),
        base.tools());
    AgentProcess process = AgentProcess.create("a", silent);
    assertSame(process, await(runtime.register(process)));
    await(process.start());
    String path = PROCESSES + "/a/dead-letters";
    assertEquals(
        202, ask("POST", PROCESSES + "/a/trigger", "{\"payload\":\"\"}").status());
    String id = awaitDeadLetter(path, 1);
    Told again = ask("POST", path + "/redeliver", "{\"ids\":[\"" + id + "\"]}");
    assertEquals(200, again.status(), again::toString);
    assertEquals(List.of(id), again.body().get("redelivered"));
    assertEquals(id, awaitDeadLetter(path, 2));
    assertEquals(200, ask("POST", path + "/redeliver", "{\"fresh\":true}").status());
    String fresh = awaitDeadLetter(path, 1);
    Told unknown = ask("DELETE", path + "?ids=" + fresh + ",none", null);
    assertEquals(404, unknown.status());
    assertEquals("DEAD_LETTER_NOT_FOUND", unknown.body().get("code"));
    assertEquals(422, ask("POST", path + "/redeliver", "{\"ids\":[]}").status());
    assertEquals(422, ask("POST", path + "/redeliver", "{\"ids\":[1]}").status());
    assertEquals(422, ask("DELETE", path + "?ids=", null).status());
    Told cleared = ask("DELETE", path, null);
    assertEquals(List.of(fresh), cleared.body().get("cleared"));
    assertEquals(0L, ask("GET", path, null).body().get("total"));
    assertEquals(0L, ask("GET", PROCESSES + "/a", null).body().get("dead_letter_count"));
  }

  /** The id of the only dead letter, once its run has been tried so often. */
  private String awaitDeadLetter(String path, long attempts) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < end) {
      if (ask("GET", path, null).body().get("dead_letters") instanceof List<?> list
          && list.size() == 1
          && list.get(0) instanceof Map<?, ?> letter
          && Long.valueOf(attempts).equals(letter.get("attempts"))) {
        assertEquals("failed", letter.get("reason"));
        return String.valueOf(letter.get("id"));
      }
    }
    throw new AssertionError("no dead letter");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET | /a/journal?limit=0 | | 422 | INVALID_TYPE",
        "GET | /a/journal?limit=1000000000 | | 422 | INVALID_TYPE",
        "GET | /a/journal?page=-1 | | 422 | UNKNOWN_FIELD",
        "GET | /a/journal?limit=1&limit=2 | | 400 | INVALID_REQUEST",
        "GET | /a?digest=yes | | 422 | INVALID_TYPE",
        "GET | /a%2e%2e%2fb | | 404 | PROCESS_NOT_FOUND",
        "GET | /%252e%252e | | 404 | PROCESS_NOT_FOUND",
        "GET | /%00 | | 404 | PROCESS_NOT_FOUND",
        "GET | /nobody | | 404 | PROCESS_NOT_FOUND",
        "POST | /nobody/start | | 404 | PROCESS_NOT_FOUND",
        "POST | /a/start | {\"x\":1} | 422 | UNKNOWN_FIELD",
        "POST | /a/trigger | null | 400 | INVALID_JSON",
        "POST | /a/trigger | [] | 400 | INVALID_JSON",
        "POST | /a/trigger | {\"payload\":1,} | 400 | INVALID_JSON",
        "POST | /a/trigger | {} | 422 | MISSING_FIELD",
        "POST | /a/trigger | {\"payload\":1,\"metadata\":[]} | 422 | INVALID_TYPE",
        "POST | /a/trigger | {\"payload\":1,\"a\":1} | 422 | UNKNOWN_FIELD",
        "PATCH | /a/context | {\"state\":[]} | 422 | INVALID_TYPE",
        "POST | /a/invocations/x/effects/y | {\"resolution\":\"x\"} | 422 | INVALID_TYPE",
        "PUT | /a | {} | 405 | METHOD_NOT_ALLOWED"
      })
  void badRequestsAreNamed(
      String method, String path, @Nullable String body, int status, String code) throws Exception {
    deploy("a");
    Told told = ask(method, PROCESSES + path, body);
    assertEquals(status, told.status(), told::toString);
    assertEquals(code, told.body().get("code"));
  }

  @Test
  void anotherTypeThanJsonIsRefused() throws Exception {
    deploy("a");
    for (String type :
        List.of("text/plain", "multipart/form-data", "application/json; charset=utf-7")) {
      Told told = ask("POST", PROCESSES + "/a/trigger", "{\"payload\":1}", "Content-Type", type);
      assertEquals(415, told.status());
    }
  }
}
