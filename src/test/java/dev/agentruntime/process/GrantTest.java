package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.BudgetEntry.BudgetGrant;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.governance.Grant;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.BudgetLimit;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Grants from one process to another: what the receiver takes, what it refuses, what comes back,
 * and a kill at every step of it. What is given is never at both, and never at none unless somebody
 * can see it.
 */
final class GrantTest {

  private static final BudgetLimit CALLS = BudgetLimit.TOOL_CALLS_DAY;
  private static final String TEN = "max_tool_calls_per_day: 10";
  private static final String ONE = "max_tool_calls_per_day: 1";
  private static final Duration LONG = Duration.ofMinutes(5);

  private static ProcessConfig config(String name, String budget) {
    return new ManifestReader(any -> null)
        .readYaml(
            "name: " + name + "\nmodel: echo\n" + (budget.isEmpty() ? "" : "budget: {" + budget)
                + (budget.isEmpty() ? "" : "}\n"),
            "t",
            null,
            false)
        .config();
  }

  private static BusWorld world(String child) {
    BusWorld world = new BusWorld(1);
    world.side(config("parent", TEN));
    world.side(config("child", child));
    return world;
  }

  private static Future<Json> give(BusWorld world, long amount) {
    return world
        .of("parent")
        .kernel()
        .oversee(all -> all.budget().give(new ProcessName("child"), Map.of(CALLS, amount)));
  }

  private static Purse purse(BusWorld.Side side) {
    return side.image().governance().budget();
  }

  private static long left(BusWorld.Side side) {
    Long left = purse(side)
        .left(CALLS, null, side.timers.now(), side.image().config().governance().budget());
    return left == null ? -1 : left;
  }

  private static List<BudgetGrant> grants(BusWorld.Side side) {
    return side.entries(BudgetGrant.class);
  }

  private static Future<Void> arrives(BusWorld world, String item, Emission emission) {
    Future<Void> answer = world.bus.deliver(
        new Due(world.bus.node(), new ProcessName("child"), "", null),
        new Arrival(item, emission, "parent", world.of("child").timers.now(), 1));
    world.settle();
    return answer;
  }

  private static Emission four(BusWorld world) {
    Instant now = world.of("child").timers.now();
    return new Grant(new ProcessName("child"), "2026-03-02", now, Map.of(CALLS, 4L)).emission();
  }

  // --- What is taken

  @Test
  void goesFromOneToTheOther() {
    BusWorld world = world(ONE);
    Future<Json> given = give(world, 4);
    world.deliverAll(LONG);

    assertTrue(given.succeeded());
    assertEquals(6, left(world.of("parent")));
    assertEquals(5, left(world.of("child")));
    EntryData.Emitted said = world.of("parent").entries(EntryData.Emitted.class).get(0);
    Grant grant = Grant.of(said.emission());
    assertNotNull(grant);
    assertEquals("2026-03-02T00:00:00Z", grant.day());
    assertEquals(Map.of(CALLS, 4L), grant.amounts());
    assertEquals(List.of(), List.copyOf(world.of("parent").image().outbox().items()));
  }

