package dev.agentruntime.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rest.Endpoint;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class EndpointTest {

  /** The routes others rely on: a change here is a change of the API. */
  private static final Set<String> ROUTES = Set.of(
      "GET /health",
      "GET /openapi.yaml",
      "GET /api/v1/runtime/status",
      "POST /api/v1/runtime/start-all",
      "POST /api/v1/runtime/stop-all",
      "GET /api/v1/processes/:name/metrics",
      "GET /api/v1/processes/:name/stream",
      "GET /api/v1/nodes",
      "GET /api/v1/processes",
      "POST /api/v1/processes",
      "GET /api/v1/processes/:name",
      "DELETE /api/v1/processes/:name",
      "PATCH /api/v1/processes/:name/instructions",
      "GET /api/v1/processes/:name/triggers",
      "POST /api/v1/processes/:name/triggers",
      "DELETE /api/v1/processes/:name/triggers/:id",
      "POST /api/v1/processes/:name/start",
      "POST /api/v1/processes/:name/stop",
      "POST /api/v1/processes/:name/restart",
      "POST /api/v1/processes/:name/suspend",
      "POST /api/v1/processes/:name/resume",
      "POST /api/v1/processes/:name/trigger",
      "GET /api/v1/processes/:name/journal",
      "GET /api/v1/processes/:name/invocations",
      "GET /api/v1/processes/:name/invocations/:id",
      "POST /api/v1/processes/:name/invocations/:id/effects/:key",
      "GET /api/v1/verticles",
      "POST /api/v1/verticles",
      "DELETE /api/v1/verticles/:verticle",
      "GET /api/v1/processes/:name/versions",
      "POST /api/v1/processes/:name/rollback",
      "POST /api/v1/processes/:name/replay",
      "POST /api/v1/processes/:name/rewind",
      "GET /api/v1/processes/:name/forks",
      "POST /api/v1/processes/:name/forks",
      "GET /api/v1/processes/:name/forks/:fork",
      "DELETE /api/v1/processes/:name/forks/:fork",
      "GET /api/v1/processes/:name/context",
      "PATCH /api/v1/processes/:name/context",
      "GET /api/v1/processes/:name/context/:key/history",
      "GET /api/v1/processes/:name/conversation",
      "DELETE /api/v1/processes/:name/conversation",
      "GET /api/v1/processes/:name/memory",
      "DELETE /api/v1/processes/:name/memory",
      "DELETE /api/v1/processes/:name/memory/:id",
      "GET /api/v1/processes/:name/dead-letters",
      "DELETE /api/v1/processes/:name/dead-letters",
      "POST /api/v1/processes/:name/dead-letters/redeliver",
      "GET /api/v1/processes/:name/tools",
      "POST /api/v1/processes/:name/tools/:server/accept",
      "GET /api/v1/models",
      "GET /api/v1/events",
      "POST /api/v1/events",
      "GET /api/v1/messages/dead-letters",
      "POST /api/v1/messages/:topic",
      "GET /api/v1/processes/:name/secrets",
      "DELETE /api/v1/processes/:name/secrets",
      "PATCH /api/v1/processes/:name/secrets/:secret",
      "DELETE /api/v1/processes/:name/secrets/:secret",
      "GET /api/v1/processes/:name/budget",
      "PATCH /api/v1/processes/:name/budget",
      "POST /api/v1/processes/:name/budget/grant",
      "GET /api/v1/processes/:name/health/anomalies",
      "DELETE /api/v1/processes/:name/health/anomalies",
      "PATCH /api/v1/processes/:name/health",
      "GET /api/v1/processes/:name/mission",
      "PATCH /api/v1/processes/:name/mission",
      "POST /api/v1/processes/:name/mission/pause",
      "POST /api/v1/processes/:name/mission/resume",
      "POST /api/v1/processes/:name/mission/fail",
      "POST /api/v1/processes/:name/messages",
      "GET /api/v1/processes/:name/inbox",
      "DELETE /api/v1/processes/:name/inbox",
      "POST /api/v1/processes/:name/ask",
      "GET /api/v1/approvals",
      "GET /api/v1/processes/:name/approvals",
      "GET /api/v1/processes/:name/approvals/:id",
      "POST /api/v1/processes/:name/approvals/:id",
      "GET /api/v1/tokens",
      "POST /api/v1/tokens",
      "POST /api/v1/tokens/:id/rotate",
      "DELETE /api/v1/tokens/:id");

  @Test
  void theTableIsTheOnePromised() {
    List<Endpoint> all = Resources.endpoints();
    assertEquals(
        ROUTES, all.stream().map(e -> e.method() + " " + e.path()).collect(Collectors.toSet()));
    assertEquals(ROUTES.size(), all.size());
  }

  @Test
  void allowNamesEveryMethodOfAPath() {
    List<Endpoint> all = Resources.endpoints();
    assertEquals("GET, HEAD, OPTIONS, POST", Endpoint.allow(all, "/api/v1/processes"));
    assertEquals("DELETE, GET, HEAD, OPTIONS", Endpoint.allow(all, "/api/v1/processes/:name"));
    assertEquals("OPTIONS, POST", Endpoint.allow(all, "/api/v1/processes/:name/start"));
  }

  @Test
  void onlyGetLeavesThingsAsTheyAre() {
    assertTrue(Resources.endpoints().stream()
        .filter(Endpoint::isSafe)
        .allMatch(e -> e.body() == Endpoint.Body.NONE));
  }
}
