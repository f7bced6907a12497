package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.intake.ManualTrigger;
import dev.agentruntime.process.ManifestDesk;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What wakes a process: looked at, added and taken away while it lives. And wakes it by hand:
 * {@code {"payload": any value, "metadata": {...}}}, with an {@code Idempotency-Key} header where
 * the caller may repeat itself; 202 says that the event is durable.
 * {@code "trusted": true} says that the caller vouches for the payload, as whoever may operate may
 * also approve what a run that nobody vouches for wants to do. Who did either is written down.
 */
final class TriggerResource {

  static final int KEY_LENGTH_MAX = 255;
  private static final String PATH = "/api/v1/processes/:name/triggers";

  private TriggerResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.post("/api/v1/processes/:name/trigger", Body.JSON, TriggerResource::trigger),
        Endpoint.get(PATH, Set.of(), call -> desk(call).triggers().map(Answer::ok)),
        Endpoint.post(PATH, Body.JSON, TriggerResource::add).needs(Scope.DEPLOY),
        Endpoint.delete(PATH + "/:id", Set.of(), TriggerResource::remove).needs(Scope.DEPLOY));
  }

  private static ManifestDesk desk(Call call) {
    return new ManifestDesk(call.process());
  }

  private static Future<Answer> add(Call call) {
    ManifestDesk desk = desk(call);
    Json trigger = call.runtime().manifests().readTrigger(Json.of(Fields.whole(call.body())));
    Object keys = trigger.object().getOrDefault("hmac_secret", List.of());
    call.requireSecretsAllowed((keys instanceof List<?> several ? several : List.of(keys))
        .stream().map(String::valueOf).toList());
    String id = String.valueOf(trigger.object().get("id"));
    return desk.add(trigger)
        .map(view -> Answer.of(201, view)
            .with("Location", "/api/v1/processes/" + call.processName() + "/triggers/" + id));
  }

  private static Future<Answer> remove(Call call) {
    return desk(call).remove(call.pathPart("id")).map(done -> Answer.nothing());
  }

  private static Future<Answer> trigger(Call call) {
    Fields fields = call.fields("payload", "metadata", "trusted");
    Json payload = fields.any("payload");
    Json metadata = fields.objectOr("metadata", Json.EMPTY);
    String key = key(call.headers().get("idempotency-key"));
    boolean trusted = fields.flag("trusted", false);
    // Who vouches says more than the event does.
    String what = trusted ? "vouching for " : "for ";
    ManualTrigger wanted = new ManualTrigger(payload, metadata, key, trusted, event -> {
      call.note().about(what + event);
      call.note().ahead(202);
    });
    return call.process().trigger(wanted).map(accepted -> {
      call.note().about(what + accepted.eventId());
      return answer(accepted);
    });
  }

  /** The answer to an accepted event, the same as a webhook's. */
  static Answer answer(Accepted accepted) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("status", "accepted");
    body.put("event_id", accepted.eventId());
    if (accepted.duplicate()) {
      body.put("duplicate", true);
    }
    if (!accepted.durable()) {
      body.put("durable", false);
    }
    return Answer.of(202, Json.of(body));
  }

  /** Checks an idempotency key: visible ASCII, 1..255 characters. */
  static @Nullable String key(@Nullable String header) {
    if (header == null) {
      return null;
    }
    boolean visible = header.chars().allMatch(c -> c > 0x20 && c < 0x7f);
    if (header.isEmpty() || header.length() > KEY_LENGTH_MAX || !visible) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "Idempotency-Key, expected=1.." + KEY_LENGTH_MAX + " visible ASCII characters");
    }
    return header;
  }
}