  // --- What is refused

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "max_runs_per_day: 3",
        ONE + ", enabled: false",
      })
  void whatTheReceiverHasNoUseForComesBack(String child) {
    BusWorld world = world(child);
    Future<Json> given = give(world, 4);
    world.deliverAll(LONG);

    assertTrue(given.succeeded());
    assertEquals(10, left(world.of("parent")), "it is here again");
    BudgetGrant refused = grants(world.of("child")).get(0);
    assertEquals(Map.of(), refused.amounts());
    assertEquals("parent", refused.by());
    BudgetGrant back = grants(world.of("parent")).get(0);
    assertEquals("child", back.by());
    assertEquals(refused.item(), back.item());
    assertEquals(0, world.of("parent").image().deadLetters().size(), "nothing is lost");
    assertEquals(0, world.of("parent").image().outbox().size());
  }

  @ParameterizedTest
  @CsvSource({"9, 10", "0, 6"})
  void whatArrivesAfterTheReceiversResetDoesNotCountOnItsNewDay(int hour, long left) {
    BusWorld world = world(ONE + ", daily_reset_hour_utc: " + hour);
    Future<Json> given = give(world, 4);
    world.pass(Duration.ofHours(2));
    world.deliverAll(LONG);

    assertTrue(given.succeeded());
    assertEquals(hour == 0 ? 5 : 1, left(world.of("child")));
    assertEquals(left, left(world.of("parent")));
  }

  @Test
  void ofADayThatIsOverNothingComesBack() {
    BusWorld world = world(ONE);
    Future<Json> given = give(world, 4);
    world.pass(Duration.ofHours(17));
    world.deliverAll(LONG);

    assertTrue(given.succeeded());
    assertEquals(1, left(world.of("child")));
    assertEquals(10, left(world.of("parent")), "a day of its own");
    assertEquals(List.of(), grants(world.of("parent")));
  }

  @Test
  void theReceiverDecidesOnce() {
    BusWorld world = world("");
    Emission four = four(world);
    Future<Void> first = arrives(world, "i1", four);
    assertEquals(ErrorCode.FORBIDDEN, Failure.of(first.cause()).code());
    world.of("child").deploy(config("child", ONE));
    world.settle();
    world.of("child").crash(true);
    world.settle();
    Future<Void> second = arrives(world, "i1", four);
    assertEquals(ErrorCode.FORBIDDEN, Failure.of(second.cause()).code());

    assertEquals(1, left(world.of("child")));
    assertEquals(1, grants(world.of("child")).size());
    assertTrue(arrives(world, "i2", four).succeeded(), "another one");
    assertEquals(5, left(world.of("child")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'tool_calls_day':4}",
        "{'to':'child','day':'2026-03-02','at':'2026-03-02T08:00:00Z','amounts':{}}",
        "{'to':'child','day':'2026-03-02','at':'2026-03-02T08:00:00Z',"
            + "'amounts':{'tool_calls_day':'4'}}",
        "{'to':'child','day':'2026-03-02','at':'2026-03-02T08:00:00Z',"
            + "'amounts':{'tool_calls_day':1.5}}",
        "{'to':'child','day':'2026-03-02','at':'2026-03-02T08:00:00Z',"
            + "'amounts':{'tool_calls_day':-4}}",
        "{'to':'child','day':'2026-03-02','at':'2026-03-02T08:00:00Z',"
            + "'amounts':{'tool_calls_run':4}}",
        "{'to':'child','day':'2026-03-02','at':'2026-03-02T08:00:00Z','amounts':{'luck_day':4}}",
        "{'to':'child','day':'2026-03-02','at':'noon','amounts':{'tool_calls_day':4}}",
        "{'to':'other','day':'2026-03-02','at':'2026-03-02T08:00:00Z',"
            + "'amounts':{'tool_calls_day':4}}",
        "{'to':'child','day':'2026-03-02','at':'2026-03-02T08:00:00Z',"
            + "'amounts':{'tool_calls_day':4,'runs_day':1}}",
        "[4]"
      })
  void whatIsNoGrantIsRefusedAsAWhole(String data) {
    BusWorld world = world(ONE);
    Emission said = new Emission(
        Emission.Kind.GRANT,
        Grant.NAME,
        Json.parse(data.replace('\'', '"')),
        Emission.Options.NONE);
    Future<Void> answer = arrives(world, "i1", said);

    assertEquals(ErrorCode.FORBIDDEN, Failure.of(answer.cause()).code());
    assertEquals(1, left(world.of("child")));
    assertEquals(Map.of(), grants(world.of("child")).get(0).amounts());
  }

  @Test
  void aSumThatCannotBeCountedIsRefused() {
    BusWorld world = world(ONE);
    Emission most = new Grant(
            new ProcessName("child"),
            "2026-03-02",
            world.of("child").timers.now(),
            Map.of(CALLS, Long.MAX_VALUE - 1))
        .emission();
    assertTrue(arrives(world, "i1", most).succeeded());
    Future<Void> more = arrives(world, "i2", four(world));

    assertEquals(ErrorCode.FORBIDDEN, Failure.of(more.cause()).code());
    assertTrue(Failure.of(more.cause()).message().contains("expected=a sum that can be counted"));
    assertEquals(Long.MAX_VALUE, left(world.of("child")));
    world.of("child").deploy(config("child", TEN));
    world.settle();
    assertEquals(Long.MAX_VALUE, left(world.of("child")), "never past the end");
  }

  @Test
  void whatIsRefusedDoesNotComeBackToAnotherDayOfTheSameDate() {
    BusWorld world = world("");
    Future<Json> given = give(world, 4);
    world.of("parent").deploy(config("parent", TEN + ", daily_reset_hour_utc: 7"));
    world.deliverAll(LONG);

    assertTrue(given.succeeded());
    assertEquals(List.of(), grants(world.of("parent")));
    assertEquals(10, left(world.of("parent")));
  }

  @Test
  void nobodyGivesToHimself() {
    BusWorld world = world(ONE);
    Future<Json> given = world
        .of("parent")
        .kernel()
        .oversee(all -> all.budget().give(new ProcessName("parent"), Map.of(CALLS, 4L)));
    assertEquals(ErrorCode.INVALID_REQUEST, Failure.of(given.cause()).code());
    Future<Void> said = world.bus.deliver(
        new Due(world.bus.node(), new ProcessName("child"), "", null),
        new Arrival("i1", four(world), "child", world.of("child").timers.now(), 1));
    world.settle();
    assertTrue(said.failed());
    assertEquals(1, left(world.of("child")));
  }

  // --- What nobody takes

  @Test
  void aReceiverThatIsGoneLeavesADeadLetterThatCanBeDeliveredAgain() {
    BusWorld world = new BusWorld(1);
    world.side(config("parent", TEN));
    Future<Json> given = give(world, 4);
    world.deliverAll(LONG);
    assertTrue(given.succeeded());
    assertEquals(1, world.of("parent").image().deadLetters().size());
    assertEquals(6, left(world.of("parent")), "who knows whether it arrived");
    world.side(config("child", ONE));
    SimWorld.later(world
        .of("parent")
        .kernel()
        .deadLetters(HandProcess.again(List.of(), false))
        .mapEmpty());
    world.deliverAll(LONG);

    assertEquals(0, world.of("parent").image().deadLetters().size());
    assertEquals(5, left(world.of("child")));
    assertEquals(6, left(world.of("parent")));
  }

  // --- Kills

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void aKillAtAnyStepNeitherLosesNorDoublesIt(boolean taken, boolean power) {
    int steps = 0;
    boolean more = true;
    while (more) {
      BusWorld world = world(taken ? ONE : "max_runs_per_day: 3");
      Future<Json> given = give(world, 4);
      for (int i = 0; i < steps && more; i++) {
        more = world.step();
      }
      boolean answered = given.succeeded();
      // In this order: the new parent is not to speak to the old child.
      world.of("child").crash(power);
      world.of("parent").crash(power);
      world.deliverAll(LONG);
      BusWorld.Side parent = world.of("parent");
      boolean known = !parent.entries(EntryData.Emitted.class).isEmpty();
      assertTrue(known || !answered, "answered, and forgotten at " + steps);
      assertEquals(taken && known ? 6 : 10, left(parent), "parent at " + steps);
      if (taken) {
        assertEquals(known ? 5 : 1, left(world.of("child")), "child at " + steps);
      }
      assertEquals(known ? 1 : 0, grants(world.of("child")).size(), "decided once, at " + steps);
      assertEquals(!taken && known ? 1 : 0, grants(parent).size(), "back once, at " + steps);
      assertEquals(0, parent.image().deadLetters().size());
      Map<String, Object> before = parent.image().governance().toValues();
      parent.crash(false);
      world.settle();
      assertEquals(before, parent.image().governance().toValues());
      steps++;
    }
    assertFalse(steps < 6, "only " + steps + " steps");
  }
}
