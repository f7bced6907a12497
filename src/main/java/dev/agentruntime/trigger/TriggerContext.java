package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link TriggerType} is given for one trigger.
 *
 * <p>The trigger has a thread of its own, never the process's: {@link TriggerType#create}, {@link
 * Trigger#start}, {@link Trigger#stop}, tasks of {@link #timers()} and {@link #thread()} and the
 * results of the sink's futures run there one after the other, so a trigger needs no locks. It may
 * wait there; that holds up nobody else. What throws there is logged, and the trigger goes on.
 *
 * <p>Its {@link TriggerSink} may be called from any thread. Beside what a sink refuses anyway, this
 * one refuses an event or cursor under another trigger's id (INVALID_REQUEST), a cursor of more
 * than 64 KiB (PAYLOAD_TOO_LARGE), more than 1,000 offers that wait for their answer (OVERLOADED),
 * and everything after the stop (DRAINING).
 *
 * <p>A start that takes over 10 s fails; after 3 s a stop is waited for no longer.
 */
public interface TriggerContext {

  /** Whose trigger it is. */
  ProcessName process();

  /** The clock. What is still armed when the trigger has stopped is cancelled. */
  Timers timers();

  /** Draws ids, for events that {@link #event} does not suit. */
  Ids ids();

  /** Brings a task to the trigger's own thread, from any thread. */
  Executor thread();

  /**
   * The value behind a secret that {@code custom_config} names; it may block. A manifest holds the
   * reference only: what {@code custom_config} says is journaled and shown.
   *
   * @param reference {@code env:VARIABLE}, or {@code file:PATH} relative to the agents directory
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when there is none, or for another form
   */
  String secret(String reference);

  /**
   * An event of this trigger, of now, from outside.
   *
   * @param payload what the source said
   * @param dedupKey what tells this firing from all others, also after a restart; an event whose
   *     key is known is not taken twice; null = always new
   */
  TriggerEvent event(Json payload, @Nullable String dedupKey);
}
