package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.core.Json;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.OpenApi;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.Sweep;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The node, its neighbours and the models it asks: {@code /health}, {@code /runtime/status},
 * {@code /nodes}, {@code /models}.
 */
final class NodeResource {

  private static final String KILL = "/api/v1/runtime/kill";
  private static final List<String> PUBLIC_KEYS =
      List.of("node", "version", "processes", "uptime_seconds");

  private NodeResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            "/health",
            Set.of(),
            call -> Future.succeededFuture(health(call.runtime().status(), false))),
        Endpoint.get(
            "/openapi.yaml",
            Set.of(),
            call -> call.runtime()
                .vertx()
                .executeBlocking(OpenApi::document, false)
                .map(text -> Answer.text(text, "application/yaml"))),
        Endpoint.get(
            "/api/v1/runtime/status",
            Set.of(),
            call -> Future.succeededFuture(Answer.ok(call.runtime().status()))),
        sweep("start-all", call -> {
          call.requireNoFields();
          return call.runtime().startAll();
        }),
        sweep("stop-all", call -> call.runtime().stopAll(ProcessResource.reason(call))),
        Endpoint.get(
            KILL,
            Set.of(),
            call -> Future.succeededFuture(Answer.ok(call.runtime().killSwitch().state()))),
        Endpoint.post(KILL, Body.OPTIONAL_JSON, NodeResource::kill),
        Endpoint.delete(
                KILL,
                Set.of(),
                call -> call.runtime().killSwitch().lift(call.caller().name()).map(Answer::ok))
            .needs(Scope.DEPLOY),
        Endpoint.get("/api/v1/nodes", Set.of(), call -> nodes(call.runtime())),
        Endpoint.get(
            "/api/v1/models",
            Set.of(),
            call -> call.runtime()
                .models()
                .map(models -> Answer.ok(Json.of(Map.of("models", models))))));
  }

  /** Asks something of every process; it is answered what became of each. */
  private static Endpoint sweep(String verb, Function<Call, Future<Sweep>> act) {
    return Endpoint.post(
        "/api/v1/runtime/" + verb,
        Body.OPTIONAL_JSON,
        call -> act.apply(call).map(sweep -> Answer.ok(sweep.json())));
  }

  /**
   * Health in the words of probes.
   *
   * @param status the node's own account of itself
   * @param draining whether this server was told to take no new work
   * @return 200 when the node takes work, else 503 with the state as status
   */
  static Answer health(Json status, boolean draining) {
    Map<String, @Nullable Object> node = status.object();
    String state = draining ? "draining" : String.valueOf(node.get("state"));
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("status", state.equals("running") ? "ok" : state);
    for (String key : PUBLIC_KEYS) {
      if (node.containsKey(key)) {
        body.put(key, node.get(key));
      }
    }
    return Answer.of(state.equals("running") ? 200 : 503, Json.of(body));
  }

  /** Health before there is a runtime. */
  static Answer recovering() {
    return Answer.of(503, Json.of(Map.of("status", "recovering"))).with("Retry-After", "1");
  }

  private static Future<Answer> nodes(AgentRuntime runtime) {
    return runtime.placement().nodes().map(nodes -> {
      List<Json> all = nodes.isEmpty() ? List.of(alone(runtime)) : nodes;
      return Answer.ok(Json.of(Map.of("nodes", all)));
    });
  }

  /** The one node there is without a cluster. */
  private static Json alone(AgentRuntime runtime) {
    Map<String, @Nullable Object> self = new LinkedHashMap<>();
    self.put("id", runtime.node().value());
    self.put("state", runtime.status().object().get("state"));
    self.put("address", runtime.config().control().toString());
    self.put("processes", runtime.processes().size());
    self.put("self", true);
    return Json.of(self);
  }

  /** Ends all work at once; {@code reason} is kept. */
  private static Future<Answer> kill(Call call) {
    String reason = call.fields("reason").textOrNull("reason");
    return call.runtime()
        .killSwitch()
        .pull(call.caller().name(), reason == null ? "" : reason)
        .map(Answer::ok);
  }
}
