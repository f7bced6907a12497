package dev.agentruntime.tool;

import dev.agentruntime.config.ContextLimits;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.StateEntry;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tools every process has unless they are switched off: {@code context_get, context_set,
 * context_delete, context_list}. They read the context as the run sees it and answer with what they
 * would write; the write holds when the run commits. Stateless; safe on every thread.
 */
public final class BuiltinTools {

  private static final String KEY = "\"key\":{\"type\":\"string\",\"description\":\"the name\"}";
  private static final String IF_VERSION = "\"if_version\":{\"type\":\"integer\",\"minimum\":0,"
      + "\"description\":\"only if the entry still has this version; 0 = only if there is none\"}";

  private final List<String> writableKeys;

  private BuiltinTools(List<String> writableKeys) {
    this.writableKeys = List.copyOf(writableKeys);
  }

  /**
   * All of them.
   *
   * @param writableKeys the keys an agent may write, empty = all
   */
  public static List<Tool> all(List<String> writableKeys) {
    BuiltinTools tools = new BuiltinTools(writableKeys);
    return List.of(
        new OwnState(
            "context_get",
            "Reads one entry of your context: its value and version; null when there is none.",
            schema(KEY, "\"key\""),
            tools::get),
        new OwnState(
            "context_set",
            "Writes one entry of your context, any JSON value. It holds once this run ended well.",
            schema(
                KEY + ",\"value\":{\"description\":\"any JSON value\"}," + IF_VERSION,
                "\"key\",\"value\""),
            tools::set),
        new OwnState(
            "context_delete",
            "Deletes one entry of your context.",
            schema(KEY + "," + IF_VERSION, "\"key\""),
            tools::delete),
        new OwnState(
            "context_list",
            "Lists the entries of your context: keys and versions, without the values.",
            schema("", ""),
            tools::list));
  }

  static Json schema(String properties, String required) {
    return Json.parse("{\"type\":\"object\",\"properties\":{" + properties + "},\"required\":["
        + required + "],\"additionalProperties\":false}");
  }

  private Tool.Reply get(Tool.Call call) {
    String key = key(call);
    StateEntry entry = call.state().get(key);
    Map<String, @Nullable Object> answer = entry(key, call.state().version(key));
    answer.put("value", entry == null ? null : entry.value());
    return Tool.Reply.ok(Json.of(answer).toString());
  }

  private Tool.Reply set(Tool.Call call) {
    String key = key(call);
    Long ifVersion = expected(call, key);
    long version = call.state().nextVersion(key);
    Json value = Json.of(call.arguments().object().get("value"));
    List<ContextWrite> writes = List.of(new ContextWrite(key, value, ifVersion));
    String tooMuch = call.state().refusal(writes);
    if (tooMuch != null) {
      throw new RuntimeFault(ErrorCode.LIMIT_EXCEEDED, tooMuch);
    }
    return new Tool.Reply(Json.of(entry(key, version)).toString(), false, writes);
  }

  private Tool.Reply delete(Tool.Call call) {
    String key = key(call);
    Long ifVersion = expected(call, key);
    boolean there = call.state().get(key) != null;
    return new Tool.Reply(
        Json.of(Map.of("deleted", there)).toString(),
        false,
        there ? List.of(new ContextWrite(key, null, ifVersion)) : List.of());
  }

  private Tool.Reply list(Tool.Call call) {
    List<Object> entries = new ArrayList<>();
    AgentContext state = call.state();
    for (String key : state.keys()) {
      entries.add(entry(key, state.version(key)));
    }
    return Tool.Reply.ok(Json.of(Map.of("entries", entries)).toString());
  }

  private static Map<String, @Nullable Object> entry(String key, long version) {
    Map<String, @Nullable Object> entry = new LinkedHashMap<>();
    entry.put("key", key);
    entry.put("version", version);
    return entry;
  }

  private static String key(Tool.Call call) {
    String key = String.valueOf(call.arguments().object().get("key"));
    String problem = ContextLimits.problemOfKey(key);
    if (problem != null) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, problem);
    }
    return key;
  }

  /** Refuses a write that may not be; otherwise the version the writer expects. */
  private @Nullable Long expected(Tool.Call call, String key) {
    if (!writableKeys.isEmpty() && !writableKeys.contains(key)) {
      throw new RuntimeFault(
          ErrorCode.WRITE_DENIED,
          "key " + Json.quote(key) + " is not writable, expected=one of " + writableKeys);
    }
    if (!(call.arguments().object().get("if_version") instanceof Number number)) {
      return null;
    }
    long wanted = number.longValue();
    long actual = call.state().version(key);
    if (wanted != actual) {
      throw new RuntimeFault(
          ErrorCode.VERSION_CONFLICT,
          "version of " + Json.quote(key) + ", expected=" + wanted + ", actual=" + actual
              + "; read it again");
    }
    return wanted;
  }

  /** A tool over the process's own state: a plain function, refusals become answers. */
  record OwnState(ToolDefinition definition, Function<Call, Reply> function) implements Tool {

    OwnState(String name, String description, Json schema, Function<Call, Reply> function) {
      this(
          new ToolDefinition(name, description, schema, ToolDefinition.Policy.OWN_STATE), function);
    }

    @Override
    public Future<Reply> call(Call call) {
      try {
        Arguments.check(call.arguments(), definition.parameters());
        return Future.succeededFuture(function.apply(call));
      } catch (RuntimeFault refusal) {
        return Future.succeededFuture(Reply.error(refusal.failure().message()));
      }
    }
  }
}
