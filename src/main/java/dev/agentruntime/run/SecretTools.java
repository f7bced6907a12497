package dev.agentruntime.run;

import dev.agentruntime.config.SecretHandles;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.secret.SecretVault;
import dev.agentruntime.tool.AskTool;
import dev.agentruntime.tool.MemoryTools;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an agent comes by secrets: it asks for a handle, and a tool is given the value for it. */
final class SecretTools {

  static final String GET = "get_secret";

  private SecretTools() {}

  /**
   * Handles in the arguments of a tool become values when it is called, and not before. What stays
   * inside is given none: own state, the memory, and a question to another process.
   */
  static Tool given(Tool tool, SecretVault vault) {
    boolean inside = tool.definition().policy() == Policy.OWN_STATE
        || tool instanceof AskTool
        || MemoryTools.has(tool);
    return inside ? tool : new Filled(tool, vault);
  }

  private record Filled(Tool tool, SecretVault vault) implements Tool {

    @Override
    public ToolDefinition definition() {
      return tool.definition();
    }

    @Override
    public @Nullable String refusal(Json arguments) {
      String refusal = vault.refusal(arguments, definition().name());
      return refusal == null ? tool.refusal(arguments) : refusal;
    }

    @Override
    public List<String> secrets(Json arguments) {
      List<String> all = new ArrayList<>(tool.secrets(arguments));
      all.addAll(SecretHandles.in(arguments));
      return all;
    }

    @Override
    public boolean isOutbound() {
      return tool.isOutbound();
    }

    @Override
    public Future<Reply> call(Call call) {
      Json filled;
      try {
        String refusal = vault.refusal(call.arguments(), definition().name());
        if (refusal != null) {
          return Future.succeededFuture(Reply.error(refusal));
        }
        filled = SecretHandles.fill(call.arguments(), vault::value);
      } catch (RuntimeFault expired) {
        // Between the check and the call.
        return Future.succeededFuture(Reply.error(expired.failure().message()));
      }
      return tool.call(new Call(
          call.process(),
          call.invocation(),
          call.effectKey(),
          filled,
          call.state(),
          call.cancel(),
          call.source()));
    }
  }

  /** {@code get_secret}: the handle of a secret, or its value when the manifest exposes it. */
  record Get(SecretVault vault) implements Tool {

    private static final ToolDefinition DEFINITION = new ToolDefinition(
        GET,
        "Answers the handle of a secret. Write the handle where a tool wants the secret; the value"
            + " takes its place when the tool is called.",
        Json.parse("{\"type\":\"object\",\"properties\":{"
            + "\"name\":{\"type\":\"string\",\"description\":\"its name\"}},"
            + "\"required\":[\"name\"],\"additionalProperties\":false}"),
        Policy.OWN_STATE);

    @Override
    public ToolDefinition definition() {
      return DEFINITION;
    }

    @Override
    public List<String> secrets(Json arguments) {
      return List.of(name(arguments));
    }

    private static String name(Json arguments) {
      return String.valueOf(arguments.object().get("name"));
    }

    @Override
    public @Nullable String refusal(Json arguments) {
      return vault.refusal(name(arguments));
    }

    @Override
    public Future<Reply> call(Call call) {
      String name = name(call.arguments());
      String refusal = vault.refusal(name);
      if (refusal != null) {
        return Future.succeededFuture(Reply.error(refusal));
      }
      Map<String, @Nullable Object> answer = new LinkedHashMap<>();
      answer.put("secret", name);
      if (vault.declared(name).expose()) {
        answer.put("value", vault.value(name));
      } else {
        answer.put("handle", SecretHandles.of(name));
        answer.put("tools", vault.declared(name).tools());
      }
      return Future.succeededFuture(Reply.ok(Json.of(answer).toString()));
    }
  }
}
