package dev.agentruntime.resource;

import dev.agentruntime.config.ContextLimits;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.process.AgentKnowledge;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of a process knows. The context is written all or nothing: {@code {"state": {key:
 * value, or null to delete}, "if_version": {key: the version the writer saw}}}, and only if it
 * still has an entity tag that {@code If-Match} names.
 */
final class ContextResource {

  private static final String PATH = "/api/v1/processes/:name/context";
  private static final String CONVERSATION = "/api/v1/processes/:name/conversation";
  private static final Pattern TAGS =
      Pattern.compile("\\*|\\s*\"[^\"]{1,100}\"\\s*(,\\s*\"[^\"]{1,100}\"\\s*){0,20}");

  private ContextResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            PATH,
            Set.of(),
            call -> call.process().knowledge().context().map(ContextResource::answer)),
        Endpoint.patch(PATH, Body.JSON, ContextResource::patch),
        Endpoint.get(
            PATH + "/:key/history",
            Set.of(),
            call -> call.process().knowledge().changes(call.pathPart("key")).map(Answer::ok)),
        Endpoint.get(
            CONVERSATION,
            Set.of(),
            call -> call.process().knowledge().conversation().map(Answer::ok)),
        Endpoint.delete(
            CONVERSATION,
            Set.of(),
            call -> call.process().knowledge().clearConversation().map(done -> Answer.nothing())));
  }

  private static Answer answer(AgentKnowledge.Context context) {
    return Answer.ok(context.json()).with("ETag", context.tag());
  }

  private static Future<Answer> patch(Call call) {
    List<String> tags = tags(call.headers().get("if-match"));
    List<ContextWrite> writes = writes(call.fields("state", "if_version"));
    return call.process().knowledge().write(writes, tags).map(ContextResource::answer);
  }

  /** The tags of an {@code If-Match} header; without one every state will do. */
  static List<String> tags(@Nullable String header) {
    if (header == null) {
      return List.of(AgentKnowledge.ANY_TAG);
    }
    if (!TAGS.matcher(header).matches()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "If-Match, expected=* or strong entity tags in quotes, actual=" + Json.quote(header));
    }
    return Arrays.stream(header.split(",", -1)).map(String::strip).toList();
  }

  /** The writes a body asks for, in its order. */
  static List<ContextWrite> writes(Fields fields) {
    Map<String, @Nullable Object> state = fields.object("state");
    int most = ContextLimits.KEYS_MAX;
    if (state.isEmpty() || state.size() > most) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE, "state, expected=1.." + most + " keys, actual=" + state.size());
    }
    Map<String, @Nullable Object> versions =
        fields.has("if_version") ? fields.object("if_version") : Map.of();
    for (String key : versions.keySet()) {
      if (!state.containsKey(key)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_TYPE,
            "if_version names " + Json.quote(key) + ", expected=only keys of state");
      }
    }
    List<ContextWrite> writes = new ArrayList<>();
    state.forEach((key, value) -> {
      String problem = ContextLimits.problemOfKey(key);
      if (problem != null) {
        throw new RuntimeFault(ErrorCode.INVALID_TYPE, problem);
      }
      Long version = versions.containsKey(key) ? version(key, versions.get(key)) : null;
      writes.add(new ContextWrite(key, value == null ? null : Json.of(value), version));
    });
    return writes;
  }

  private static Long version(String key, @Nullable Object value) {
    if (value instanceof Long version && version >= 0) {
      return version;
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_TYPE,
        "if_version of " + Json.quote(key) + ", expected=a whole number from 0, actual="
            + Fields.describe(value));
  }
}
