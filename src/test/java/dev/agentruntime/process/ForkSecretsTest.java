package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a fork's model is told of secrets: their handles. */
class ForkSecretsTest {

  private static Fork fork(HandProcess hand, long at) {
    Future<Fork> begun = hand.past().fork(new ForkOrder(at, null, null, null, true, Map.of()));
    hand.flush();
    assertTrue(begun.succeeded(), () -> "" + begun.cause());
    return begun.result();
  }

  private static void offer(HandProcess hand, String text) {
    assertFalse(hand.offer(text).failed());
    hand.flush();
  }

  private static String told(HandProcess hand) {
    assertEquals(1, hand.asked.size());
    return hand.asked.get(0).request().messages().toString();
  }

  private static Fork reading(SecretWorld world) {
    HandProcess hand = world.hand;
    offer(hand, "look");
    hand.say("done");
    Fork fork = fork(hand, hand.sequence(EntryData.InvocationStart.class, 1));
    hand.want("look", SecretWorld.HANDLE);
    assertEquals(1, hand.called.size());
    return fork;
  }

  @Test
  void aStopEndsAForkThatReadsBeforeTheValuesAreForgotten() {
    SecretWorld world = new SecretWorld(null, "");
    HandProcess hand = world.hand;
    Fork fork = reading(world);
    Future<Void> stopped = hand.kernel().stop("enough");
    hand.flush();
    assertTrue(stopped.succeeded());
    assertEquals(ProcessState.STOPPED, hand.state());
    hand.called.remove(0).promise().complete(Tool.Reply.ok("seen by " + SecretWorld.FIRST));
    hand.flush();
    assertTrue(hand.asked.isEmpty(), "its model is asked no more");
    assertTrue(fork.ended().succeeded());
    assertFalse(Json.of(fork.show()).toString().contains(SecretWorld.FIRST));
  }

  @Test
  void aReadThatIsCutInTheMidstOfAValueTellsNothingOfIt() {
    SecretWorld world = new SecretWorld(null, "");
    Fork fork = reading(world);
    String told = "z".repeat(100_000 - 12) + SecretWorld.FIRST + "and more";
    world.hand.called.remove(0).promise().complete(Tool.Reply.ok(told));
    world.hand.flush();
    assertFalse(told(world.hand).contains(SecretWorld.FIRST.substring(0, 8)));
    fork.cancel();
  }

  @Test
  void whatIsExposedToTheOwnModelIsNotToldToAForks() {
    SecretWorld world = new SecretWorld("3600,\"expose\":true", "");
    HandProcess hand = world.hand;
    offer(hand, "look");
    hand.want("get_secret", "{\"name\":\"LOGIN\"}");
    assertTrue(told(hand).contains(SecretWorld.FIRST));
    hand.say("done");
    Fork fork = fork(hand, hand.sequence(EntryData.ToolResult.class, 1));
    assertFalse(told(hand).contains(SecretWorld.FIRST));
    fork.cancel();
  }

  @Test
  void whatBecameASecretSinceIsNotToldToAForksModel() {
    SecretWorld world = new SecretWorld(null, "");
    HandProcess hand = world.hand;
    offer(hand, "here is " + SecretWorld.SECOND);
    hand.say("done");
    world.rotate();
    Fork fork = fork(hand, hand.sequence(EntryData.InvocationStart.class, 1));
    assertFalse(told(hand).contains(SecretWorld.SECOND));
    fork.cancel();
  }
}
