package dev.agentruntime.resource;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.memory.Memory.Where;
import dev.agentruntime.process.MemoryDesk;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a process remembers: searched, listed, forgotten. */
final class MemoryResource {

  private static final String PATH = "/api/v1/processes/:name/memory";

  private MemoryResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            PATH,
            Set.of("query", "min_score", "origin", "invocation", "limit", "cursor"),
            MemoryResource::look),
        Endpoint.delete(
            PATH,
            Set.of("origin", "invocation", "all"),
            call -> desk(call).forget(which(call)).map(Answer::ok)),
        Endpoint.delete(PATH + "/:id", Set.of(), MemoryResource::forgetOne));
  }

  private static MemoryDesk desk(Call call) {
    return new MemoryDesk(call.process());
  }

  private static Future<Answer> look(Call call) {
    Where where = where(call);
    String query = call.query().get("query");
    if (query == null) {
      refuse(call, "min_score", "together with query");
      return desk(call).list(where, call.limit(), call.cursor()).map(Answer::ok);
    }
    for (String other : List.of("origin", "invocation", "cursor")) {
      refuse(call, other, "no query beside it");
    }
    double least = score(call.query().get("min_score"));
    return desk(call).search(query, call.limit(), least).map(Answer::ok);
  }

  private static void refuse(Call call, String name, String expected) {
    if (call.query().containsKey(name)) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, name + ", expected=" + expected);
    }
  }

  private static double score(@Nullable String text) {
    if (text == null) {
      return 0;
    }
    if (text.matches("0(\\.[0-9]{1,9})?|1(\\.0{1,9})?")) {
      return Double.parseDouble(text);
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_TYPE, "min_score, expected=0 to 1, actual=" + Json.quote(text));
  }

  private static Where where(Call call) {
    return new Where(null, call.query().get("origin"), call.query().get("invocation"));
  }

  /** Everything is forgotten only by who says so. */
  private static Where which(Call call) {
    Where where = where(call);
    boolean all = call.flag("all", false);
    if (all == where.equals(Where.ALL)) {
      return where;
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_REQUEST,
        all
            ? "all, expected=neither origin nor invocation beside it"
            : "what to forget, expected=origin or invocation, or all=true");
  }

  private static Future<Answer> forgetOne(Call call) {
    String id = call.pathPart("id");
    return desk(call).forget(Where.id(id)).map(answer -> {
      if (Objects.equals(answer.object().get("forgotten"), 0L)) {
        throw new RuntimeFault(ErrorCode.MEMORY_NOT_FOUND, "there is no memory " + Json.quote(id));
      }
      return Answer.ok(answer);
    });
  }
}
