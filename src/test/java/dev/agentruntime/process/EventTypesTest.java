package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.no;
import static dev.agentruntime.process.ApprovalWorld.wantsToPay;
import static dev.agentruntime.process.ApprovalWorld.yes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.ObserveConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.observe.EventPorts;
import dev.agentruntime.observe.OperationalEvents;
import dev.agentruntime.outbound.Outbound;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.HealthConfig;
import dev.agentruntime.policy.MissionConfig;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which operational events a real process brings about, each of them, and when. */
final class EventTypesTest {

  private final List<Json> told = new ArrayList<>();
  private final OperationalEvents events = new OperationalEvents(
      new ObserveConfig(
          10_000,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          List.of(new ObserveConfig.Sink(
              "all", ObserveConfig.Kind.BUS, List.of(), Severity.INFO, null, null, "ops"))),
      List.of(),
      new EventPorts(
          threads -> {
            throw new AssertionError("nobody asked for threads");
          },
          new NodeId("n"),
          new ManualTimers(HandProcess.START),
          Runnable::run,
          text -> text,
          Outbound.NONE,
          secret -> Future.succeededFuture(),
          (topic, event) -> false,
          (topic, event) -> {
            told.add(event);
            return Future.succeededFuture();
          }));

  private HandProcess running(ProcessConfig config) {
    return HandProcess.running(config, deps -> deps.seenBy(events, null));
  }

  private HandProcess running() {
    return running(HandProcess.config(ProcessConfig.Run.DEFAULT));
  }

  private List<String> types() {
    return told.stream()
        .map(event -> String.valueOf(event.object().get("type")))
        .toList();
  }

  private Json only(EventType type) {
    List<Json> all = told.stream()
        .filter(event -> type.word().equals(event.object().get("type")))
        .toList();
    assertEquals(1, all.size(), () -> type.word() + " in " + types());
    return all.get(0);
  }

  private Map<String, @Nullable Object> data(EventType type) {
    return Json.of(Objects.requireNonNull(only(type).object().get("data"))).object();
  }

  private static void offer(HandProcess hand) {
    Future<?> taken = hand.offer("go");
    hand.flush();
    assertTrue(taken.succeeded(), () -> "" + taken.cause());
  }

  @Test
  void aRunBeginsAndEnds() {
    HandProcess hand = running();
    assertEquals(List.of("process.started"), types());
    offer(hand);
    hand.say("hi");
    assertEquals(List.of("process.started", "invocation.start", "invocation.complete"), types());
    Map<String, @Nullable Object> event = only(EventType.INVOCATION_COMPLETE).object();
    assertEquals("info", event.get("severity"));
    assertEquals("hand", event.get("process"));
    assertEquals(32, String.valueOf(event.get("id")).length());
    assertTrue(String.valueOf(event.get("invocation")).startsWith("01HAND"));
    assertEquals(HandProcess.START.toString(), event.get("timestamp"));
    assertEquals(
        List.of("node", "incarnation", "sequence").stream().sorted().toList(),
        Json.of(Objects.requireNonNull(event.get("metadata"))).object().keySet().stream()
            .sorted()
            .toList());
    assertEquals(3L, data(EventType.INVOCATION_COMPLETE).get("tokens_in"));
    assertEquals(
        told.size(),
        new HashSet<>(told.stream().map(each -> each.object().get("id")).toList()).size());
  }

  @Test
  void aRunFails() {
    HandProcess hand = running();
    offer(hand);
    hand.breakModel();
    assertEquals("MODEL_UNAVAILABLE", data(EventType.INVOCATION_ERROR).get("code"));
  }

  @Test
  void aRunTakesTooLong() {
    HandProcess hand =
        running(HandProcess.config(HandProcess.run(1, Duration.ZERO, Duration.ofSeconds(10))));
    offer(hand);
    hand.pass(Duration.ofSeconds(11));
    hand.flush();
    assertTrue(types().contains("invocation.timeout"), () -> "" + types());
  }

  @Test
  void aToolFailsAndIsSlow() {
    HandProcess hand = running();
    HandProcess.Called call = hand.inCall("look");
    hand.pass(Duration.ofSeconds(4));
    call.promise().complete(Tool.Reply.error("no such thing"));
    hand.flush();
    assertEquals("no such thing", data(EventType.TOOL_ERROR).get("text"));
    assertFalse(types().contains("tool.slow"));
    hand.want("look", "{}");
    hand.pass(Duration.ofSeconds(6));
    hand.called.remove(0).promise().complete(Tool.Reply.ok("here"));
    hand.flush();
    assertEquals(6_000L, data(EventType.TOOL_SLOW).get("duration_ms"));
    assertEquals(2L, data(EventType.TOOL_SLOW).get("ordinal"));
  }

