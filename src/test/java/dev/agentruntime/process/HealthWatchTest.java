package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry.HealthAnomaly;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.HealthConfig;
import dev.agentruntime.policy.HealthConfig.Action;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is found of a process's health, and what comes of it: each detector, each action. */
final class HealthWatchTest {

  private static final EscalationTarget PEOPLE = new EscalationTarget(null, "ops.trouble");

  private HandProcess hand = new HandProcess();

  static HealthConfig config(Action action) {
    return new HealthConfig(
        3,
        20,
        2,
        3,
        4,
        4,
        500,
        Duration.ofSeconds(60),
        0,
        action,
        Duration.ofSeconds(300),
        action == Action.ESCALATE ? PEOPLE : EscalationTarget.NOBODY);
  }

  static ProcessConfig governed(ProcessConfig.Run run, GovernanceConfig governance) {
    ProcessConfig usual = HandProcess.config(run);
    return new ProcessConfig(
        usual.name(),
        usual.model(),
        usual.fallbacks(),
        usual.script(),
        usual.instructions(),
        usual.triggers(),
        usual.world(),
        usual.context(),
        usual.level(),
        usual.run(),
        new ProcessConfig.Delivery(
            0, Duration.ofMillis(1), Duration.ofMillis(1), 100, 10_000, 3, Duration.ofHours(1), 10),
        usual.restarts(),
        usual.tools(),
        usual.memory(),
        usual.outbound(),
        usual.servers(),
        governance);
  }

  private void runs(HealthConfig health) {
    runs(
        health,
        new ProcessConfig.Run(
            2, Duration.ZERO, Duration.ZERO, 100, 50, 100, 1 << 20, Duration.ofSeconds(10), true));
  }

  private void runs(HealthConfig health, ProcessConfig.Run run) {
    hand = HandProcess.running(governed(run, GovernanceConfig.OFF.withHealth(health)));
  }

  private void event() {
    assertTrue(hand.offer("go").succeeded() || hand.drain());
    hand.flush();
  }

  /** One run that says something and does nothing else. */
  private void says(String text) {
    event();
    hand.say(text);
  }

  private void fails() {
    event();
    hand.breakModel();
  }

  /** The model wants a tool, which is called and answers. */
  private void looks(String arguments) {
    hand.want("look", arguments);
    hand.called.remove(0).promise().complete(Tool.Reply.ok("nothing"));
    hand.flush();
  }

  private List<String> found() {
    return found(hand);
  }

  /** Types and actions of what was found, in order. */
  static List<String> found(HandProcess hand) {
    return hand.entries(HealthAnomaly.class).stream()
        .map(one -> (one.type() + " " + one.action()).strip().toLowerCase(Locale.ROOT))
        .toList();
  }

  private void resume() {
    Future<Void> resumed = hand.kernel().resume("seen");
    hand.flush();
    assertTrue(resumed.succeeded(), () -> "" + resumed.cause());
  }

  private void assertHeld() {
    assertEquals(ProcessState.SUSPENDED, hand.state());
    assertEquals(List.of("health"), hand.image().causes());
  }

  // --- Stuck, loop

  @Test
  void sameCallAgainAndAgainIsNotMadeOnceMore() {
    runs(config(Action.PAUSE));
    event();
    looks("{\"a\":1,\"b\":2}");
    looks("{\"b\":2, \"a\":1}");
    hand.want("look", "{\"a\":1,\"b\":2}");
    assertEquals(List.of(), hand.called);
    assertEquals(List.of("stuck pause"), found());
    assertHeld();
    assertTrue(hand.image().reason().contains("stuck"), hand.image().reason());

    // An operator lets it go on: the counting begins anew, and it cannot go on for ever.
    resume();
    assertEquals(1, hand.called.size());
    hand.called.remove(0).promise().complete(Tool.Reply.ok("nothing"));
    hand.flush();
    looks("{\"a\":1,\"b\":2}");
    hand.want("look", "{\"a\":1,\"b\":2}");
    assertEquals(List.of(), hand.called);
    assertEquals(List.of("stuck pause", "stuck pause"), found());
    assertHeld();
  }

