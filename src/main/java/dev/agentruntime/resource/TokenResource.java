package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.Token;
import dev.agentruntime.access.TokenFile;
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

/** The tokens of a node: shown without their secrets, made, rotated, revoked. */
final class TokenResource {

  static final String PATH = "/api/v1/tokens";

  private TokenResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(PATH, Set.of(), TokenResource::list).needs(Scope.ADMIN),
        Endpoint.post(PATH, Body.JSON, TokenResource::create).needs(Scope.ADMIN),
        Endpoint.post(PATH + "/:id/rotate", Body.OPTIONAL_JSON, TokenResource::rotate)
            .needs(Scope.ADMIN),
        Endpoint.delete(PATH + "/:id", Set.of(), TokenResource::revoke).needs(Scope.ADMIN));
  }

  private static Future<Answer> list(Call call) {
    return call.access()
        .list()
        .map(tokens -> Answer.ok(Json.of(
            Map.of("tokens", tokens.stream().map(Token::shown).toList(), "total", tokens.size()))));
  }

  private static Future<Answer> create(Call call) {
    Fields fields = call.fields("name", "scope");
    return call.access()
        .create(fields.text("name"), Scope.of(fields.text("scope")))
        .map(made -> Answer.of(201, shown(made)));
  }

  private static Future<Answer> rotate(Call call) {
    if (call.body().length > 0) {
      call.requireNoFields();
    }
    return call.access().rotate(call.pathPart("id")).map(made -> Answer.ok(shown(made)));
  }

  private static Future<Answer> revoke(Call call) {
    return call.access().revoke(call.pathPart("id")).map(done -> Answer.nothing());
  }

  private static Json shown(TokenFile.Made made) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(made.token().shown().object());
    all.put("token", made.secret());
    return Json.of(all);
  }
}
