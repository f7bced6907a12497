package dev.agentruntime.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Wanted;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.EntryData.Delivery;
import dev.agentruntime.fold.Outbox;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SuccessorsTest {

  private static final ProcessName DESK = new ProcessName("desk");
  private static final ProcessName NIGHT = new ProcessName("night");
  private static final List<Wanted> CALLS =
      List.of(new Wanted("calls", Emission.Kind.EVENT, "ops.called", null, null));

  private final Subscriptions bus = new Subscriptions();
  private final Successors successors = new Successors(bus);

  private Due due(ProcessName process) {
    return new Due(bus.node(), process, "calls", null);
  }

  private static Outbox.Item item(String id, List<Due> due) {
    return new Outbox.Item(
        id,
        new Emission(Emission.Kind.EVENT, "ops.called", Json.EMPTY, Emission.Options.NONE),
        "clerk",
        Instant.EPOCH,
        1,
        due,
        Emission.Voice.TAINTED);
  }

  @Test
  void aCallThatAllHaveGoneFromIsForThoseWhoListen() {
    bus.declare(DESK, CALLS);
    Outbox.Item call = item("x/event", List.of(due(DESK)));
    assertNull(successors.of(call));
    bus.withdraw(DESK, CALLS);
    assertNull(successors.of(call), "it is stopped, and may be started again");
    bus.forget(DESK);
    assertEquals(
        new Successors.Move(List.of(due(DESK)), Delivery.UNDELIVERABLE, List.of()),
        successors.of(call));
    bus.declare(NIGHT, CALLS);
    assertEquals(
        new Successors.Move(List.of(due(DESK)), Delivery.MOVED, List.of(due(NIGHT))),
        successors.of(call));
  }

  @Test
  void anyOtherEventIsForThoseOnlyWhoWantedItWhenItWasSaid() {
    bus.declare(NIGHT, CALLS);
    assertNull(successors.of(item("x", List.of(due(DESK)))));
    assertEquals(
        new Successors.Move(List.of(), Delivery.MOVED, List.of(due(NIGHT))),
        successors.of(item("x", List.of())));
  }
}
