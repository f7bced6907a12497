package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Emissions;
import dev.agentruntime.bus.Outlet.Receipt;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Wanted;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Delivery;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.DeadLetters;
import dev.agentruntime.run.SayLimits;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The outbox of a process and its pump, wound by hand. */
final class DeliveriesTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final BusWorld world = new BusWorld(1);

  private static List<Delivery> ends(BusWorld.Side side) {
    return side.entries(EntryData.EffectDelivered.class).stream()
        .map(EntryData.EffectDelivered::delivery)
        .toList();
  }

  private static ProcessConfig.Run inbox(int max) {
    ProcessConfig.Run d = ProcessConfig.Run.DEFAULT;
    return new ProcessConfig.Run(
        d.concurrency(),
        d.idleTimeout(),
        d.maxInvocationTime(),
        d.maxConsecutiveFailures(),
        d.maxTurns(),
        max,
        d.inboxBytesMax(),
        d.drainTimeout(),
        true);
  }

  @Test
  void carriesPayloadMetadataAndRouting() {
    BusWorld.Side sender = world.side("sender");
    BusWorld.Side reader = world.side("reader", BusWorld.message("orders.*", null));
    SimWorld.later(sender
        .tell(
            "publish_message",
            Json.parse("{\"topic\":\"orders.new\",\"content\":{\"n\":1},\"priority\":7,"
                + "\"ttl_seconds\":60,\"ordering_key\":\"k\"}"))
        .mapEmpty());
    world.deliverAll(MINUTE);

    TriggerEvent event = reader.entries(EntryData.TriggerAccepted.class).get(0).event();
    assertEquals("message", event.triggerType());
    assertEquals("on-message", event.triggerId());
    assertEquals("orders.new", event.payload().object().get("topic"));
    assertEquals("sender", event.payload().object().get("sender"));
    assertEquals(event.dedupKey(), event.payload().object().get("message_id"));
    assertEquals(Map.of("n", 1L), event.payload().object().get("content"));
    assertEquals(1L, event.metadata().object().get("hops"));
    Routing routing = event.routing();
    assertEquals(7, routing.priority());
    assertEquals("k", routing.orderingKey());
    assertEquals(1, routing.hops());
    assertFalse(event.trusted());
    assertTrue(routing.expires() != null && routing.expires().isAfter(event.time()));
  }

  @Test
  void aMessageWithoutATakerIsADeadLetterAndAnEventIsNot() {
    BusWorld.Side sender = world.side("sender");
    sender.publish("orders.new");
    sender.emit("build.failed");
    world.deliverAll(MINUTE);
    List<DeadLetters.DeadLetter> dead = List.copyOf(sender.image().deadLetters().all());

    assertEquals(1, dead.size());
    assertEquals("no taker", dead.get(0).reason());
    assertEquals(0, sender.image().outbox().size());
  }

  @Test
  void aFullInboxIsTriedAgainUntilThereIsRoom() {
    BusWorld.Side sender = world.side("sender");
    BusWorld.Side slow =
        world.side("slow", inbox(3), ProcessConfig.Delivery.DEFAULT, BusWorld.event("**"));
    SimWorld.later(slow.kernel().suspend("test"));
    for (int i = 0; i < 12; i++) {
      sender.emit("build.n" + i);
    }
    world.settle();
    world.pass(MINUTE);
    world.settle();
    assertEquals(3, slow.image().queue().waiting());
    assertEquals(9, sender.image().outbox().size());
    SimWorld.later(slow.kernel().resume("test"));
    world.deliverAll(Duration.ofMinutes(10));

    assertEquals(0, sender.image().outbox().size());
    assertEquals(12, world.acted("slow").size());
  }

  @Test
  void whatNobodyTakesInTimeIsADeadLetter() {
    BusWorld.Side sender = world.side("sender");
    BusWorld.Side reader = world.side("reader", BusWorld.event("**"));
    SimWorld.later(reader.kernel().stop("test"));
    world.settle();
    SimWorld.later(reader.kernel().start("test"));
    world.settle();
    sender.emit("build.failed");
    while (sender.image().outbox().size() == 0) {
      assertTrue(world.step());
    }
    SimWorld.later(reader.kernel().stop("test"));
    world.settle();
    world.pass(Duration.ofHours(23));
    world.settle();
    assertEquals(List.of(), ends(sender));
    world.pass(Duration.ofHours(2));
    world.deliverAll(MINUTE);

    assertEquals(List.of(Delivery.UNDELIVERABLE), ends(sender));
    assertEquals(1, sender.image().deadLetters().size());
    assertEquals(Map.of(), world.acted("reader"));
  }

  @Test
  void goesOnAtOnceWhenASubscriberIsBack() {
    BusWorld.Side sender = world.side("sender");
    BusWorld.Side reader = world.side("reader", BusWorld.event("**"));
    sender.emit("build.failed");
    while (sender.image().outbox().size() == 0) {
      assertTrue(world.step());
    }
    SimWorld.later(reader.kernel().stop("test"));
    world.settle();
    world.pass(Duration.ofMinutes(10));
    world.settle();
    assertEquals(1, sender.image().outbox().size());
    SimWorld.later(reader.kernel().start("test"));
    world.settle();

    assertEquals(0, sender.image().outbox().size(), "it did not wait for its pause");
    assertEquals(1, world.acted("reader").size());
  }

  @Test
  void whatIsOwedToARemovedProcessIsGone() {
    BusWorld.Side sender = world.side("sender");
    BusWorld.Side reader = world.side("reader", BusWorld.event("**"));
    sender.emit("build.failed");
    while (sender.image().outbox().size() == 0) {
      assertTrue(world.step());
    }
    SimWorld.later(reader.kernel().stop("test"));
    SimWorld.later(reader.kernel().remove("test"));
    world.settle();

    assertEquals(List.of(Delivery.GONE), ends(sender));
    assertEquals(0, sender.image().deadLetters().size());
  }

  @Test
  void aMemberThatWasStoppedIsReplacedAndOneThatIsSuspendedIsNot() {
    BusWorld.Side sender = world.side("sender");
    world.side("a", BusWorld.message("jobs", "workers"));
    world.side("b", BusWorld.message("jobs", "workers"));
    sender.publish("jobs");
    while (sender.image().outbox().size() == 0) {
      assertTrue(world.step());
    }
    Due first = sender.image().outbox().items().iterator().next().due().get(0);
    BusWorld.Side chosen = world.of(first.process().value());
    String other = first.process().value().equals("a") ? "b" : "a";
    SimWorld.later(chosen.kernel().stop("test"));
    world.deliverAll(MINUTE);

    assertEquals(List.of(Delivery.MOVED, Delivery.DELIVERED), ends(sender));
    assertEquals(1, world.acted(other).size());
    assertEquals(0, world.acted(first.process().value()).size());

    SimWorld.later(world.of(other).kernel().suspend("test"));
    sender.publish("jobs");
    world.settle();
    assertEquals(1, world.of(other).image().queue().waiting());
  }

  /** Bad input 106: agents that wake each other in a loop end by their hops. */
  @Test
  void aLoopEndsByItsHops() {
    BusWorld.Side loop =
        world.side("loop", BusWorld.event("ping"), BusWorld.message("never", null));
    BusWorld.Side start = world.side("start");
    world.echoes.put("loop", "{\"event_type\":\"ping\",\"data\":null}");
    start.emit("ping");
    world.deliverAll(MINUTE);

    List<EntryData.ToolResult> said = loop.entries(EntryData.ToolResult.class);
    assertEquals(16, said.size());
    assertTrue(said.subList(0, 15).stream().allMatch(one -> one.outcome() == ToolOutcome.OK));
    assertEquals(ToolOutcome.ERROR, said.get(15).outcome());
    assertTrue(said.get(15).text().contains("loop"), said.get(15)::text);
    assertEquals(16, loop.image().settled());
  }

  /** Bad input 106. */
  @Test
  void aThousandSubscribersAreOneItemAndOneAcknowledgement() {
    BusWorld.Side sender = world.side("sender");
    List<Wanted> wanted = List.of(new Wanted("all", Emission.Kind.EVENT, "**", null, null));
    int[] heard = {0};
    for (int i = 0; i < 1_000; i++) {
      ProcessName name = new ProcessName("s" + i);
      world.bus.declare(name, wanted);
      Subscriptions.Listening unused = world.bus.listen(name, "all", arrival -> {
        heard[0]++;
        return Future.succeededFuture();
      });
    }
    world.settle();
    sender.emit("build.failed");
    world.settle();

    assertEquals(1_000, heard[0]);
    assertEquals(List.of(Delivery.DELIVERED), ends(sender));
    assertEquals(0, sender.image().outbox().size());
  }

  @Test
  void refusesToSayMoreThanTheOutboxHolds() {
    BusWorld.Side sender = world.side("sender");
    BusWorld.Side reader = world.side("reader", BusWorld.event("**"));
    SimWorld.later(reader.kernel().suspend("test"));
    world.settle();
    for (int i = 0; i < SayLimits.OUTBOX_MAX; i++) {
      SimWorld.later(sender
          .kernel()
          .deliveries()
          .emit(Emissions.event("build.n", Json.NULL), "test", null, Emission.Voice.OPERATOR)
          .mapEmpty());
    }
    Future<Receipt> more = sender
        .kernel()
        .deliveries()
        .emit(Emissions.event("build.n", Json.NULL), "test", null, Emission.Voice.OPERATOR);

    assertTrue(more.failed());
    assertEquals(ErrorCode.OVERLOADED, Failure.of(more.cause()).code());
  }

  @Test
  void messagesOfOneKeyKeepTheirOrderWhenTheyMustBeSentAgain() {
    BusWorld.Side sender = world.side("sender");
    BusWorld.Side slow = world.side(
        "slow", inbox(2), ProcessConfig.Delivery.DEFAULT, BusWorld.message("jobs", null));
    SimWorld.later(slow.kernel().suspend("test"));
    for (int i = 0; i < 8; i++) {
      SimWorld.later(sender
          .tell(
              "publish_message",
              Json.of(Map.of("topic", "jobs", "content", i, "ordering_key", "k")))
          .mapEmpty());
    }
    world.settle();
    world.pass(MINUTE);
    world.settle();
    assertEquals(6, sender.image().outbox().size());
    SimWorld.later(slow.kernel().resume("test"));
    world.deliverAll(Duration.ofMinutes(10));

    assertEquals(
        List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L),
        slow.entries(EntryData.TriggerAccepted.class).stream()
            .map(one -> one.event().payload().object().get("content"))
            .toList());
    assertEquals(0, sender.image().outbox().size());
  }
}
