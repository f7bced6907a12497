package dev.agentruntime.trigger;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the triggers of one process are made with.
 *
 * @param process whose triggers they are
 * @param context hops onto the process's context
 * @param timers the clock
 * @param ids ids of events that no request brought
 * @param secrets finds a secret's value; throws a fault when there is none
 * @param web where webhooks arrive, null in a runtime without {@code web}
 * @param bus where events and messages are heard
 * @param types the registered types
 */
public record TriggerDeps(
    ProcessName process,
    Executor context,
    Timers timers,
    Ids ids,
    Function<SecretRef, String> secrets,
    @Nullable Web web,
    Subscriptions bus,
    TriggerTypes types) {

  /** Without types that others wrote. */
  public TriggerDeps(
      ProcessName process,
      Executor context,
      Timers timers,
      Ids ids,
      Function<SecretRef, String> secrets,
      @Nullable Web web,
      Subscriptions bus) {
    this(process, context, timers, ids, secrets, web, bus, new TriggerTypes());
  }

  /**
   * Where webhooks arrive.
   *
   * @param routes opens paths
   * @param ingress the node's own listener, for manifests that name none
   */
  public record Web(WebhookRoutes routes, HostPort ingress) {}
}
