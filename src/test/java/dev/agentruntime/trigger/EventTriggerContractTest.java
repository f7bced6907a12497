package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerContract;
import dev.agentruntime.core.Emission;

/** Whoever emits keeps what it has said until each subscriber has it. */
final class EventTriggerContractTest extends TriggerContract {

  @Override
  protected Source source() {
    return new BusSource(
        Emission.Kind.EVENT, new TriggerConfig.Event("on", "a.*", null, TriggerConfig.Rules.NONE));
  }
}
