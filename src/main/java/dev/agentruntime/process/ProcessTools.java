package dev.agentruntime.process;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.mcp.McpTool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tools of a process, looked at and trusted from outside. Safe on every thread. */
public final class ProcessTools {

  private ProcessTools() {}

  /**
   * {@code {"tools":[{"name","description","policy","server"}],"servers":[...]}}: what its runs may
   * call, and the servers of tools with what they offer otherwise than it is trusted.
   */
  public static Future<Json> view(AgentProcess process) {
    return process.call(kernel -> {
      Json view = view(kernel);
      return kernel.shown().map(view);
    });
  }

  /**
   * Trusts what a server of tools offers now; journaled.
   *
   * @param digest of what was looked at, null = whatever it is
   * @param by who says so
   * @return the server; fails with NOT_FOUND, UNREACHABLE or VERSION_CONFLICT
   */
  public static Future<Json> accept(
      AgentProcess process, String server, @Nullable String digest, String by) {
    return process.call(
        kernel -> kernel.allowed(() -> kernel.servers().accept(server, digest, by)));
  }

  private static Json view(ProcessKernel kernel) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    List<Object> tools = new ArrayList<>();
    String problem = null;
    ProcessImage.Deployment deployment = kernel.log().image().deployment();
    if (deployment != null) {
      try {
        Toolbox box =
            kernel.kits().of(kernel.log().image(), deployment.entry().version()).tools();
        box.definitions().forEach(tool -> tools.add(tool(box, tool)));
      } catch (RuntimeFault fault) {
        problem = fault.failure().message();
      }
    }
    view.put("tools", tools);
    view.put("servers", kernel.servers().view());
    view.put("problem", problem);
    return Json.of(view);
  }

  private static Map<String, @Nullable Object> tool(Toolbox box, ToolDefinition tool) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("name", tool.name());
    out.put("description", tool.description());
    out.put("policy", tool.policy().word());
    out.put(
        "server", box.find(tool.name()) instanceof McpTool ? tool.name().split("__", 2)[0] : null);
    return out;
  }
}
