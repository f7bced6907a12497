package dev.agentruntime.outbound;

import dev.agentruntime.config.OutboundConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.tool.Tool;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the tools by which a process reaches out. Safe on every thread. */
public final class Outbound {

  /** For processes that reach nothing. */
  public static final Outbound NONE = new Outbound(null);

  private final @Nullable GuardedClient client;

  private Outbound(@Nullable GuardedClient client) {
    this.client = client;
  }

  /** Tools that send by this client. */
  public static Outbound of(GuardedClient client) {
    return new Outbound(client);
  }

  /**
   * The tools that a manifest declares.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when one cannot be made
   */
  public List<Tool> tools(ProcessConfig config) {
    List<OutboundConfig.HttpTool> declared = config.outbound().httpTools();
    GuardedClient sender = client;
    if (declared.isEmpty()) {
      return List.of();
    }
    if (sender == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "http_tools need a runtime that can send, there is none here");
    }
    return declared.stream().<Tool>map(one -> new HttpTool(one, sender)).toList();
  }
}
