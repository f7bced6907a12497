package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.bus.Addresses;
import dev.agentruntime.bus.Outlet.Receipt;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.bus.Subscriptions.Listening;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events and messages from outside, on a whole node. */
@ExtendWith(VertxExtension.class)
final class BusTest {

  private static final String LISTENS =
      "triggers:\n  - type: event\n    id: builds\n    event_type: \"build.*\"\n";
  private static final String READS =
      "triggers:\n  - type: message\n    id: orders\n    topic: \"orders.**\"\n";

  @TempDir
  private Path root;

  private Vertx vertx;
  private Node node;

  @BeforeEach
  void start(Vertx given) throws IOException {
    vertx = given;
    node = new Node(given, root).start(false);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  @CanIgnoreReturnValue
  private Receipt emit(String type, int data) {
    return Node.now(node.runtime().events().emit(type, Json.of(data), "test", null));
  }

  @Test
  void wakesWhoeverListens() {
    node.deploy("first", LISTENS);
    node.deploy("second", LISTENS);
    node.deploy("other", READS);
    Receipt said = emit("build.failed", 7);
    node.until("first", "invocation_count", 1);
    node.until("second", "invocation_count", 1);

    assertEquals(2, said.takers());
    assertEquals(0, node.number("other", "accepted_count"));
    Map<?, ?> event = (Map<?, ?>)
        Node.list(Node.now(node.process("first").journal(10, null, "trigger_event")), "entries")
            .get(0);
    assertTrue(event.toString().contains(said.id()), event::toString);
  }

  @Test
  void aSuspendedOneIsOwedAndAStoppedOneIsNot() {
    node.deploy("suspended", LISTENS);
    node.deploy("stopped", LISTENS);
    Node.nothing(node.process("suspended").suspend("test"));
    Node.nothing(node.process("stopped").stop("test"));
    assertEquals(1, emit("build.failed", 1).takers());
    Node.nothing(node.process("suspended").resume());
    Node.nothing(node.process("stopped").start());
    node.until("suspended", "invocation_count", 1);

    assertEquals(0, node.number("stopped", "accepted_count"));
  }

  @Test
  void whatIsOwedComesAfterARestartOnce() {
    node.deploy("listener", LISTENS);
    Node.nothing(node.process("listener").suspend("test"));
    for (int i = 0; i < 20; i++) {
      assertEquals(1, emit("build.n" + i, i).takers());
    }
    node.stop();
    node.start(false);
    Node.nothing(node.process("listener").resume());
    node.until("listener", "invocation_count", 20);
    emit("build.last", 1);
    node.until("listener", "invocation_count", 21);

    assertEquals(21, node.number("listener", "accepted_count"));
  }

  @Test
  void aKeySaysOneThingOnce() {
    node.deploy("listener", LISTENS);
    String first = Node.now(node.runtime().events().emit("build.a", Json.of(1), "test", "k"))
        .id();
    node.stop();
    node.start(false);
    Receipt again = Node.now(node.runtime().events().emit("build.a", Json.of(1), "test", "k"));
    RuntimeFault other = assertThrows(
        RuntimeFault.class,
        () -> Node.now(node.runtime().events().emit("build.a", Json.of(2), "test", "k")));
    node.until("listener", "invocation_count", 1);

    assertEquals(first, again.id());
    assertTrue(again.duplicate());
    assertEquals(ErrorCode.KEY_REUSED, other.code());
    assertEquals(1, node.number("listener", "accepted_count"));
  }

  @Test
  void nobodySpeaksUnderTheNameOfAProcess() {
    node.deploy("listener", LISTENS);
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> Node.now(node.runtime().events().emit("build.a", Json.of(1), "listener", null)));

    assertEquals(ErrorCode.INVALID_REQUEST, fault.code());
  }

