package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Questions between processes: asked once, answered once, waited for without a thread. */
final class AskTest {

  private static final ProcessName OTHER = new ProcessName("other");
  private static final String QUESTION = "{\"process\":\"other\",\"content\":\"how many?\"}";

  private final HandProcess hand = HandProcess.running();
  private final List<Arrival> taken = new ArrayList<>();

  private void otherTakes() {
    var unused = hand.bus.listen(OTHER, "ask", arrival -> {
      taken.add(arrival);
      return Future.succeededFuture();
    });
  }

  private void asks(String arguments) {
    Future<?> offered = hand.offer("ask them");
    hand.flush();
    hand.want("ask_process", arguments);
    hand.flush();
    assertTrue(offered.succeeded());
  }

  private Future<Void> replies(String key, String outcome, String text) {
    Emission reply = new Emission(
        Emission.Kind.REPLY,
        key,
        Json.parse("{\"outcome\":\"" + outcome + "\",\"text\":\"" + text + "\"}"),
        Emission.Options.NONE);
    Future<Void> heard = hand.bus.deliver(
        new Due(new NodeId("n"), HandProcess.ID.name(), "", null),
        new Arrival(key + "/reply", reply, "other", hand.timers.now(), 2));
    hand.flush();
    return heard;
  }

  private EntryData.ToolResult result() {
    return hand.entries(EntryData.ToolResult.class).get(0);
  }

  @Test
  void replyIsTheResultOfTheCall() {
    otherTakes();
    asks(QUESTION);

    assertEquals(1, taken.size());
    assertEquals(Json.of("how many?"), taken.get(0).emission().data());
    assertEquals(1, taken.get(0).hops());
    assertEquals(ProcessState.AWAITING, hand.state());
    String key = hand.onlyRun().id().effectKey(1);
    assertEquals(key, taken.get(0).item());

    assertTrue(replies(key, "completed", "three").succeeded());

    assertEquals(ToolOutcome.OK, result().outcome());
    assertEquals("three", result().text());
    assertEquals(ProcessState.RUNNING, hand.state());
    ChatRequest next = hand.asked.get(0).request();
    assertTrue(String.valueOf(next.messages()).contains("three"));
    hand.say("they are three");
    assertEquals(1, hand.image().settled());
  }

  @Test
  void secondReplyChangesNothing() {
    otherTakes();
    asks(QUESTION);
    String key = hand.onlyRun().id().effectKey(1);
    assertTrue(replies(key, "completed", "three").succeeded());
    assertTrue(replies(key, "completed", "four").succeeded());
    assertEquals(1, hand.entries(EntryData.ToolResult.class).size());
    assertEquals("three", result().text());
  }

  @Test
  void failureOfTheOtherIsAnError() {
    otherTakes();
    asks(QUESTION);
    assertTrue(replies(hand.onlyRun().id().effectKey(1), "failed", "broken").succeeded());
    assertEquals(ToolOutcome.ERROR, result().outcome());
    assertEquals("broken", result().text());
  }

  @Test
  void isAskedUntilTheOtherListens() {
    asks(QUESTION);
    assertEquals(ProcessState.AWAITING, hand.state());
    hand.pass(Duration.ofSeconds(2));
    hand.flush();
    otherTakes();
    hand.pass(Duration.ofSeconds(6));
    hand.flush();
    assertEquals(1, taken.size());
  }

  @Test
  void timeIsOverAndALateReplyIsDropped() {
    otherTakes();
    asks("{\"process\":\"other\",\"content\":1,\"timeout_seconds\":5}");
    String key = hand.onlyRun().id().effectKey(1);
    hand.pass(Duration.ofSeconds(6));
    hand.flush();
    assertEquals(ToolOutcome.UNKNOWN, result().outcome());
    assertTrue(
        result().text().contains("No reply from other within 5 s"), result().text());
    assertTrue(replies(key, "completed", "late").succeeded());
    assertEquals(1, hand.entries(EntryData.ToolResult.class).size());
  }

  @Test
  void isAskedAgainUnderTheSameKeyAfterACrash() {
    otherTakes();
    asks(QUESTION);
    String key = hand.onlyRun().id().effectKey(1);
    hand.restart(false);
    hand.flush();
    assertEquals(2, taken.size());
    assertEquals(key, taken.get(1).item());
    assertEquals(ProcessState.AWAITING, hand.state());
    assertTrue(replies(key, "completed", "three").succeeded());
    assertEquals("three", result().text());
    assertFalse(hand.asked.isEmpty());
  }

  @Test
  void timeRunsOverACrash() {
    otherTakes();
    asks("{\"process\":\"other\",\"content\":1,\"timeout_seconds\":30}");
    // The world is a minute older after it.
    hand.restart(false);
    hand.flush();
    hand.pass(Duration.ofMillis(1));
    hand.flush();
    assertEquals(ToolOutcome.UNKNOWN, result().outcome());
  }

  @Test
  void nobodyMayResolveIt() {
    otherTakes();
    asks(QUESTION);
    Future<Void> word = hand.resolve(EntryData.Resolution.LANDED);
    assertTrue(word.failed());
    assertTrue(word.cause() instanceof RuntimeFault, "" + word.cause());
    String status = StatusView.of(hand.kernel(), hand.timers.now(), false).toString();
    assertTrue(status.contains("\"in_doubt\":[]"), status);
  }

  @Test
  void mayNotAskItself() {
    asks("{\"process\":\"hand\",\"content\":1}");
    assertEquals(ToolOutcome.ERROR, result().outcome());
    assertEquals("a process cannot ask itself", result().text());
    assertEquals(List.of(), hand.entries(EntryData.ToolCall.class));
  }

  @Test
  void badQuestionIsAnErrorForTheModel() {
    asks("{\"process\":\"no such/name\",\"content\":1}");
    assertTrue(result().text().contains("is not allowed"), result().text());
  }

  @Test
  void questionStartsARunWhoseReplyIsOwed() {
    Arrival question = new Arrival(
        "key-1",
        new Emission(
            Emission.Kind.MESSAGE,
            "ask",
            Json.of("how many?"),
            new Emission.Options(0, Duration.ofMinutes(1), null)),
        "asker",
        hand.timers.now(),
        1);
    // It is away, so that what it is owed stays.
    hand.bus.declare(new ProcessName("asker"), List.of());
    Due here = new Due(new NodeId("n"), HandProcess.ID.name(), "ask", null);
    Future<Void> first = hand.bus.deliver(here, question);
    hand.flush();
    Future<Void> again = hand.bus.deliver(here, question);
    hand.flush();
    assertTrue(first.succeeded());
    assertTrue(again.succeeded());
    assertEquals(1, hand.image().accepted());

    hand.say("seven");

    Outbox.Item reply = hand.image().outbox().items().iterator().next();
    assertEquals("key-1/reply", reply.id());
    assertEquals(Emission.Kind.REPLY, reply.emission().kind());
    assertEquals("key-1", reply.emission().name());
    assertEquals(
        Json.parse("{\"outcome\":\"completed\",\"text\":\"seven\"}"),
        reply.emission().data());
    assertEquals(
        List.of(new Due(hand.bus.node(), new ProcessName("asker"), "", null)), reply.due());
    assertNull(hand.image().lastError());
  }
}
