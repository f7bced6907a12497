package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.desk.MissionDesk;
import dev.agentruntime.process.ManifestDesk;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Whether a process is well, and how far it is with its mission. {@code PATCH} changes the fields
 * of the manifest's {@code health} or {@code mission} that it names; null takes one away.
 */
final class WatchResource {

  private static final String PROCESS = "/api/v1/processes/:name/";
  private static final String ANOMALIES = PROCESS + "health/anomalies";
  private static final String MISSION = PROCESS + "mission";

  private WatchResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            ANOMALIES,
            Set.of(),
            call -> call.process().oversee(all -> all.health().anomalies()).map(Answer::ok)),
        Endpoint.delete(ANOMALIES, Set.of(), WatchResource::clear),
        Endpoint.patch(PROCESS + "health", Body.JSON, call -> patch(call, "health"))
            .needs(Scope.DEPLOY),
        Endpoint.get(
            MISSION,
            Set.of(),
            call -> call.process().oversee(all -> all.mission().view()).map(Answer::ok)),
        Endpoint.patch(MISSION, Body.JSON, call -> patch(call, "mission")).needs(Scope.DEPLOY),
        move("pause", MissionDesk::pause),
        move("resume", MissionDesk::resume),
        move("fail", MissionDesk::fail));
  }

  private static Future<Answer> clear(Call call) {
    String by = call.caller().name();
    return call.process().oversee(all -> all.health().clear(by)).map(Answer::ok);
  }

  private static Endpoint move(String verb, BiFunction<MissionDesk, String, Future<Json>> act) {
    return Endpoint.post(MISSION + "/" + verb, Body.OPTIONAL_JSON, call -> {
      call.requireNoFields();
      String by = call.caller().name();
      return call.process().oversee(all -> act.apply(all.mission(), by)).map(Answer::ok);
    });
  }

  private static Future<Answer> patch(Call call, String section) {
    Json body = Json.parse(call.body());
    if (!body.isObject()) {
      throw new RuntimeFault(ErrorCode.INVALID_JSON, "body, expected=a JSON object");
    }
    return new ManifestDesk(call.process())
        .section(section, body.object())
        .compose(done -> call.process().status(false))
        .map(Answer::ok);
  }
}
