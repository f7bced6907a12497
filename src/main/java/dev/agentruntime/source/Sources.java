package dev.agentruntime.source;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.Triggers;

/** Makes the triggers of every type. Safe on every thread. */
public final class Sources {

  private Sources() {}

  /**
   * A trigger, not yet started.
   *
   * @param files where files are watched
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it cannot be made
   */
  public static Trigger create(TriggerConfig config, TriggerDeps deps, FileWatches files) {
    if (config instanceof TriggerConfig.Cron cron) {
      return cron(cron, deps);
    }
    return config instanceof TriggerConfig.FileWatch watch
        ? files.create(watch, deps)
        : Triggers.create(config, deps);
  }

  /** A trigger that fires by the clock, not yet started. */
  public static Trigger cron(TriggerConfig.Cron cron, TriggerDeps deps) {
    return new CronTrigger(CronSchedule.of(cron, deps.process()), deps.timers(), deps.ids());
  }
}
