package dev.agentruntime.resource;

import dev.agentruntime.core.Json;
import dev.agentruntime.oversight.ApprovalDesk;
import dev.agentruntime.oversight.ApprovalWord;
import dev.agentruntime.oversight.Oversight;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls of tools that wait for a person: which there are, and what is decided. */
final class ApprovalsResource {

  private static final String PATH = "/api/v1/processes/:name/approvals";
  private static final String ONE = PATH + "/:id";

  private ApprovalsResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/api/v1/approvals", Set.of("id"), ApprovalsResource::everywhere),
        Endpoint.get(
            PATH,
            Set.of(),
            call -> call.process().oversee(all -> all.approvals().list()).map(Answer::ok)),
        Endpoint.get(ONE, Set.of(), call -> {
          String id = call.pathPart("id");
          return call.process().oversee(all -> all.approvals().show(id)).map(Answer::ok);
        }),
        Endpoint.post(ONE, Body.JSON, ApprovalsResource::decide));
  }

  /**
   * What waits anywhere on the node; processes that cannot be asked now are named. With an id also
   * what ended and begins so: who says a word again finds what it was about.
   */
  private static Future<Answer> everywhere(Call call) {
    List<Future<Json>> asked = new ArrayList<>();
    List<Object> unavailable = new ArrayList<>();
    for (AgentProcess process : call.runtime().processes()) {
      asked.add(process.oversee(all -> all.approvals().list()).otherwise(cause -> {
        unavailable.add(process.name().value());
        return Json.EMPTY;
      }));
    }
    String id = call.query().get("id");
    return Future.all(asked).map(done -> {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("approvals", those(done.list(), "approvals", ""));
      if (id != null) {
        all.put("ended", those(done.list(), "ended", id));
      }
      all.put("unavailable", unavailable);
      return Answer.ok(Json.of(all));
    });
  }

  private static List<Object> those(List<Json> views, String key, String begin) {
    List<Object> all = new ArrayList<>();
    for (Json view : views) {
      if (view.object().get(key) instanceof List<?> some) {
        for (Object each : some) {
          if (each instanceof Map<?, ?> one && String.valueOf(one.get("id")).startsWith(begin)) {
            all.add(one);
          }
        }
      }
    }
    return all;
  }

  private static Future<Answer> decide(Call call) {
    Fields fields = call.fields("decision", "arguments", "reason", "arguments_digest", "epoch");
    String reason = fields.textOrNull("reason");
    ApprovalWord word = new ApprovalWord(
        call.pathPart("id"),
        ApprovalDesk.approves(fields.text("decision")),
        fields.has("arguments") ? Json.of(fields.object("arguments")) : null,
        reason == null ? "" : reason,
        call.caller().name(),
        fields.textOrNull("arguments_digest"),
        fields.wholeOrNull("epoch"));
    Function<Oversight, Future<Json>> command = all -> all.approvals().decide(word);
    return (word.approves() ? call.process().oversee(command) : call.process().tighten(command))
        .map(Answer::ok);
  }
}
