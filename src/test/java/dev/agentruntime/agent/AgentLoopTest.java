package dev.agentruntime.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop over steps that are written down here. */
final class AgentLoopTest {

  private static final Instant TIME = Instant.parse("2026-11-22T08:00:00Z");

  private static RunInput input(int maxTurns) {
    AgentContext base = AgentContext.EMPTY.with(
        List.of(new ContextWrite("k", Json.of(1), null)), "initial", null, TIME);
    Conversation said = Conversation.EMPTY.with(new Message.UserText("earlier"), "yes", 0);
    return new RunInput(
        "Be brief.",
        base,
        said,
        new TriggerEvent("EV", "push", "webhook", TIME, Json.EMPTY, Json.EMPTY, null, false),
        new InvocationId("RUN"),
        Map.of("Time", "08:00", "Memory", "none"),
        List.of(),
        maxTurns,
        20_000);
  }

  private static Message.Assistant calls(String... tools) {
    List<Message.ToolRequest> calls = new ArrayList<>();
    for (String tool : tools) {
      calls.add(new Message.ToolRequest("same", tool, "{}"));
    }
    return new Message.Assistant("", calls);
  }

  private static Message.Assistant says(String text) {
    return new Message.Assistant(text, List.of());
  }

  /** Steps that answer from a script and write down what they were asked. */
  private static final class Scripted implements Steps {
    private final IntFunction<Message.Assistant> replies;
    private final List<ChatRequest> requests = new ArrayList<>();
    private final List<String> tools = new ArrayList<>();
    private final Deque<Promise<Acted>> waiting = new ArrayDeque<>();
    private boolean later;

    Scripted(IntFunction<Message.Assistant> replies) {
      this.replies = replies;
    }

    @Override
    public Future<Replied> model(
        int turn,
        Supplier<ChatRequest> request,
        Function<Message.Assistant, @Nullable String> check) {
      requests.add(request.get());
      Message.Assistant reply = replies.apply(turn);
      String wrong = check.apply(reply);
      return wrong == null
          ? Future.succeededFuture(new Replied(reply, new Message.Usage(2, 1)))
          : Future.failedFuture(new RuntimeFault(ErrorCode.MODEL_MALFORMED, wrong));
    }

    @Override
    public Future<Acted> tool(int ordinal, Message.ToolRequest request) {
      tools.add(ordinal + ":" + request.tool());
      if (!later) {
        return Future.succeededFuture(new Acted("did " + ordinal, false));
      }
      Promise<Acted> promise = Promise.promise();
      waiting.add(promise);
      return promise.future();
    }

    @Override
    public AgentContext state() {
      return AgentContext.EMPTY;
    }
  }

  @Test
  void anAnswerInWordsEndsTheRun() {
    Scripted steps = new Scripted(turn -> says("done"));
    AgentLoop.End end = AgentLoop.run(input(5), steps).result();
    assertEquals(new AgentLoop.End("done", new Message.Usage(2, 1), 1), end);
  }

  @Test
  void theFirstRequestIsDerivedFromTheBase() {
    Scripted steps = new Scripted(turn -> says("done"));
    assertTrue(AgentLoop.run(input(5), steps).succeeded());
    List<Message> messages = steps.requests.get(0).messages();
    assertEquals(new Message.SystemText("Be brief."), messages.get(0));
    assertEquals(new Message.SystemText("[Context State]\n{\"k\":1}"), messages.get(1));
    assertEquals(new Message.SystemText("[Memory]\nnone"), messages.get(2));
    assertEquals(new Message.SystemText("[Time]\n08:00"), messages.get(3));
    assertEquals(new Message.UserText("earlier"), messages.get(4));
    assertEquals(says("yes"), messages.get(5));
    assertTrue(((Message.UserText) messages.get(6)).text().contains("Event: EV"));
    assertEquals(7, messages.size());
  }

  @Test
  void toolAnswersFollowTheReplyThatAskedAndOrdinalsCountOn() {
    Scripted steps =
        new Scripted(turn -> turn == 1 ? calls("a", "b") : turn == 2 ? calls("c") : says("end"));
    AgentLoop.End end = AgentLoop.run(input(5), steps).result();
    assertEquals(List.of("1:a", "2:b", "3:c"), steps.tools);
    assertEquals(new AgentLoop.End("end", new Message.Usage(6, 3), 3), end);
    List<Message> last = steps.requests.get(2).messages();
    assertEquals(
        List.of(
            calls("a", "b"),
            new Message.ToolText("same", "a", "did 1", false),
            new Message.ToolText("same", "b", "did 2", false),
            calls("c"),
            new Message.ToolText("same", "c", "did 3", false)),
        last.subList(7, last.size()));
    assertEquals(3, steps.requests.get(2).turn());
  }

