package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.resource.Resources;
import dev.agentruntime.rest.Endpoint;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Walks every route as it stands on loopback, where pages of browsers must not come in. */
class LoopbackWalkTest extends ApiFixture {

  private String ask(Endpoint endpoint, String host, String more) throws IOException {
    return RawHttp.exchangeAll(
        server.port(),
        endpoint.method() + " " + endpoint.path().replaceAll(":[a-z]+", "nobody") + " HTTP/1.1\r\n"
            + "Host: " + host + "\r\n" + more + "Connection: close\r\n\r\n");
  }

  private String here() {
    return "localhost:" + server.port();
  }

  private static void refused(int status, String code, Endpoint endpoint, String answer) {
    assertEquals(status, RawHttp.status(answer), () -> endpoint + "\n" + answer);
    assertTrue(answer.contains("\"code\":\"" + code + "\""), answer);
  }

  @Test
  void aForeignNameIsMisdirectedAndAForeignPageForbidden() throws Exception {
    for (Endpoint endpoint : Resources.endpoints()) {
      refused(421, "MISDIRECTED", endpoint, ask(endpoint, "evil.example", ""));
      refused(
          403,
          "FORBIDDEN_ORIGIN",
          endpoint,
          ask(endpoint, here(), "Origin: http://evil.example\r\n"));
    }
  }

  @Test
  void onlyAdministrationNeedsAToken() throws Exception {
    for (Endpoint endpoint : Resources.endpoints()) {
      String answer = ask(endpoint, here(), "Accept: */*\r\n");
      boolean code = endpoint.path().startsWith("/api/v1/verticles") && !endpoint.isSafe();
      boolean wanted = endpoint.scope() == Scope.ADMIN;
      // Code is refused behind the reading of its body, when there is one.
      assertEquals(
          wanted || (code && endpoint.body() == Endpoint.Body.NONE),
          RawHttp.status(answer) == 401,
          () -> endpoint + "\n" + answer);
    }
  }

  /** Who may not come in is told before a body is looked at, and a head is bounded before that. */
  @Test
  void whatIsTooLargeCostsNothing() throws Exception {
    String large = "Content-Type: application/json\r\nContent-Length: 99999999\r\n";
    for (Endpoint endpoint : Resources.endpoints()) {
      String heads = "X-Long: " + "x".repeat(20_000) + "\r\nAuthorization: Bearer art_wrong\r\n";
      refused(431, "HEADERS_TOO_LARGE", endpoint, ask(endpoint, here(), heads));
      if (endpoint.body() != Endpoint.Body.NONE) {
        boolean admin = endpoint.scope() == Scope.ADMIN;
        refused(
            admin ? 401 : 413,
            admin ? "UNAUTHORIZED" : "PAYLOAD_TOO_LARGE",
            endpoint,
            ask(endpoint, here(), large));
      }
    }
  }
}
