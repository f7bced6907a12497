package dev.agentruntime.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.exception.ToolExecutionException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Methods of an object as tools. */
class JavaToolsTest {

  /** What a user writes. */
  static class Shop {
    final CountDownLatch interrupted = new CountDownLatch(1);
    final AtomicReference<String> thread = new AtomicReference<>("");

    record Order(String item, int count) {}

    @dev.langchain4j.agent.tool.Tool(value = "Prices an order.", name = "price")
    @InDoubt(Policy.READ_ONLY)
    double price(@P(name = "order", value = "the order") Order order) {
      thread.set(Thread.currentThread().getName());
      return order.count() * 2.5;
    }

    @dev.langchain4j.agent.tool.Tool("Charges.")
    String charge(
        @P(name = "cents", value = "how much") long cents,
        @P(name = "note", value = "a note", required = false) String note,
        @EffectKey String key) {
      return cents + " " + note + " " + key;
    }

    @dev.langchain4j.agent.tool.Tool("Lists.")
    List<Order> list(@P(name = "tags", value = "some") List<String> tags) {
      return List.of(new Order(String.join("+", tags), tags.size()));
    }

    @dev.langchain4j.agent.tool.Tool("Does.")
    void act(@P(name = "how", value = "how") String how) throws Exception {
      switch (how) {
        case "refuse" -> throw new ToolExecutionException("out of stock");
        case "break" -> throw new java.io.IOException("wire cut");
        case "wait" -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        }
        default -> thread.set(how);
      }
    }
  }

  private final Shop shop = new Shop();
  private final CancelSignal cancel = new CancelSignal();

  private Tool tool(String name, Duration timeout) {
    return JavaTools.of(timeout, shop).stream()
        .filter(tool -> tool.definition().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private Future<Tool.Reply> calling(String name, String arguments, Duration timeout) {
    InvocationId run = new InvocationId("01TEST" + String.format("%020d", 1));
    return tool(name, timeout)
        .call(new Tool.Call(
            new ProcessName("test"),
            run,
            run.effectKey(1),
            Json.parse(arguments),
            AgentContext.EMPTY,
            cancel));
  }

  private Tool.Reply call(String name, String arguments) throws Exception {
    return calling(name, arguments, JavaTools.TIMEOUT)
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  private static RuntimeFault failing(Future<Tool.Reply> call) {
    ExecutionException e = assertThrows(
        ExecutionException.class,
        () -> call.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS));
    if (e.getCause() instanceof RuntimeFault fault) {
      return fault;
    }
    throw new AssertionError(e);
  }

  @Test
  void definitionsComeFromTheMethods() {
    Toolbox box = Toolbox.of(JavaTools.of(shop));
    assertEquals(
        List.of("act", "charge", "list", "price"),
        box.definitions().stream().map(definition -> definition.name()).toList());
    assertEquals(Policy.READ_ONLY, box.policy("price"));
    assertEquals(Policy.IRREVERSIBLE, box.policy("charge"));
    Json charge = tool("charge", JavaTools.TIMEOUT).definition().parameters();
    assertEquals(
        List.of("cents", "note"),
        List.copyOf(Json.of(charge.object().get("properties")).object().keySet()));
    assertEquals(List.of("cents"), charge.object().get("required"));
  }

  @Test
  void argumentsBecomeWhatTheMethodTakes() throws Exception {
    assertEquals(
        "5.0", call("price", "{\"order\":{\"item\":\"lamp\",\"count\":2}}").text());
    assertNotEquals(Thread.currentThread().getName(), shop.thread.get());
    assertEquals(
        "7 null 01TEST00000000000000000001-1", call("charge", "{\"cents\":7}").text());
    Json listed = Json.parse(call("list", "{\"tags\":[\"a\",\"b\"]}").text());
    assertEquals(Json.parse("[{\"item\":\"a+b\",\"count\":2}]"), listed);
    assertEquals("Done.", call("act", "{\"how\":\"now\"}").text());
  }

  @Test
  void anArgumentOfTheWrongFormIsAnErrorInWords() throws Exception {
    Tool.Reply reply = call("price", "{\"order\":{\"count\":\"many\"}}");
    assertTrue(reply.error());
    assertTrue(reply.text().startsWith("argument \"order\", expected="), reply.text());
    assertTrue(call("charge", "{\"note\":\"x\"}").error());
  }

  @Test
  void whatAMethodSaysIsAnAnswerAndWhatBreaksItIsNone() throws Exception {
    Tool.Reply refused = call("act", "{\"how\":\"refuse\"}");
    assertTrue(refused.error());
    assertEquals("out of stock", refused.text());
    RuntimeFault broken = failing(calling("act", "{\"how\":\"break\"}", JavaTools.TIMEOUT));
    assertEquals(ErrorCode.TOOL_FAILED, broken.failure().code());
    assertTrue(broken.failure().message().contains("wire cut"), broken.getMessage());
  }

  @Test
  void timeOverInterruptsIt() throws Exception {
    RuntimeFault late = failing(calling("act", "{\"how\":\"wait\"}", Duration.ofMillis(50)));
    assertEquals(ErrorCode.TOOL_TIMEOUT, late.failure().code());
    assertTrue(shop.interrupted.await(20, TimeUnit.SECONDS));
  }

  @Test
  void cancellingInterruptsIt() throws Exception {
    Future<Tool.Reply> call = calling("act", "{\"how\":\"wait\"}", JavaTools.TIMEOUT);
    cancel.cancel();
    assertEquals(ErrorCode.CANCELLED, failing(call).failure().code());
  }

  @Test
  void anObjectWithoutToolsIsRefused() {
    RuntimeFault none = assertThrows(RuntimeFault.class, () -> JavaTools.of("text"));
    assertEquals("java.lang.String, expected=a method with @Tool, actual=none", none.getMessage());
  }
}