  @Test
  void oneToolAtATime() {
    Scripted steps = new Scripted(turn -> turn == 1 ? calls("a", "b") : says("end"));
    steps.later = true;
    Future<AgentLoop.End> end = AgentLoop.run(input(5), steps);
    assertEquals(List.of("1:a"), steps.tools);
    steps.waiting.remove().complete(new Steps.Acted("x", true));
    assertEquals(List.of("1:a", "2:b"), steps.tools);
    assertFalse(end.isComplete());
    steps.waiting.remove().complete(new Steps.Acted("y", false));
    assertEquals("end", end.result().text());
    assertEquals(
        new Message.ToolText("same", "a", "x", true),
        steps.requests.get(1).messages().get(8));
  }

  @Test
  void theLastTurnMayNotCallTools() {
    Scripted steps = new Scripted(turn -> calls("a"));
    Future<AgentLoop.End> end = AgentLoop.run(input(3), steps);
    assertEquals(ErrorCode.TURNS_EXHAUSTED, ((RuntimeFault) end.cause()).code());
    assertEquals(3, steps.requests.size());
    assertEquals(2, steps.tools.size());
  }

  @Test
  void aRunOfAnyLengthTakesNoStack() {
    String[] hundred = new String[100];
    java.util.Arrays.fill(hundred, "a");
    Scripted steps = new Scripted(turn -> turn < 300 ? calls(hundred) : says("end"));
    assertEquals("end", AgentLoop.run(input(300), steps).result().text());
    assertEquals(29_900, steps.tools.size());
  }

  @Test
  void aStepThatFailsEndsTheRun() {
    Scripted steps = new Scripted(turn -> calls("a"));
    steps.later = true;
    Future<AgentLoop.End> end = AgentLoop.run(input(3), steps);
    steps.waiting.remove().fail(new RuntimeFault(ErrorCode.CANCELLED, "over"));
    assertEquals(ErrorCode.CANCELLED, ((RuntimeFault) end.cause()).code());
  }

  @Test
  void aStepThatThrowsEndsTheRun() {
    Scripted steps = new Scripted(turn -> {
      throw new IllegalStateException("broken");
    });
    assertEquals("broken", AgentLoop.run(input(3), steps).cause().getMessage());
  }

  @Test
  void whatCannotBeUsedIsRefused() {
    assertEquals(
        "empty reply, expected=text or tool calls, actual=neither",
        AgentLoop.unusable(says(" \n\t")));
    String[] many = new String[101];
    java.util.Arrays.fill(many, "a");
    assertEquals(
        "too many tool calls in one reply, expected=at most 100, actual=101",
        AgentLoop.unusable(calls(many)));
    assertNotNull(AgentLoop.unusable(says("x".repeat(AgentLoop.REPLY_CHARS_MAX + 1))));
    assertNull(AgentLoop.unusable(says("x".repeat(5_000_000))));
    assertNull(AgentLoop.unusable(says("a\ud800\u0000\u202e")));
    assertNull(AgentLoop.unusable(calls("a", "a")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1} and that is all",
        "{'a':1}",
        "```json\n{\"a\":1}\n```",
        "{\"a\":NaN}",
        "{\"a\":1",
        "[1]",
        "7",
        "\"{\\\"a\\\":1}\"",
        "{\"a\":1}{\"a\":2}",
        "null"
      })
  void argumentsThatAreNotOneObjectAreRefused(String arguments) {
    String why = AgentLoop.unusable(
        new Message.Assistant("", List.of(new Message.ToolRequest("c", "pay", arguments))));
    assertTrue(
        why != null
            && why.startsWith("arguments of pay, expected=one JSON object and nothing around it")
            && why.contains(arguments),
        why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{}", " {\"a\":{\"b\":[null]}} ", "{\"a\":\"{}\"}"})
  void argumentsThatAreOneObjectAreTaken(String arguments) {
    assertNull(AgentLoop.unusable(
        new Message.Assistant("", List.of(new Message.ToolRequest("c", "pay", arguments)))));
  }
}
