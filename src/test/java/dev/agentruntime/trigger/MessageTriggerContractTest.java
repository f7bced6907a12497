package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerContract;
import dev.agentruntime.core.Emission;

/** Whoever publishes keeps what it has said until each reader has it. */
final class MessageTriggerContractTest extends TriggerContract {

  @Override
  protected Source source() {
    return new BusSource(
        Emission.Kind.MESSAGE,
        new TriggerConfig.Message("on", "a.*", null, TriggerConfig.Rules.NONE));
  }
}
