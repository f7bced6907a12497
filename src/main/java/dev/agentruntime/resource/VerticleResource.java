package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import dev.agentruntime.verticle.VerticleOrder;
import dev.agentruntime.verticle.Verticles;
import io.vertx.core.Future;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The verticles of a node. What brings code needs a token of scope deploy, also on loopback; the
 * jar travels in the request, in Base64, so that no path of the node is named.
 */
final class VerticleResource {

  private static final String PATH = "/api/v1/verticles";

  private VerticleResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(PATH, Set.of(), call -> verticles(call).list().map(Answer::ok)),
        Endpoint.post(PATH, Body.JSON, VerticleResource::deploy).needs(Scope.DEPLOY),
        Endpoint.delete(PATH + "/:verticle", Set.of("force"), VerticleResource::undeploy)
            .needs(Scope.DEPLOY));
  }

  private static Verticles verticles(Call call) {
    Verticles here = call.runtime().part(Verticles.class);
    if (here == null) {
      throw new RuntimeFault(ErrorCode.NOT_FOUND, "this node deploys no verticles");
    }
    return here;
  }

  private static void requireToken(Call call) {
    if (call.caller().digest() == null) {
      throw new RuntimeFault(
          ErrorCode.UNAUTHORIZED,
          "code needs a token of scope deploy, also on loopback, expected=Authorization: Bearer"
              + " TOKEN; make one with the command token create NAME --scope deploy --data DIR");
    }
  }

  private static Future<Answer> deploy(Call call) {
    requireToken(call);
    Fields fields =
        call.fields("name", "jar", "main", "options", "instances", "threading", "replace", "force");
    Long instances = fields.wholeOrNull("instances");
    VerticleOrder order = new VerticleOrder(
        fields.text("name"),
        decoded(fields.textOrNull("jar")),
        fields.textOrNull("main"),
        fields.has("options") ? Json.of(fields.object("options")) : null,
        instances == null ? null : (int) Math.max(0, Math.min(instances, Integer.MAX_VALUE)),
        fields.textOrNull("threading"),
        fields.flag("replace", false),
        fields.flag("force", false),
        call.caller().name());
    return verticles(call)
        .deploy(order)
        .map(shown -> Answer.of(order.replace() ? 200 : 201, shown));
  }

  private static byte @Nullable [] decoded(@Nullable String jar) {
    try {
      return jar == null ? null : Base64.getDecoder().decode(jar);
    } catch (IllegalArgumentException e) {
      throw new RuntimeFault(ErrorCode.INVALID_TYPE, "jar, expected=its bytes in Base64", e);
    }
  }

  private static Future<Answer> undeploy(Call call) {
    requireToken(call);
    return verticles(call)
        .undeploy(
            call.pathPart("verticle"), call.flag("force", false), call.caller().name())
        .map(gone -> Answer.nothing());
  }
}