  @Test
  void otherArgumentsAndOtherRunsAreNotStuck() {
    runs(config(Action.PAUSE));
    event();
    event();
    looks("{\"a\":1}");
    looks("{\"a\":1}");
    looks("{\"a\":1}");
    looks("{\"a\":2}");
    assertEquals(2, hand.image().runs().size());
    hand.say("done it");
    hand.say("done it");
    assertEquals(List.of(), found());
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void callsThatAreRefusedAreStuckToo() {
    runs(config(Action.PAUSE));
    event();
    hand.want("no_such_tool", "{}");
    hand.want("no_such_tool", "{}");
    hand.want("no_such_tool", "{}");
    assertEquals(List.of(), hand.asked);
    assertEquals(List.of("stuck pause"), found());
    assertHeld();
    resume();
    assertEquals(1, hand.asked.size());
  }

  @Test
  void loopOfSeveralCallsIsStopped() {
    runs(config(Action.PAUSE));
    event();
    looks("{\"a\":1}");
    looks("{\"a\":2}");
    looks("{\"a\":1}");
    hand.want("look", "{\"a\":2}");
    assertEquals(List.of(), hand.called);
    assertEquals(List.of("loop pause"), found());
    assertHeld();
  }

  @Test
  void whatIsOnlyLoggedGoesOnAndIsSaidOnce() {
    runs(config(Action.LOG));
    event();
    for (int i = 0; i < 5; i++) {
      looks("{}");
    }
    assertEquals(List.of("stuck log"), found());
    hand.pass(Duration.ofSeconds(301));
    looks("{}");
    assertEquals(List.of("stuck log", "stuck log"), found());
    hand.say("done it");
    hand.flush();
    assertEquals(List.of("stuck log", "stuck log", "recovered"), found());
    says("done it again");
    assertEquals(3, found().size());
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void stopsAndKeepsTheRunOpen() {
    runs(config(Action.STOP));
    event();
    looks("{}");
    looks("{}");
    hand.want("look", "{}");
    hand.flush();
    assertEquals(List.of(), hand.called);
    assertEquals(List.of("stuck stop"), found());
    assertEquals(ProcessState.STOPPED, hand.state());
    assertEquals(1, hand.image().runs().size());
  }

  @Test
  void tellsPeopleOnceAndPausesEveryTime() {
    runs(config(Action.ESCALATE));
    event();
    looks("{}");
    looks("{}");
    hand.want("look", "{}");
    assertEquals(List.of("stuck escalate"), found());
    assertHeld();
    List<PeopleEntry.Escalation> told = hand.entries(PeopleEntry.Escalation.class);
    assertEquals(1, told.size());
    assertEquals("ops.trouble", told.get(0).event());
    assertEquals("health.anomaly", told.get(0).type());
    assertEquals("stuck", told.get(0).payload().object().get("anomaly_type"));

    resume();
    hand.called.remove(0).promise().complete(Tool.Reply.ok("nothing"));
    hand.flush();
    looks("{}");
    hand.want("look", "{}");
    assertEquals(List.of("stuck escalate", "stuck pause"), found());
    assertHeld();
    assertEquals(1, hand.entries(PeopleEntry.Escalation.class).size());
  }

  // --- Across runs

  @Test
  void emptyRepliesInARowAreFoundAlsoAcrossARestart() {
    runs(config(Action.PAUSE));
    says("ok");
    says("ok");
    says("a real answer");
    says("ok");
    says("ok");
    assertEquals(List.of(), found());
    hand.restart(false);
    hand.flush();
    says("ok");
    assertEquals(List.of("empty_response pause"), found());
    assertHeld();
    event();
    assertEquals(List.of(), hand.asked);
    resume();
    hand.say("ok");
    assertEquals(List.of("empty_response pause", "recovered"), found());
  }

  @Test
  void tooManyFailuresAreActedOnThoughNothingSucceeds() {
    runs(config(Action.PAUSE));
    fails();
    says("well done");
    says("well done");
    assertEquals(List.of(), found());
    fails();
    assertEquals(List.of("high_error_rate pause"), found());
    assertHeld();
  }

  @Test
  void nextRunDoesNotBeginBeforeWhatWasFoundIsActedOn() {
    runs(config(Action.PAUSE), HandProcess.run(1, Duration.ZERO, Duration.ZERO));
    for (int i = 0; i < 4; i++) {
      Future<?> ignored = hand.offer("go");
    }
    hand.flush();
    hand.say("ok");
    hand.say("ok");
    // What would look later does not get its turn before the next run is due.
    hand.say("ok");
    assertEquals(List.of(), hand.asked);
    assertHeld();
  }

  @Test
  void runsThatChangeNothingAreFoundWhenAsked() {
    HealthConfig usual = config(Action.PAUSE);
    runs(new HealthConfig(
        3,
        20,
        2,
        3,
        0,
        4,
        1_000,
        Duration.ZERO,
        2,
        Action.PAUSE,
        usual.cooldown(),
        EscalationTarget.NOBODY));
    says("thought about it");
    event();
    hand.want("context_set", "{\"key\":\"a\",\"value\":1}");
    hand.say("wrote it");
    event();
    hand.want("put", "{}");
    hand.called.remove(0).promise().complete(Tool.Reply.ok("done"));
    hand.flush();
    hand.say("put it");
    event();
    looks("{}");
    hand.say("looked");
    assertEquals(List.of(), found());
    says("thought about it");
    assertEquals(List.of("no_progress pause"), found());
    assertHeld();
  }

  @Test
  void twoProcessesThatOnlyAnswerEachOtherAreFound() {
    runs(config(Action.PAUSE));
    ping("other", 1);
    hand.flush();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":{\"n\":1}}");
    ping("other", 1);
    ping("third", 1);
    hand.flush();
    assertEquals(List.of(), found());
    ping("other", 1);
    hand.flush();
    assertEquals(List.of("ping_pong pause"), found());
    assertHeld();
    hand.flush();
  }

  @Test
  void aQuestionThatIsAnnouncedAgainIsOneMessage() {
    runs(config(Action.PAUSE));
    ping("other", 1);
    hand.flush();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":{\"n\":1}}");
    ping("other", 1);
    hand.flush();
    // As on the word that it be made again.
    SimWorld.later(
        hand.kernel().log().write(hand.entries(EntryData.ToolCall.class).get(0)));
    ping("third", 1);
    hand.flush();
    assertEquals(2, hand.entries(EntryData.ToolCall.class).size(), "announced again");
    assertEquals(List.of(), found());
    ping("other", 1);
    hand.flush();
    assertEquals(List.of("ping_pong pause"), found());
  }

