package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.RuntimeFault;

/**
 * A type of trigger that others write. It is found on the class path by {@link
 * java.util.ServiceLoader}, or registered with {@code AgentRuntime}; a manifest then names it:
 *
 * <pre>
 * triggers:
 *   - type: tail
 *     custom_config: {file: /var/log/app.log}
 * </pre>
 *
 * <p>Everything that shapes a trigger's events holds for its events too: filter, batch, debounce,
 * retries, dead letters, and deduplication by the event's key under the trigger's id.
 */
public interface TriggerType {

  /** What manifests call it: {@code [a-z][a-z0-9_]*}, at most 64 characters; the same always. */
  String name();

  /**
   * A trigger, not yet started; called once per start of the process, on the trigger's own thread
   * (see {@link TriggerContext}). What it throws fails the start of the process with its message;
   * {@link RuntimeFault} is for what the author of the manifest got wrong.
   *
   * @param config the trigger's id, and {@code custom_config} as a JSON object
   * @param context what it may use
   */
  Trigger create(TriggerConfig.Custom config, TriggerContext context);
}
