package dev.agentruntime.resource;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.OperatorEntry.DeadLetterAction;
import dev.agentruntime.entry.OperatorEntry.DeadLetterHandled;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a process gave up: looked at, delivered again, cleared. */
final class DeadLetterResource {

  private static final String PATH = "/api/v1/processes/:name/dead-letters";
  private static final int IDS_MAX = 10_000;

  private DeadLetterResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            PATH,
            Set.of("limit", "cursor"),
            call -> call.process().deadLetters(call.limit(), call.cursor()).map(Answer::ok)),
        Endpoint.post(PATH + "/redeliver", Body.OPTIONAL_JSON, DeadLetterResource::redeliver),
        Endpoint.delete(PATH, Set.of("ids"), DeadLetterResource::clear));
  }

  private static Future<Answer> redeliver(Call call) {
    Fields fields = call.fields("ids", "fresh");
    List<String> ids = fields.texts("ids", IDS_MAX);
    if (fields.has("ids") && ids.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE, "field ids, expected=at least one id, or no such field for all");
    }
    boolean fresh = fields.flag("fresh", false);
    return call.process()
        .deadLetters(new DeadLetterHandled(
            ids, DeadLetterAction.REDELIVERED, fresh, call.caller().name()))
        .map(Answer::ok);
  }

  private static Future<Answer> clear(Call call) {
    return call.process()
        .deadLetters(new DeadLetterHandled(
            ids(call.query().get("ids")),
            DeadLetterAction.CLEARED,
            false,
            call.caller().name()))
        .map(Answer::ok);
  }

  /** A comma list; absent = all. */
  private static List<String> ids(@Nullable String query) {
    if (query == null) {
      return List.of();
    }
    List<String> ids = List.of(query.split(",", -1));
    if (ids.contains("")) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "ids, expected=ids with commas between, actual=" + Json.quote(query));
    }
    return ids;
  }
}