  @Test
  void aTaintedCallIsBlocked() {
    HandProcess hand = running(ApprovalWorld.config("{\"taint\":\"deny\"}"));
    wantsToPay(hand);
    assertTrue(hand.called.isEmpty());
    assertEquals("charge", data(EventType.GUARDRAIL_BLOCKED).get("tool"));
  }

  @Test
  void aBudgetWarnsIsExceededAndBeginsAnew() {
    HandProcess hand = running(BudgetWorld.config("{max_runs_per_day: 1}", 1));
    BudgetWorld.offer(hand, "one");
    hand.say("done");
    BudgetWorld.offer(hand, "two");
    assertEquals("max_runs_per_day", data(EventType.BUDGET_WARNING).get("limit"));
    assertEquals("max_runs_per_day", data(EventType.BUDGET_EXCEEDED).get("limit"));
    assertFalse(types().contains("budget.daily_reset"));
    hand.pass(Duration.ofDays(1));
    hand.flush();
    assertEquals("2026-03-02T00:00:00Z", data(EventType.BUDGET_DAILY_RESET).get("day_ended"));
  }

  @Test
  void anApprovalIsAskedForAndGranted() {
    HandProcess hand = running(ApprovalWorld.config(ApprovalWorld.TOOLS));
    wantsToPay(hand);
    assertEquals("charge", data(EventType.APPROVAL_REQUESTED).get("tool"));
    decided(hand, yes(hand));
    assertEquals("alice", data(EventType.APPROVAL_GRANTED).get("by"));
  }

  @Test
  void anApprovalIsDeniedAndThatIsNoGuardrail() {
    HandProcess hand = running(ApprovalWorld.config(ApprovalWorld.TOOLS));
    wantsToPay(hand);
    decided(hand, no(hand));
    assertEquals("denied", data(EventType.APPROVAL_DENIED).get("outcome"));
    assertFalse(types().contains("guardrail.blocked"), () -> "" + types());
  }

  @Test
  void anApprovalThatNobodyGivesIsDenied() {
    HandProcess hand = running(ApprovalWorld.config(ApprovalWorld.TOOLS));
    wantsToPay(hand);
    hand.pass(Duration.ofDays(2));
    hand.flush();
    assertEquals("expired", data(EventType.APPROVAL_DENIED).get("outcome"));
  }

  private HandProcess afterNobodyDecides(String tool) {
    String keys = "{\"approval\":{\"tools\":[\"*\"],\"tainted\":false,\"on_timeout\":\"allow\"}}";
    HandProcess hand = running(ApprovalWorld.config(keys));
    Future<?> fired = hand.kernel().offer(hand.event("go", null).vouched());
    hand.flush();
    assertTrue(fired.succeeded(), () -> "" + fired.cause());
    hand.want(tool, "{}");
    hand.pass(Duration.ofMinutes(5));
    hand.flush();
    return hand;
  }

  @Test
  void aCallThatGoesBecauseNobodyDecidedIsNotToldAsDenied() {
    assertEquals(1, afterNobodyDecides("put").called.size());
    assertEquals("expired", data(EventType.APPROVAL_GRANTED).get("outcome"));
    assertFalse(types().contains("approval.denied"), () -> "" + types());
  }

  @Test
  void oneThatDoesNotGoAllTheSameIsDenied() {
    assertEquals(List.of(), afterNobodyDecides("charge").called);
    assertEquals("expired", data(EventType.APPROVAL_DENIED).get("outcome"));
    assertFalse(types().contains("approval.granted"), () -> "" + types());
    assertFalse(types().contains("guardrail.blocked"), () -> "" + types());
  }