  @Test
  void whatARemovedProcessOwedTheNodeOwes() {
    node.deploy("listener", LISTENS);
    node.deploy("speaker", "triggers:\n  - type: event\n    id: never\n    event_type: never\n");
    Node.nothing(node.process("listener").suspend("test"));
    emit("build.a", 1);
    Node.nothing(node.runtime().remove(new ProcessName("speaker"), "test"));
    Node.nothing(node.process("listener").resume());
    node.until("listener", "invocation_count", 1);

    assertEquals(1, node.number("listener", "accepted_count"));
  }

  @Test
  void anyApplicationOnTheVertxSaysSomething() throws Exception {
    node.deploy("listener", LISTENS);
    node.deploy("reader", READS);
    JsonObject event = Node.now(vertx
            .eventBus()
            .<JsonObject>request(
                Addresses.EVENTS, new JsonObject().put("type", "build.x").put("data", 1)))
        .body();
    JsonObject message = Node.now(vertx
            .eventBus()
            .<JsonObject>request(
                Addresses.MESSAGES, "{\"topic\":\"orders.new\",\"content\":null,\"priority\":5}"))
        .body();
    node.until("listener", "invocation_count", 1);
    node.until("reader", "invocation_count", 1);

    assertEquals(1, event.getInteger("takers"));
    assertFalse(message.getString("id").isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"build.#\"}|INVALID_REQUEST",
        "{\"type\":\"build.*\"}|INVALID_REQUEST",
        "{\"type\":\"..\"}|INVALID_REQUEST",
        "{\"data\":1}|INVALID_REQUEST",
        "{\"type\":\"a\",\"colour\":1}|INVALID_REQUEST",
        "[1]|INVALID_REQUEST",
        "{|INVALID_JSON"
      })
  void aBadRequestIsRefusedInTheReply(String body, String code) {
    ExecutionException failed = assertThrows(
        ExecutionException.class,
        () -> vertx
            .eventBus()
            .request(Addresses.EVENTS, body)
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS));
    ReplyException reply = assertInstanceOf(ReplyException.class, failed.getCause());
    String said = String.valueOf(reply.getMessage());

    assertTrue(said.startsWith(code), said);
    assertEquals(400, reply.failureCode());
  }

  @Test
  void javaCodeHearsLiveAndSeesTheNewest() {
    List<Arrival> heard = new CopyOnWriteArrayList<>();
    List<Arrival> read = new CopyOnWriteArrayList<>();
    Listening listening = node.runtime().events().subscribe("build.**", heard::add);
    Listening reading = node.runtime().messages().subscribe("orders.*", read::add);
    for (int i = 0; i < 120; i++) {
      emit("build.n", i);
    }
    emit("test.n", 1);
    Node.nothing(node.runtime().messages().publish("orders.new", Json.of("x")));
    node.until(() -> heard.size() == 120 && read.size() == 1);
    listening.close();
    reading.close();
    emit("build.n", 120);
    List<Arrival> newest = Node.now(node.runtime().events().history("build.*", 500));

    assertEquals(100, newest.size());
    assertEquals(Json.of(120), newest.get(0).emission().data());
    assertEquals(101, Node.now(node.runtime().events().history("**", 500)).size());
    assertEquals(120, heard.size());
  }

  @Test
  void oneMemberOfAGroupGetsEachMessage() {
    String member = READS + "    group: workers\n";
    node.deploy("worker-a", member);
    node.deploy("worker-b", member);
    node.deploy("auditor", READS);
    for (int i = 0; i < 40; i++) {
      Receipt said = Node.now(node.runtime()
          .messages()
          .publish("orders.new", Json.of(i), Emission.Options.NONE, "test", null));
      assertEquals(2, said.takers());
    }
    node.until("auditor", "invocation_count", 40);
    node.until(() ->
        node.number("worker-a", "invocation_count") + node.number("worker-b", "invocation_count")
            == 40);

    assertTrue(node.number("worker-a", "invocation_count") > 0);
    assertTrue(node.number("worker-b", "invocation_count") > 0);
  }
}
