package dev.agentruntime.resource;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.OperatorEntry.RewindMode;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.replay.EntryRef;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.replay.RewindOrder;
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

/** A process and its past: replayed, taken back, forked. */
final class PastResource {

  private static final String PATH = "/api/v1/processes/:name";
  private static final int NOTE_LENGTH_MAX = 500;
  private static final int ANSWERS_MAX = 100;

  private PastResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.post(PATH + "/replay", Body.OPTIONAL_JSON, PastResource::replay),
        Endpoint.post(PATH + "/rewind", Body.JSON, PastResource::rewind),
        Endpoint.get(
            PATH + "/forks", Set.of(), call -> call.process().forks().list().map(Answer::ok)),
        Endpoint.post(PATH + "/forks", Body.JSON, PastResource::fork),
        Endpoint.get(
            PATH + "/forks/:fork",
            Set.of(),
            call -> call.process().forks().show(call.pathPart("fork")).map(Answer::ok)),
        Endpoint.delete(PATH + "/forks/:fork", Set.of(), PastResource::remove));
  }

  private static Future<Answer> replay(Call call) {
    call.requireNoFields();
    return call.process().replay().map(Answer::ok);
  }

  private static Future<Answer> rewind(Call call) {
    Fields fields = call.fields("to", "mode", "apply", "note");
    AgentProcess process = call.process();
    String word = fields.has("mode") ? fields.text("mode") : "both";
    RewindMode mode = switch (word) {
      case "conversation" -> RewindMode.CONVERSATION;
      case "context" -> RewindMode.CONTEXT;
      case "both" -> RewindMode.BOTH;
      default ->
        throw new RuntimeFault(
            ErrorCode.INVALID_TYPE,
            "mode, expected=conversation, context or both, actual=" + Json.quote(word));
    };
    String note = fields.textOrNull("note");
    if (note != null && note.length() > NOTE_LENGTH_MAX) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "note, expected=at most " + NOTE_LENGTH_MAX + " characters, actual=" + note.length());
    }
    RewindOrder order = new RewindOrder(
        entry(fields, "to", process),
        mode,
        fields.flag("apply", false),
        note == null ? call.caller().name() : call.caller().name() + ": " + note);
    return process.rewind(order).map(Answer::ok);
  }

  private static Future<Answer> fork(Call call) {
    Fields fields = call.fields("at", "model", "play", "instructions", "live_reads", "answers");
    AgentProcess process = call.process();
    ForkOrder order = new ForkOrder(
        entry(fields, "at", process),
        fields.textOrNull("model"),
        fields.has("play") ? Json.of(fields.object("play")) : null,
        fields.textOrNull("instructions"),
        fields.flag("live_reads", false),
        answers(fields));
    return process
        .forks()
        .begin(order)
        .map(fork -> Answer.of(202, fork)
            .with(
                "Location",
                "/api/v1/processes/" + process.name() + "/forks/"
                    + fork.object().get("fork")));
  }

  private static Map<String, String> answers(Fields fields) {
    Map<String, String> answers = new LinkedHashMap<>();
    if (!fields.has("answers")) {
      return answers;
    }
    Map<String, @Nullable Object> given = fields.object("answers");
    if (given.size() > ANSWERS_MAX) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "field answers, expected=at most " + ANSWERS_MAX + " tools, actual=" + given.size());
    }
    given.forEach((tool, answer) ->
        answers.put(tool, answer instanceof String text ? text : Json.of(answer).toString()));
    return answers;
  }

  private static Future<Answer> remove(Call call) {
    return call.process().forks().remove(call.pathPart("fork")).map(done -> Answer.nothing());
  }

  /** An entry by its number, or by a text that names its process too. */
  private static long entry(Fields fields, String name, AgentProcess process) {
    Object value = fields.any(name).value();
    if (value instanceof Long || value instanceof String) {
      return EntryRef.parse(String.valueOf(value)).of(process.id());
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_TYPE,
        "field " + name + ", expected=the sequence of an entry, actual=" + Fields.describe(value));
  }
}
