package dev.agentruntime.resource;

import dev.agentruntime.process.ProcessTools;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/** What a process may call, and which servers of tools it trusts with what. */
final class ToolResource {

  private static final String PATH = "/api/v1/processes/:name/tools";

  private ToolResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(PATH, Set.of(), call -> ProcessTools.view(call.process()).map(Answer::ok)),
        Endpoint.post(PATH + "/:server/accept", Body.OPTIONAL_JSON, ToolResource::accept));
  }

  private static Future<Answer> accept(Call call) {
    Fields fields = call.fields("digest");
    return ProcessTools.accept(
            call.process(),
            call.pathPart("server"),
            fields.textOrNull("digest"),
            call.caller().name())
        .map(Answer::ok);
  }
}
