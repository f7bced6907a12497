package dev.agentruntime.api;

import dev.agentruntime.api.Endpoint.Body;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a process. It is written all or nothing: {@code {"state": {key: value, or null to
 * delete}, "if_version": {key: the version the writer saw}}}.
 */
final class ContextResource {

  private static final String PATH = "/api/v1/processes/:name/context";
  private static final int KEYS_MAX = 1_000;

  private ContextResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(PATH, Set.of(), call -> call.process().context().map(Answer::ok)),
        new Endpoint("PATCH", PATH, Set.of(), Body.JSON, ContextResource::patch));
  }

  private static Future<Answer> patch(Call call) {
    if (call.headers().containsKey("if-match")) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "If-Match is not taken here, expected=if_version in the body, with a version per key");
    }
    List<ContextWrite> writes = writes(call.fields("state", "if_version"));
    return call.process().writeContext(writes).map(Answer::ok);
  }

  /** The writes a body asks for, in its order. */
  static List<ContextWrite> writes(Fields fields) {
    Map<String, @Nullable Object> state = fields.object("state");
    if (state.isEmpty() || state.size() > KEYS_MAX) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "state, expected=1.." + KEYS_MAX + " keys, actual=" + state.size());
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
