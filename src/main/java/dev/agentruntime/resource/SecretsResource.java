package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/**
 * The secrets of a process: what they are called, how they are and where they are found, never
 * their values. A rotation reads the value anew; {@code {"value":"file:PATH"}} says from where.
 */
final class SecretsResource {

  static final String PATH = "/api/v1/processes/:name/secrets";
  private static final String ONE = PATH + "/:secret";

  private SecretsResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            PATH,
            Set.of(),
            call -> call.process().oversee(all -> all.secrets().list()).map(Answer::ok)),
        Endpoint.patch(ONE, Body.OPTIONAL_JSON, SecretsResource::rotate).needs(Scope.ADMIN),
        Endpoint.delete(PATH, Set.of(), call -> revoke(call, List.of())).needs(Scope.ADMIN),
        Endpoint.delete(ONE, Set.of(), call -> revoke(call, List.of(call.pathPart("secret"))))
            .needs(Scope.ADMIN));
  }

  private static Future<Answer> rotate(Call call) {
    String secret = call.pathPart("secret");
    String source = call.fields("value").textOrNull("value");
    return call.process()
        .oversee(all -> all.secrets().rotate(secret, source, call.caller().name()))
        .map(Answer::ok);
  }

  private static Future<Answer> revoke(Call call, List<String> names) {
    return call.process()
        .tighten(all -> all.secrets().revoke(names, call.caller().name()))
        .map(Answer::ok);
  }
}
