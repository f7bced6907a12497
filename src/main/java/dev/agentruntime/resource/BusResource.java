package dev.agentruntime.resource;

import dev.agentruntime.bus.Emissions;
import dev.agentruntime.bus.Outlet.Receipt;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Json;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Events and messages from outside: {@code POST /api/v1/events}, {@code POST
 * /api/v1/messages/{topic}}, with an {@code Idempotency-Key} header where the caller may repeat
 * itself; 202 says that it is durable. And a look at the newest events.
 */
final class BusResource {

  private static final String EVENTS = "/api/v1/events";

  private BusResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.post(EVENTS, Body.JSON, BusResource::emit),
        Endpoint.get(EVENTS, Set.of("type", "limit"), BusResource::events),
        Endpoint.get("/api/v1/messages/dead-letters", Set.of("topic", "limit"), BusResource::dead),
        Endpoint.post("/api/v1/messages/:topic", Body.JSON, BusResource::publish));
  }

  private static Future<Answer> emit(Call call) {
    Fields fields = call.fields("event_type", "data", "source");
    return call.runtime()
        .events()
        .emit(
            fields.text("event_type"),
            fields.has("data") ? fields.any("data") : Json.NULL,
            source(fields),
            key(call))
        .map(receipt -> accepted("event_id", receipt));
  }

  private static Future<Answer> publish(Call call) {
    Fields fields = call.fields("content", "priority", "ttl_seconds", "ordering_key", "source");
    return call.runtime()
        .messages()
        .publish(
            call.pathPart("topic"),
            fields.any("content"),
            Emissions.options(
                fields.wholeOrNull("priority"),
                fields.wholeOrNull("ttl_seconds"),
                fields.textOrNull("ordering_key")),
            source(fields),
            key(call))
        .map(receipt -> accepted("message_id", receipt));
  }

  private static Future<Answer> dead(Call call) {
    return call.runtime()
        .deadMessages(call.query().getOrDefault("topic", "**"), call.limit())
        .map(Answer::ok);
  }

  private static Future<Answer> events(Call call) {
    String type = call.query().get("type");
    return call.runtime()
        .events()
        .history(type == null ? "**" : type, call.limit())
        .map(events -> Answer.ok(
            Json.of(Map.of("events", events.stream().map(BusResource::event).toList()))));
  }

  private static Map<String, @Nullable Object> event(Arrival event) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("event_id", event.item());
    all.put("event_type", event.emission().name());
    all.put("source", event.source());
    all.put("data", event.emission().data());
    all.put("committed_at", event.at().toString());
    return all;
  }

  private static Answer accepted(String id, Receipt receipt) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("status", "accepted");
    body.put(id, receipt.id());
    if (receipt.duplicate()) {
      body.put("duplicate", true);
    } else {
      body.put("takers", receipt.takers());
    }
    return Answer.of(202, Json.of(body));
  }

  private static String source(Fields fields) {
    String source = fields.textOrNull("source");
    return source == null ? "api" : source;
  }

  private static @Nullable String key(Call call) {
    return TriggerResource.key(call.headers().get("idempotency-key"));
  }
}
