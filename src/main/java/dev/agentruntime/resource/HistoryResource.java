package dev.agentruntime.resource;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import dev.agentruntime.rest.LiveStreams;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a process did and does: its journal, its runs, and both followed; and the operator's word
 * on an effect that may or may not have happened.
 */
final class HistoryResource {

  private static final String PATH = "/api/v1/processes/:name/invocations";
  private static final int NOTE_LENGTH_MAX = 500;

  private HistoryResource() {}

  static List<Endpoint> endpoints(LiveStreams streams) {
    return List.of(
        Endpoint.get(
            "/api/v1/processes/:name/journal",
            Set.of("limit", "cursor", "type"),
            HistoryResource::entries),
        Endpoint.get("/api/v1/processes/:name/stream", Set.of("after"), streams::follow),
        Endpoint.get(
            PATH,
            Set.of("limit", "cursor"),
            call -> call.process().invocations(call.limit(), call.cursor()).map(Answer::ok)),
        Endpoint.get(
            PATH + "/:id", Set.of(), call -> call.process().invocation(id(call)).map(Answer::ok)),
        Endpoint.post(PATH + "/:id/effects/:key", Body.JSON, HistoryResource::resolve));
  }

  private static Future<Answer> entries(Call call) {
    String kind = call.query().get("type");
    if (kind != null && !kind.matches("[a-z_]{1,64}")) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE, "type, expected=a kind of entry, actual=" + Json.quote(kind));
    }
    return call.process().journal(call.limit(), call.cursor(), kind).map(Answer::ok);
  }

  private static Future<Answer> resolve(Call call) {
    Word word =
        Word.of(call.fields("resolution", "result", "note"), call.caller().name());
    AgentProcess process = call.process();
    InvocationId id = id(call);
    return process
        .resolve(id, call.pathPart("key"), word.resolution(), word.result(), word.by())
        .compose(done -> process.invocation(id))
        .map(Answer::ok);
  }

  private static InvocationId id(Call call) {
    try {
      return new InvocationId(call.pathPart("id"));
    } catch (RuntimeFault e) {
      throw new RuntimeFault(
          ErrorCode.INVOCATION_NOT_FOUND,
          "there is no invocation " + Json.quote(call.pathPart("id")),
          e);
    }
  }

  /**
   * What the operator says.
   *
   * @param result the tool's answer, for an effect that landed
   */
  record Word(Resolution resolution, @Nullable String result, String by) {

    static Word of(Fields fields, String who) {
      Resolution resolution = switch (fields.text("resolution")) {
        case "landed" -> Resolution.LANDED;
        case "did_not_happen" -> Resolution.DID_NOT_HAPPEN;
        case "retry" -> Resolution.RETRY;
        default ->
          throw new RuntimeFault(
              ErrorCode.INVALID_TYPE,
              "resolution, expected=landed, did_not_happen or retry, actual="
                  + Json.quote(fields.text("resolution")));
      };
      String result = null;
      if (fields.has("result")) {
        if (resolution != Resolution.LANDED) {
          throw new RuntimeFault(
              ErrorCode.INVALID_TYPE, "result, expected=only together with resolution landed");
        }
        Json value = fields.any("result");
        result = value.value() instanceof String text ? text : value.toString();
      }
      String note = fields.textOrNull("note");
      if (note != null && note.length() > NOTE_LENGTH_MAX) {
        throw new RuntimeFault(
            ErrorCode.INVALID_TYPE,
            "note, expected=at most " + NOTE_LENGTH_MAX + " characters, actual=" + note.length());
      }
      return new Word(resolution, result, note == null ? who : who + ": " + note);
    }
  }
}
