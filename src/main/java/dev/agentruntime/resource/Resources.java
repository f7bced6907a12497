package dev.agentruntime.resource;

import dev.agentruntime.core.Json;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.LiveStreams;
import java.util.ArrayList;
import java.util.List;

/** Everything the control API can be asked. */
public final class Resources {

  private Resources() {}

  /** The routing table. */
  public static List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>();
    LiveStreams streams = new LiveStreams();
    all.addAll(NodeResource.endpoints());
    all.addAll(ProcessesResource.endpoints());
    all.addAll(ProcessResource.endpoints());
    all.addAll(VersionResource.endpoints());
    all.addAll(VerticleResource.endpoints());
    all.addAll(TriggerResource.endpoints());
    all.addAll(BusResource.endpoints());
    all.addAll(HistoryResource.endpoints(streams));
    all.addAll(PastResource.endpoints());
    all.addAll(DeadLetterResource.endpoints());
    all.addAll(ContextResource.endpoints());
    all.addAll(MessageResource.endpoints(streams));
    all.addAll(SecretsResource.endpoints());
    all.addAll(BudgetResource.endpoints());
    all.addAll(WatchResource.endpoints());
    all.addAll(ApprovalsResource.endpoints());
    all.addAll(ToolResource.endpoints());
    all.addAll(TokenResource.endpoints());
    all.addAll(MemoryResource.endpoints());
    return all;
  }

  /**
   * Health in the words of probes.
   *
   * @param status the node's own account of itself
   * @param draining whether this server was told to take no new work
   * @return 200 when the node takes work, else 503 with the state as status
   */
  public static Answer health(Json status, boolean draining) {
    return NodeResource.health(status, draining);
  }

  /** Health before there is a runtime. */
  public static Answer recovering() {
    return NodeResource.recovering();
  }
}
