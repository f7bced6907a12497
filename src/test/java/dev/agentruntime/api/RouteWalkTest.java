package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.resource.Resources;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Endpoint;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Walks every route of the control API as it stands where others can reach it: without a token,
 * with a wrong one, with each scope, with a foreign Host and a foreign Origin.
 */
class RouteWalkTest extends ApiFixture {

  private final Map<Scope, String> tokens = new EnumMap<>(Scope.class);

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    for (Scope scope : Scope.values()) {
      tokens.put(scope, file.create(scope.word(), scope).secret());
    }
    return file;
  }

  @Override
  boolean loopback() {
    return false;
  }

  private String ask(Endpoint endpoint, String... headers) throws IOException {
    String path = endpoint.path().replaceAll(":[a-z]+", "nobody");
    StringBuilder request = new StringBuilder(endpoint.method() + " " + path + " HTTP/1.1\r\n");
    boolean host = false;
    for (String header : headers) {
      host |= header.startsWith("Host:");
      request.append(header).append("\r\n");
    }
    if (!host) {
      request.append("Host: localhost:").append(server.port()).append("\r\n");
    }
    if (endpoint.body() != Endpoint.Body.NONE) {
      request.append("Content-Type: application/json\r\nContent-Length: 2\r\n");
    }
    request.append("Connection: close\r\n\r\n");
    if (endpoint.body() != Endpoint.Body.NONE) {
      request.append("{}");
    }
    return RawHttp.exchangeAll(server.port(), request.toString());
  }

  private String bearer(Scope scope) {
    return "Authorization: Bearer " + tokens.get(scope);
  }

  @Test
  void nobodyComesInWithoutAToken() throws Exception {
    for (Endpoint endpoint : Resources.endpoints()) {
      String answer = ask(endpoint);
      if (endpoint.path().equals("/health")) {
        assertEquals(200, RawHttp.status(answer), answer);
        continue;
      }
      assertEquals(401, RawHttp.status(answer), () -> endpoint + "\n" + answer);
      assertTrue(answer.contains("WWW-Authenticate: Bearer"), answer);
      assertTrue(answer.contains("\"code\":\"UNAUTHORIZED\""), answer);
    }
    Endpoint none =
        Endpoint.get("/api/v1/nowhere", Set.of(), call -> Future.succeededFuture(Answer.nothing()));
    assertEquals(401, RawHttp.status(ask(none)));
    assertEquals(404, RawHttp.status(ask(none, bearer(Scope.READ))));
  }

  @Test
  void aTokenOpensWhatItsScopeSaysAndNoMore() throws Exception {
    for (Endpoint endpoint : Resources.endpoints()) {
      for (Scope scope : Scope.values()) {
        String answer = ask(endpoint, bearer(scope));
        boolean may = scope.includes(endpoint.scope());
        assertEquals(
            !may && !endpoint.path().equals("/health"),
            RawHttp.status(answer) == 403,
            () -> scope + " " + endpoint + "\n" + answer);
        assertFalse(RawHttp.status(answer) == 401 || RawHttp.status(answer) >= 500, answer);
      }
    }
  }

  @Test
  void aPageOfAnotherOriginIsRefusedEvenWithAToken() throws Exception {
    for (Endpoint endpoint : Resources.endpoints()) {
      String answer = ask(endpoint, bearer(Scope.ADMIN), "Origin: http://evil.example");
      assertEquals(403, RawHttp.status(answer), () -> endpoint + "\n" + answer);
      assertTrue(answer.contains("\"code\":\"FORBIDDEN_ORIGIN\""), answer);
    }
  }

  @Test
  void whatAnOperatorDidIsInTheJournal() throws Exception {
    Endpoint stop = Resources.endpoints().stream()
        .filter(endpoint -> endpoint.path().endsWith("/stop"))
        .findFirst()
        .orElseThrow();
    assertEquals(404, RawHttp.status(ask(stop, bearer(Scope.OPERATE))));
    assertEquals(403, RawHttp.status(ask(stop, bearer(Scope.READ))));
    StringBuilder journal = new StringBuilder();
    Path files = directory.resolve("data").resolve("node-1").resolve("journal");
    try (Stream<Path> all = Files.list(files)) {
      for (Path file : all.toList()) {
        journal.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    String expected = "\"who\":\"operate\",\"from\":\"127.0.0.1\",\"action\":\"POST"
        + " /api/v1/processes/nobody/stop\",\"status\":404";
    assertTrue(journal.toString().contains(expected), "no audit entry");
    for (String secret : tokens.values()) {
      assertFalse(journal.toString().contains(secret), "a token is in the journal");
    }
  }
}
