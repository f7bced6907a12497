package dev.agentruntime.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.provider.FakeOpenAi;
import dev.agentruntime.provider.FakeProvider;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The first of the three layers: an agent alone. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 10, timeUnit = TimeUnit.SECONDS)
final class AgentTest {

  private static <T> T get(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeFault fault) {
        throw fault;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private record Add(List<String> keys) implements Tool {
    @Override
    public ToolDefinition definition() {
      return new ToolDefinition(
          "add",
          "Adds.",
          Json.parse("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":"
              + "{\"type\":\"integer\"}},\"required\":[\"a\",\"b\"]}"),
          ToolDefinition.Policy.READ_ONLY);
    }

    @Override
    public Future<Reply> call(Call call) {
      keys.add(call.effectKey().substring(26));
      var arguments = call.arguments().object();
      return Future.succeededFuture(
          Reply.ok("" + (number(arguments.get("a")) + number(arguments.get("b")))));
    }

    private static long number(@Nullable Object value) {
      return value instanceof Number number ? number.longValue() : 0;
    }
  }

  @Test
  void withoutAModelItEchoes() {
    Agent agent = Agent.builder().build();
    assertEquals("Hello", get(agent.ask("Hello")));
    get(agent.close());
    assertEquals(
        ErrorCode.CANCELLED,
        assertThrows(RuntimeFault.class, () -> get(agent.ask("Again"))).code());
  }

  @Test
  void itCallsToolsOverTheWire(Vertx vertx) {
    FakeOpenAi fake = get(FakeOpenAi.start(vertx));
    fake.answer(
        FakeOpenAi.calls(
            new FakeProvider.Call("c1", "add", "{\"a\":2,\"b\":3}"),
            new FakeProvider.Call("c2", "add", "{\"a\":2}"),
            new FakeProvider.Call("c4", "subtract", "{}")),
        FakeOpenAi.text("It is 5."));
    List<String> keys = new ArrayList<>();
    Agent agent = Agent.builder()
        .vertx(vertx)
        .model("openai:fake-1")
        .baseUrl(fake.baseUrl())
        .instructions("Calculate.")
        .tool(new Add(keys))
        .build();
    assertEquals("It is 5.", get(agent.ask("2 + 3?")));
    assertEquals(List.of("-1"), keys);
    var messages = fake.seen().get(1).body().getJsonArray("messages");
    List<String> answers = messages.stream()
        .map(message -> (io.vertx.core.json.JsonObject) message)
        .filter(message -> message.getString("role").equals("tool"))
        .map(message -> message.getString("content"))
        .toList();
    assertEquals("5", answers.get(0));
    assertEquals(
        "Error: argument \"b\", expected=a value, it is required, actual=nothing", answers.get(1));
    assertEquals("Error: unknown tool \"subtract\", expected=one of [add]", answers.get(2));
    get(agent.close());
  }

  @Test
  void aCallWhoseArgumentsAreNoJsonIsMendedByTheModel(Vertx vertx) {
    FakeOpenAi fake = get(FakeOpenAi.start(vertx));
    fake.answer(
        FakeOpenAi.calls(new FakeProvider.Call("c1", "add", "```json\n{\"a\":2,\"b\":3}\n```")),
        FakeOpenAi.calls(new FakeProvider.Call("c2", "add", "{'a':2,'b':3}")),
        FakeOpenAi.calls(new FakeProvider.Call("c3", "add", "{\"a\":2,\"b\":3}")),
        FakeOpenAi.text("It is 5."));
    List<String> keys = new ArrayList<>();
    Agent agent = Agent.builder()
        .vertx(vertx)
        .model("openai:fake-1")
        .baseUrl(fake.baseUrl())
        .tool(new Add(keys))
        .build();
    assertEquals("It is 5.", get(agent.ask("2 + 3?")));
    assertEquals(List.of("-1"), keys);
    var mended = fake.seen().get(2).body().getJsonArray("messages");
    assertEquals(3, mended.size(), "the question, and what was wrong with two replies");
    String hint = mended.getJsonObject(1).getString("content");
    assertTrue(hint.contains("arguments of add, expected=one JSON object"), hint);
    assertTrue(hint.contains("```json"), hint);
    assertEquals(3, fake.seen().get(3).body().getJsonArray("messages").size(), "forgotten again");
    get(agent.close());
  }

  @Test
  void aReplyThatCannotBeUsedIsAskedForAgainAndThenFails() {
    List<Integer> asked = new ArrayList<>();
    ChatClient empty = new ChatClient() {
      @Override
      public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
        asked.add(request.turn());
        return Future.succeededFuture(
            new ChatReply(new Message.Assistant("  ", List.of()), Message.Usage.NONE));
      }

      @Override
      public boolean insideJvm() {
        return true;
      }
    };
    Agent agent = Agent.builder().model(empty).build();
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> get(agent.ask("?")));
    assertEquals(ErrorCode.MODEL_MALFORMED, fault.code());
    assertEquals(List.of(1, 1, 1), asked);
    get(agent.close());
  }

  @Test
  void closingEndsARunInFlight(Vertx vertx) {
    FakeOpenAi fake = get(FakeOpenAi.start(vertx));
    fake.answer(FakeProvider.silence());
    Agent agent = Agent.builder().model("openai:fake-1").baseUrl(fake.baseUrl()).build();
    Future<String> answer = agent.ask("?");
    get(agent.close());
    assertEquals(
        ErrorCode.CANCELLED, assertThrows(RuntimeFault.class, () -> get(answer)).code());
  }

  @Test
  void whatCannotRunIsRefusedAtOnce() {
    assertEquals(
        ErrorCode.INVALID_CONFIG,
        assertThrows(RuntimeFault.class, () -> Agent.builder().model("gpt").build())
            .code());
    assertEquals(
        ErrorCode.INVALID_CONFIG,
        assertThrows(
                RuntimeFault.class,
                () -> Agent.builder()
                    .tool(new Add(List.of()))
                    .tool(new Add(List.of()))
                    .build())
            .code());
    assertEquals(
        ErrorCode.INVALID_CONFIG,
        assertThrows(RuntimeFault.class, () -> Agent.builder().maxTurns(0).build())
            .code());
  }
}
