package dev.agentruntime.process;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/** A tool whose calls wait for the test. */
record HandTool(ToolDefinition definition, List<Called> calls) implements Tool {

  static HandTool of(String name, Policy policy, List<Called> calls) {
    return new HandTool(new ToolDefinition(name, name, Json.EMPTY, policy), calls);
  }

  @Override
  public Future<Reply> call(Call call) {
    Called made = new Called(call, definition.name(), Promise.promise(), call.cancel());
    calls.add(made);
    return made.promise().future();
  }
}
