package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.live.LiveReplies;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class JournaledStepsTest {

  private static List<Outcome> outcomes(HandProcess process) {
    return process.entries(EntryData.InvocationResult.class).stream()
        .map(EntryData.InvocationResult::outcome)
        .toList();
  }

  @Test
  void asksAModelOutsideOnlyWhenAllBeforeIsDurable() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    assertTrue(process.asked.isEmpty());
    process.flush();

    assertTrue(offered.succeeded());
    assertEquals(1, process.asked.size());
  }

  @Test
  void asksAModelInsideAtOnce() {
    HandProcess process = HandProcess.running();
    process.insideJvm = true;
    Future<Accepted> offered = process.offer("x");

    assertFalse(offered.isComplete(), "acknowledged before it is durable");
    assertEquals(1, process.asked.size());
  }

  @Test
  void handsBackWhatIsRecorded() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    call.promise().complete(Tool.Reply.ok("put it"));
    process.flush();
    process.want("context_set", "{\"key\":\"a\",\"value\":1}");
    List<Message> before = process.asked.get(0).request().messages();
    process.restart(false);
    process.flush();

    assertEquals(before, process.asked.get(0).request().messages(), "the same question");
    assertEquals(3, process.asked.get(0).request().turn());
    assertTrue(process.called.isEmpty(), "a recorded call was made again");
    process.say("done");
    assertEquals(List.of(Outcome.COMPLETED), outcomes(process));
    assertEquals(3, process.entries(EntryData.ModelReply.class).size());
  }

  @Test
  void asksAgainForAReplyThatCannotBeUsedAndNotForever() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    process.say(" ");
    process.say("");
    assertEquals(1, process.asked.size());
    process.say("");

    assertTrue(offered.succeeded());
    assertTrue(process.asked.isEmpty());
    EntryData.InvocationResult end =
        process.entries(EntryData.InvocationResult.class).get(0);
    assertEquals(
        ErrorCode.MODEL_MALFORMED, Objects.requireNonNull(end.failure()).code());
    assertEquals(9, end.usage().input(), "what it cost counts");
  }

  @Test
  void countsRejectedRepliesOverACrash() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    process.say("");
    process.say("");
    process.restart(false);
    process.flush();
    process.say("");

    assertTrue(offered.succeeded());
    assertEquals(List.of(Outcome.FAILED), outcomes(process));
  }

  @Test
  void aRejectedReplyIsNeverHandedBack() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    process.say("");
    process.restart(false);
    process.flush();
    process.say("good");

    assertTrue(offered.succeeded());
    assertEquals(List.of(Outcome.COMPLETED), outcomes(process));
    assertEquals(
        new Message.Assistant("good", List.of()),
        process.image().conversation().messages().get(1));
  }

  @Test
  void aReplyWithMalformedArgumentsIsMendedAlsoAfterACrash() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    int asked = process.asked.get(0).request().messages().size();
    process.want("context_set", "{'key':'a'}");
    assertEquals(asked + 1, process.asked.get(0).request().messages().size());
    process.restart(false);
    process.flush();
    List<Message> again = process.asked.get(0).request().messages();
    assertEquals(asked + 1, again.size());
    String told = ((Message.UserText) again.get(asked)).text();
    assertTrue(told.contains("arguments of context_set, expected=one JSON object"), told);
    process.want("context_set", "{\"key\":\"a\",\"value\":1}");
    assertEquals(
        asked + 2, process.asked.get(0).request().messages().size(), "what was mended is gone");
    process.say("done");

    assertTrue(offered.succeeded());
    List<EntryData.ModelReply> replies = process.entries(EntryData.ModelReply.class);
    assertEquals(3, replies.size());
    assertTrue(String.valueOf(replies.get(0).rejected()).contains("{'key':'a'}"));
    assertEquals(1, process.entries(EntryData.ToolResult.class).size(), "it was never acted on");
    EntryData.InvocationResult end =
        process.entries(EntryData.InvocationResult.class).get(0);
    assertEquals(9, end.usage().input(), "what it cost counts");
    assertEquals(Outcome.COMPLETED, end.outcome());
  }

  @Test
  void whichModelAnsweredAndWhatItCostIsJournaled() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    process
        .asked
        .remove(0)
        .promise()
        .complete(new ChatClient.ChatReply(
            new Message.Assistant("yes", List.of(), "sig"),
            new Message.Usage(100, 10, 40, 123_456L),
            "openai:second"));
    process.flush();
    process.restart(false);

    assertTrue(offered.succeeded());
    EntryData.ModelReply reply = process.entries(EntryData.ModelReply.class).get(0);
    assertEquals("openai:second", reply.model());
    assertEquals("sig", reply.reply().signature());
    assertEquals(new Message.Usage(100, 10, 40, 123_456L), reply.usage());
    assertEquals(
        reply.usage(), process.entries(EntryData.InvocationResult.class).get(0).usage());
  }

  @Test
  void followersHearAReplyWhileItIsWritten() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    ReplyListener listener = process.asked.get(0).request().listener();
    assertFalse(listener.listening(), "nobody follows, so nothing is to be made");
    List<LiveReplies.Heard> heard = new ArrayList<>();
    LiveReplies replies = process.kernel().gate().replies();
    Runnable bad = replies.follow(piece -> {
      throw new IllegalStateException("a follower that fails");
    });
    Runnable end = replies.follow(heard::add);
    assertTrue(listener.listening(), "one who comes in the middle hears from then on");
    listener.hear(new ReplyListener.Text("ye"));
    process.say("");
    process.say("yes");

    assertTrue(offered.succeeded());
    assertEquals(
        List.of("Text", "Again"),
        heard.stream().map(one -> one.piece().getClass().getSimpleName()).toList());
    assertEquals(1, heard.get(0).turn());
    assertEquals(
        process.entries(EntryData.InvocationStart.class).get(0).invocation(),
        heard.get(0).invocation());
    end.run();
    bad.run();
    assertFalse(listener.listening());
  }

  @Test
  void takesNoStepWhileSuspended() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    SimWorld.later(process.kernel().suspend("test"));
    process.want("put", "{}");
    assertTrue(offered.succeeded());
    assertEquals(1, process.entries(EntryData.ModelReply.class).size(), "the step in flight");
    assertTrue(process.entries(EntryData.ToolCall.class).isEmpty(), "the next step began");
    SimWorld.later(process.kernel().resume("test"));
    process.flush();

    assertEquals(1, process.called.size());
  }

  @Test
  void writesNothingForARunThatWasAbandoned() {
    HandProcess process = HandProcess.running();
    Future<Accepted> offered = process.offer("x");
    process.flush();
    HandProcess.Asked late = process.asked.remove(0);
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    process.pass(Duration.ofSeconds(10));
    process.flush();
    assertTrue(offered.succeeded() && stopped.succeeded());
    int entries = process.entries().size();
    late.promise()
        .tryComplete(
            new ChatClient.ChatReply(new Message.Assistant("late", List.of()), Message.Usage.NONE));
    process.flush();

    assertEquals(entries, process.entries().size());
  }

  @Test
  void twoRunsDoNotWriteWhatOneOfThemClaims() {
    HandProcess process = HandProcess.running(HandProcess.run(2, Duration.ZERO, Duration.ZERO));
    Future<Accepted> first = process.offer("1");
    Future<Accepted> second = process.offer("2");
    process.flush();
    assertTrue(first.succeeded() && second.succeeded());
    process.want("context_set", "{\"key\":\"a\",\"value\":1,\"if_version\":0}");
    process.want("context_set", "{\"key\":\"a\",\"value\":2}");
    process.want("context_set", "{\"key\":\"a\",\"value\":3,\"if_version\":1}");

    assertEquals(
        List.of(ToolOutcome.OK, ToolOutcome.ERROR, ToolOutcome.OK),
        process.entries(EntryData.ToolResult.class).stream()
            .map(EntryData.ToolResult::outcome)
            .toList());
    process.say("done");
    process.say("done");
    assertEquals("{\"a\":3}", process.image().context().toJson().toString());
  }

  @Test
  void nobodyClaimsWhatAnotherRunHasWritten() {
    HandProcess process = HandProcess.running(HandProcess.run(2, Duration.ZERO, Duration.ZERO));
    Future<Accepted> first = process.offer("1");
    Future<Accepted> second = process.offer("2");
    process.flush();
    assertTrue(first.succeeded() && second.succeeded());
    process.want("context_set", "{\"key\":\"a\",\"value\":1}");
    process.want("context_set", "{\"key\":\"a\",\"value\":2,\"if_version\":0}");

    assertEquals(
        ToolOutcome.ERROR, process.entries(EntryData.ToolResult.class).get(1).outcome());
  }
}
