package dev.agentruntime.mcp;

import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.function.BiFunction;

/**
 * A tool of a server under the definition that is trusted, whatever the server says of it now.
 * Stateless; called on the process's context.
 *
 * @param definition as it is trusted
 * @param server makes the call, given the full name of the tool
 */
public record McpTool(
    ToolDefinition definition, BiFunction<ToolDefinition, Tool.Call, Future<Tool.Reply>> server)
    implements Tool {

  @Override
  public boolean isOutbound() {
    return true;
  }

  @Override
  public Future<Reply> call(Call call) {
    return server.apply(definition, call);
  }
}