  @Test
  void eventsThatCommittedRunsEmitCountToo() {
    runs(config(Action.PAUSE));
    hand.bus.declare(
        new ProcessName("other"),
        List.of(new Subscriptions.Wanted("all", Emission.Kind.EVENT, "**", null, null)));
    for (int i = 0; i < 2; i++) {
      ping("other", 1);
      hand.flush();
      hand.want("emit_event", "{\"event_type\":\"ping\",\"data\":{\"n\":1}}");
      assertEquals(List.of(), found());
      hand.say("answered the other one");
    }
    assertEquals(List.of("ping_pong pause"), found());
    assertHeld();
  }

  @Test
  void messagesOfOneSideOrOfOldAreNoPingPong() {
    runs(config(Action.PAUSE));
    for (int i = 0; i < 6; i++) {
      ping("other", 1);
      hand.flush();
    }
    assertEquals(List.of(), found());
    hand.pass(Duration.ofSeconds(61));
    hand.want("ask_process", "{\"process\":\"other\",\"content\":{\"n\":1}}");
    ping("other", 1);
    ping("other", 2);
    hand.flush();
    assertEquals(List.of(), found());
  }

  @Test
  void aHeartbeatAndAnotherQuestionAreNoPingPong() {
    runs(config(Action.PAUSE));
    ping("other", 1);
    hand.flush();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":{\"what\":\"is new\"}}");
    for (int i = 0; i < 3; i++) {
      ping("other", 1);
    }
    ping("third", 1);
    hand.flush();
    assertEquals(List.of(), found());
  }

  private void ping(String sender, int n) {
    Future<?> taken = hand.kernel()
        .offer(new TriggerEvent(
            sender + hand.image().sequence(),
            "hook",
            "message",
            hand.timers.now(),
            Json.of(Map.of("sender", sender, "content", Map.of("n", n))),
            Json.EMPTY,
            null,
            false));
    assertTrue(hand.drain());
    assertTrue(taken.succeeded(), () -> "" + taken.cause());
  }

  // --- Operators

  @Test
  void operatorSeesAndClearsWhatWasFound() {
    runs(config(Action.LOG));
    says("ok");
    says("ok");
    says("ok");
    Map<String, @Nullable Object> seen =
        hand.answer(hand.kernel().oversee(all -> all.health().anomalies()));
    assertEquals(false, seen.get("healthy"));
    assertTrue(("" + seen.get("anomalies")).contains("type=empty_response, action=log"), "" + seen);
    Map<String, @Nullable Object> cleared =
        hand.answer(hand.kernel().oversee(all -> all.health().clear("ops")));
    assertEquals(1L, ((Number) Objects.requireNonNull(cleared.get("cleared"))).longValue());
    seen = hand.answer(hand.kernel().oversee(all -> all.health().anomalies()));
    assertEquals(List.of(), seen.get("anomalies"));
    assertEquals(true, seen.get("healthy"));
  }

  @Test
  void withoutHealthNothingIsWrittenOrKept() {
    hand = HandProcess.running();
    event();
    for (int i = 0; i < 10; i++) {
      looks("{}");
    }
    hand.say("");
    assertEquals(List.of(), found());
    assertEquals(Map.of(), hand.image().governance().toValues());
    Future<Json> refused = hand.kernel().oversee(all -> all.health().anomalies());
    assertEquals(ErrorCode.HEALTH_DISABLED, ((RuntimeFault) refused.cause()).code());
  }
}
