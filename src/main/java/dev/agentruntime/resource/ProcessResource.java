package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.ManifestDesk;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** One process: its status, its end, and its moves through its life. */
final class ProcessResource {

  private static final String PATH = "/api/v1/processes/:name";
  private static final int REASON_LENGTH_MAX = 500;

  private ProcessResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            PATH,
            Set.of("digest"),
            call -> call.process().status(call.flag("digest", false)).map(Answer::ok)),
        Endpoint.get(
            PATH + "/metrics", Set.of(), call -> call.process().metrics().map(Answer::ok)),
        Endpoint.delete(PATH, Set.of(), ProcessResource::remove).needs(Scope.DEPLOY),
        Endpoint.patch(PATH + "/instructions", Body.JSON, ProcessResource::instructions)
            .needs(Scope.DEPLOY),
        move("start", call -> call.process().start()),
        move("restart", call -> call.process().restart()),
        move("resume", call -> call.process().resume()),
        moveWithReason("stop", call -> call.process().stop(reason(call))),
        moveWithReason("suspend", call -> call.process().suspend(reason(call))));
  }

  private static Future<Answer> remove(Call call) {
    AgentProcess process = call.process();
    return call.runtime()
        .remove(process.name(), call.caller().name())
        .map(gone -> Answer.nothing());
  }

  /** What the next run is told; what is open goes on with what it began with. */
  private static Future<Answer> instructions(Call call) {
    String text = call.fields("instructions").text("instructions");
    AgentProcess process = call.process();
    return new ManifestDesk(process)
        .instructions(text)
        .compose(done -> process.status(false))
        .map(Answer::ok);
  }

  private static Endpoint move(String verb, Function<Call, Future<Void>> act) {
    return moveWithReason(verb, call -> {
      call.requireNoFields();
      return act.apply(call);
    });
  }

  /** Acts, then answers what became of it: the status. */
  private static Endpoint moveWithReason(String verb, Function<Call, Future<Void>> act) {
    return Endpoint.post(
        PATH + "/" + verb,
        Body.OPTIONAL_JSON,
        call -> act.apply(call).compose(done -> call.process().status(false)).map(Answer::ok));
  }

  static String reason(Call call) {
    String reason = call.fields("reason").textOrNull("reason");
    if (reason == null) {
      return call.caller().name();
    }
    if (reason.isBlank() || reason.length() > REASON_LENGTH_MAX) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "reason, expected=1.." + REASON_LENGTH_MAX + " characters, actual="
              + Json.quote(reason.length() > 40 ? reason.substring(0, 40) + "..." : reason));
    }
    return reason;
  }
}
