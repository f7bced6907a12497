package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.http.RequestId;
import dev.agentruntime.resource.Resources;
import dev.agentruntime.rest.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who did what, and from where, as the node's journal has it. */
class AuditTrailTest extends ApiFixture {

  private String token = "";

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    token = file.create("jo", Scope.ADMIN).secret();
    return file;
  }

  private List<EntryData> entries() throws Exception {
    List<EntryData> all = new ArrayList<>();
    await(runtime.journal().replay((entry, hash) -> all.add(entry.data())));
    return all;
  }

  private List<OperatorAction> actions() throws Exception {
    return entries().stream()
        .filter(OperatorAction.class::isInstance)
        .map(OperatorAction.class::cast)
        .toList();
  }

  /** Asks with a token, and under an id; the answer is that of {@link ApiFixture#ask}. */
  private Told say(String id, String method, String path, String body) throws Exception {
    return ask(
        method,
        path,
        body,
        "Content-Type",
        "application/json",
        "Authorization",
        "Bearer " + token,
        RequestId.HEADER,
        id);
  }

  @Test
  void everyRouteThatChangesSomethingNamesItsCaller() throws Exception {
    int walked = 0;
    for (Endpoint endpoint : Resources.endpoints()) {
      assertEquals(!endpoint.isSafe(), endpoint.isAudited(), endpoint::toString);
      if (endpoint.isSafe()) {
        continue;
      }
      String path = endpoint.path().replaceAll(":[a-z]+", "nobody");
      boolean body = endpoint.body() != Endpoint.Body.NONE;
      String id = "walk-" + walked++;
      String answer = RawHttp.exchangeAll(
          server.port(),
          endpoint.method() + " " + path + " HTTP/1.1\r\nHost: localhost:" + server.port()
              + "\r\nAuthorization: Bearer " + token + "\r\nX-Request-Id: " + id + "\r\n"
              + (body ? "Content-Type: application/json\r\nContent-Length: 2\r\n" : "")
              + "Connection: close\r\n\r\n" + (body ? "{}" : ""));
      OperatorAction last = actions().get(actions().size() - 1);
      assertEquals(
          new OperatorAction(
              "jo", "127.0.0.1", endpoint.method() + " " + path, RawHttp.status(answer), id),
          last,
          answer);
    }
    assertEquals(walked, actions().size(), "one entry for each");
    assertTrue(walked > 30, "routes " + walked);
  }

  @Test
  void whatWakesAProcessIsWrittenDownOnceWithItsEvent() throws Exception {
    deployYaml("version: '1.0'\nname: a\nmodel: echo\n");
    String event = String.valueOf(
        say("t", "POST", PROCESSES + "/a/trigger", "{\"payload\":1}").is(202).get("event_id"));
    say("v", "POST", PROCESSES + "/a/trigger", "{\"payload\":1,\"trusted\":true}")
        .is(202);
    String asked = String.valueOf(
        say("q", "POST", PROCESSES + "/a/ask", "{\"content\":\"who?\"}").is(200).get("event_id"));
    say("e", "POST", "/api/v1/events", "{\"event_type\":\"x.y\",\"data\":1}").is(202);
    say("m", "POST", "/api/v1/messages/news", "{\"content\":1}").is(202);
    say("n", "POST", PROCESSES + "/b/trigger", "{\"payload\":1}").is(404);
    say("s", "POST", PROCESSES + "/a/stop", "{}").is(200);
    say("d", "POST", PROCESSES + "/a/trigger", "{\"payload\":1}").is(409);
    List<OperatorAction> all = actions();
    assertEquals(
        List.of("t 202", "v 202", "q 200", "e 202", "m 202", "n 404", "s 200", "d 409"),
        all.stream().map(each -> each.request() + " " + each.status()).toList());
    assertEquals("POST " + PROCESSES + "/a/trigger for " + event, all.get(0).action());
    assertTrue(all.get(1).action().contains("/trigger vouching for "), all::toString);
    assertEquals("POST " + PROCESSES + "/a/ask for " + asked, all.get(2).action());
    assertTrue(
        all.stream().allMatch(each -> each.who().equals("jo") && each.from().equals("127.0.0.1")),
        all::toString);
  }

  @Test
  void aRepeatedTriggerNamesTheEventOfTheFirst() throws Exception {
    deployYaml("version: '1.0'\nname: a\nmodel: echo\n");
    for (String id : List.of("one", "two")) {
      ask(
              "POST",
              PROCESSES + "/a/trigger",
              "{\"payload\":1}",
              "Content-Type",
              "application/json",
              "Idempotency-Key",
              "k",
              "Authorization",
              "Bearer " + token,
              RequestId.HEADER,
              id)
          .is(202);
    }
    List<OperatorAction> all = actions();
    assertEquals(
        List.of("one", "two"), all.stream().map(OperatorAction::request).toList());
    assertEquals(all.get(0).action(), all.get(1).action());
  }

  @Test
  void entriesOfAProcessNameTheToken() throws Exception {
    deployYaml("version: '1.0'\nname: a\nmodel: echo\n");
    say("t", "POST", PROCESSES + "/a/ask", "{\"content\":\"who?\"}").is(200);
    say("w", "POST", PROCESSES + "/a/suspend", "{}").is(200);
    say("r", "POST", PROCESSES + "/a/rewind", "{\"to\":1,\"apply\":true,\"note\":\"wrong\"}")
        .is(200);
    say("x", "DELETE", PROCESSES + "/a/dead-letters", "").is(200);
    say("g", "DELETE", PROCESSES + "/a", "").is(204);
    List<EntryData> all = entries();
    assertTrue(
        all.stream()
            .anyMatch(each -> each instanceof EntryData.StateTransition moved
                && moved.reason().equals("jo")),
        all::toString);
    assertTrue(
        all.stream()
            .anyMatch(each ->
                each instanceof OperatorEntry.Rewound back && back.by().equals("jo: wrong")),
        all::toString);
    assertTrue(all.toString().contains("removed by jo"), all::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "01KE:x.y/z+w=~@-_", "00-4bf92f3577b34da6a3ce929d0e0e4736-01"})
  void anIdThatCanBeOneComesBack(String id) throws Exception {
    Told told = say(id, "POST", PROCESSES + "/b/stop", "{}");
    assertEquals(id, told.header(RequestId.HEADER.toLowerCase(Locale.ROOT)));
    assertEquals(id, told.is(404).get("request_id"));
    assertEquals(id, actions().get(0).request());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\"b", "\u00e9", "a\r\nX-Request-Id: b"})
  void anotherIsReplaced(String id) throws Exception {
    RawHttp.Reply reply = RawHttp.exchange(
        server.port(),
        "GET /health HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\nX-Request-Id: " + id
            + "\r\n\r\n");
    String given = reply.header("x-request-id");
    assertTrue(given.matches("[0-9A-Z]{26}"), reply.head());
    assertEquals(200, reply.status());
  }

  @Test
  void aRefusalBeforeAnyRouteHasAnIdToo() throws Exception {
    for (String request : List.of(
        "GET /health HTTP/1.1\r\nHost: evil.example\r\nX-Request-Id: mine\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost:" + server.port()
            + "\r\nX-Request-Id: mine\r\nOrigin: http://evil.example\r\n\r\n")) {
      RawHttp.Reply reply = RawHttp.exchange(server.port(), request);
      assertEquals("mine", reply.header("x-request-id"), reply.head());
      assertEquals("mine", Json.parse(reply.body()).object().get("request_id"));
    }
    RawHttp.Reply garbage = RawHttp.exchange(server.port(), "GET\r\n\r\n");
    assertEquals(400, garbage.status());
    assertFalse(garbage.header("x-request-id").isEmpty(), garbage.head());
  }
}