  private HandProcess onMission(int max) {
    return running(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        GovernanceConfig.OFF.withMission(
            MissionWatchTest.mission(1, max, MissionConfig.OnComplete.SUSPEND))));
  }

  @Test
  void aMissionGetsOnAndIsComplete() {
    HandProcess hand = onMission(100);
    offer(hand);
    hand.say("one");
    hand.say(MissionWatchTest.verdict(false, "0.9"));
    assertEquals("half way", data(EventType.MISSION_PROGRESS).get("progress"));
    offer(hand);
    hand.say("two");
    hand.say(MissionWatchTest.verdict(true, "0.9"));
    assertEquals("judge", data(EventType.MISSION_COMPLETE).get("source"));
  }

  @Test
  void aMissionFails() {
    HandProcess hand = onMission(1);
    offer(hand);
    hand.say("one");
    hand.say(MissionWatchTest.verdict(false, "0.9"));
    offer(hand);
    assertEquals("max_invocations", data(EventType.MISSION_FAILED).get("source"));
  }

  @Test
  void healthIsLostAndFound() {
    HandProcess hand = running(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        GovernanceConfig.OFF.withHealth(HealthWatchTest.config(HealthConfig.Action.LOG))));
    offer(hand);
    for (int i = 0; i < 3; i++) {
      hand.want("look", "{}");
      hand.called.remove(0).promise().complete(Tool.Reply.ok("nothing"));
      hand.flush();
    }
    assertEquals("stuck", data(EventType.HEALTH_ANOMALY).get("anomaly"));
    hand.say("something");
    assertTrue(types().contains("health.recovered"), () -> "" + types());
  }

  @Test
  void whatABudgetCountsIsToldAsTheManifestHasIt() {
    HandProcess hand = running(BudgetWorld.config("{max_cost_per_day: 2}", 1));
    BudgetWorld.offer(hand, "one");
    BudgetWorld.acts(hand, "look");
    BudgetWorld.acts(hand, "look");
    hand.want("look", "{}");
    hand.flush();
    assertEquals("2", String.valueOf(data(EventType.BUDGET_WARNING).get("used")));
    assertEquals("2", String.valueOf(data(EventType.BUDGET_EXCEEDED).get("max")));
  }

  @Test
  void whoHoldsAFailedProcessFailsNothing() {
    ProcessConfig usual = HandProcess.config(ProcessConfig.Run.DEFAULT);
    HandProcess hand = running(new ProcessConfig(
        usual.name(),
        usual.model(),
        null,
        usual.instructions(),
        usual.triggers(),
        usual.world(),
        usual.context(),
        usual.level(),
        usual.run(),
        usual.delivery(),
        new ProcessConfig.Restarts(
            ProcessConfig.Restarts.Policy.ALWAYS,
            3,
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ZERO),
        usual.tools()));
    for (int i = 0; i < 3; i++) {
      offer(hand);
      hand.breakModel();
    }
    assertEquals(ProcessState.FAILED, hand.state());
    Future<Void> held = hand.kernel().stop("operator");
    hand.flush();
    assertTrue(held.succeeded());
    assertTrue(
        data(EventType.PROCESS_FAILED).toString().contains("3"), () -> types().toString());
  }

  @Test
  void aProcessStopsFailsAndIsRestarted() {
    HandProcess hand = running();
    Future<Void> stopped = hand.kernel().stop("enough");
    hand.flush();
    assertTrue(stopped.succeeded());
    assertEquals("enough", data(EventType.PROCESS_STOPPED).get("reason"));
    hand.deafness = new RuntimeFault(ErrorCode.INVALID_CONFIG, "the port is taken");
    Future<Void> started = hand.start();
    hand.flush();
    assertTrue(started.failed());
    assertTrue(data(EventType.PROCESS_FAILED).toString().contains("the port is taken"));
    assertEquals("critical", only(EventType.PROCESS_FAILED).object().get("severity"));

    HandProcess other = running();
    offer(other);
    told.clear();
    other.restart(false);
    other.flush();
    assertEquals("node start", data(EventType.PROCESS_RESTARTED).get("reason"));
  }

  @Test
  void nothingIsToldThatACrashTakesBackAndNothingTwice() {
    HandProcess hand = running();
    told.clear();
    Future<?> lost = hand.offer("lost");
    List.copyOf(hand.tasks).forEach(Runnable::run);
    assertEquals(1, hand.image().runs().size());
    assertEquals(List.of(), types(), "its start is not durable");
    hand.restart(false);
    hand.flush();
    assertFalse(lost.succeeded());
    assertEquals(List.of(), types());

    offer(hand);
    hand.say("kept");
    told.clear();
    hand.restart(false);
    hand.flush();
    assertEquals(List.of(), types(), "what is replayed is not told again");
  }

  @Test
  void everyTypeOfTheReferenceIsThere() {
    Set<String> reference = new HashSet<>();
    Map.of(
            "invocation", "start complete error timeout",
            "tool", "error slow progress",
            "guardrail", "blocked redacted",
            "budget", "exceeded warning daily_reset",
            "approval", "requested granted denied",
            "mission", "progress complete failed",
            "health", "anomaly recovered",
            "process", "started stopped failed restarted",
            "cache", "purged")
        .forEach(
            (of, all) -> List.of(all.split(" ")).forEach(one -> reference.add(of + "." + one)));
    assertEquals(25, reference.size());
    assertEquals(reference, new HashSet<>(EventType.words()));
    assertEquals(25, EventType.words().size());
  }
}
