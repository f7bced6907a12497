package dev.agentruntime.verticle;

import static dev.agentruntime.verticle.VerticleNode.nothing;
import static dev.agentruntime.verticle.VerticleNode.now;
import static dev.agentruntime.verticle.VerticleNode.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Code in a running node: what it brings, how it changes, and that it is back after a restart. */
@ExtendWith(VertxExtension.class)
final class VerticlesTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private VerticleNode node;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    node = new VerticleNode(vertx, root);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private String said(String agent) {
    return String.valueOf(node.journal(agent, "tool_result"));
  }

  @Test
  void aToolIsThereAtOnceAndAgainAfterARestart() throws IOException {
    byte[] jar = Jars.greeter(root, "hello");
    node.greets("ci");
    node.start();
    Map<String, @Nullable Object> shown = node.deploy("greeter", jar, false);
    assertEquals(List.of("greet"), shown.get("tools"));
    assertEquals(Hex.sha256(jar), shown.get("sha256"));
    node.trigger("ci");
    node.until("ci", "invocation_count", 1);
    assertTrue(said("ci").contains("hello"), said("ci"));
    node.stop();
    node.start();
    assertEquals(List.of("greeter deployed"), node.listed());
    node.trigger("ci");
    node.until("ci", "invocation_count", 2);
    assertEquals(2, node.journal("ci", "tool_result").size());
    assertTrue(Files.exists(node.store().resolve(Hex.sha256(jar) + ".jar")));
    nothing(node.verticles().undeploy("greeter", false, "ops"));
    assertEquals(List.of(), node.listed());
    node.trigger("ci");
    node.until("ci", "invocation_count", 3);
    assertTrue(said("ci").contains("there is no tool"), said("ci"));
    node.until(() -> !Files.exists(node.store().resolve(Hex.sha256(jar) + ".jar")));
    node.stop();
    node.start();
    assertEquals(List.of(), node.listed());
  }

  @Test
  void anotherJarTakesItsPlaceAndOneThatFailsDoesNot() {
    node.greets("ci");
    node.start();
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    assertEquals(
        ErrorCode.VERTICLE_EXISTS,
        node.refused(order("greeter", Jars.greeter(root, "hello"), false)).code());
    node.deploy("greeter", Jars.greeter(root, "moin"), true);
    node.trigger("ci");
    node.until("ci", "invocation_count", 1);
    assertTrue(said("ci").contains("moin"), said("ci"));
    byte[] bad = Jars.compile(root, "acme.Bad", Map.of("acme/Bad", """
        package acme;
        public class Bad extends io.vertx.core.VerticleBase {
          public io.vertx.core.Future<?> start() { throw new IllegalStateException("no luck"); }
        }
        """));
    node.allow(bad);
    RuntimeFault fault = node.refused(order("greeter", bad, true));
    assertEquals(ErrorCode.START_FAILED, fault.code());
    assertTrue(fault.failure().message().contains("no luck"), fault::getMessage);
    node.trigger("ci");
    node.until("ci", "invocation_count", 2);
    assertEquals(2, node.journal("ci", "tool_result").size());
    assertTrue(node.journal("ci", "tool_result").get(1).contains("moin"), said("ci"));
    Json same = now(node.verticles().deploy(order("greeter", null, true)));
    assertTrue(same.toString().contains("acme.Greeter"), "deployed anew from the jar it has");
    assertEquals(
        ErrorCode.VERTICLE_NOT_FOUND, node.refused(order("nobody", null, true)).code());
    assertEquals(
        ErrorCode.MISSING_FIELD, node.refused(order("nobody", null, false)).code());
  }

  @Test
  void modelsTriggersAndConsumersWorkAndAreMissedWhenTheyGo(Vertx vertx) {
    node.agent("bird", "custom:parrot", "triggers:\n  - {type: once, id: first}\n", "");
    node.start();
    assertTrue(node.runtime().processes().isEmpty(), "nobody knows a trigger of that type yet");
    byte[] jar = Jars.compile(root, null, Map.of("acme/Kit", Jars.KIT));
    node.allow(jar);
    Json shown = now(node.verticles()
        .deploy(new VerticleOrder(
            "kit",
            jar,
            "acme.Kit",
            Json.parse("{\"greeting\":\"hi\"}"),
            1,
            "worker",
            false,
            false,
            "ops")));
    assertTrue(shown.toString().contains("\"threading\":\"worker\""), shown::toString);
    node.until(() -> !node.runtime().processes().isEmpty());
    node.until("bird", "invocation_count", 1);
    assertTrue(String.valueOf(node.journal("bird", "model_reply")).contains("pretty bird"));
    assertEquals("here", now(vertx.eventBus().<String>request("kit.hi", "?")).body());
    nothing(node.runtime().events().emit("kit.ask", Json.EMPTY));
    node.until(() -> !now(node.runtime().events().history("kit.answer", 5)).isEmpty());
    RuntimeFault needed = assertThrows(
        RuntimeFault.class, () -> nothing(node.verticles().undeploy("kit", false, "ops")));
    assertEquals(ErrorCode.IN_USE, needed.code());
    assertTrue(needed.failure().message().contains("bird"), needed::getMessage);
    assertEquals(
        ErrorCode.IN_USE,
        node.refused(order("kit", allowed(Jars.greeter(root, "x")), true)).code());
    byte[] bad = allowed(Jars.compile(root, "acme.Late", Map.of("acme/Late", """
        package acme;
        public class Late extends io.vertx.core.VerticleBase {
          public io.vertx.core.Future<?> start() {
            return io.vertx.core.Future.failedFuture("too late");
          }
        }
        """)));
    RuntimeFault late = node.refused(forced(bad));
    assertEquals(ErrorCode.START_FAILED, late.code());
    assertEquals("running", node.status("bird", "state"), "nobody is stopped for one that fails");
    assertEquals("here", now(vertx.eventBus().<String>request("kit.hi", "?")).body());
    Json other = now(node.verticles().deploy(forced(allowed(Jars.greeter(root, "x")))));
    assertTrue(other.toString().contains("acme.Greeter"), other::toString);
    assertEquals("stopped", node.status("bird", "state"));
    nothing(node.verticles().undeploy("kit", true, "ops"));
    assertThrows(AssertionError.class, () -> now(vertx.eventBus().<String>request("kit.hi", "?")));
  }

  private static VerticleOrder forced(byte[] jar) {
    return new VerticleOrder("kit", jar, null, null, 1, "event_loop", true, true, "ops");
  }

  private byte[] allowed(byte[] jar) {
    node.allow(jar);
    return jar;
  }

  @Test
  void aRunUnderWayEndsWithWhatItBeganWith() {
    node.agent("slow", "script:slow.yaml", "", """
        rules:
          - when: {turn: 1}
            call: [{tool: greet, args: {}}]
          - when: {turn: 2}
            delay_ms: 500
            call: [{tool: greet, args: {}}]
          - say: done
        """);
    node.start();
    node.deploy("greeter", Jars.greeter(root, "old"), false);
    node.trigger("slow");
    node.until(() -> node.journal("slow", "tool_result").size() == 1);
    node.deploy("greeter", Jars.greeter(root, "new"), true);
    node.until("slow", "invocation_count", 1);
    assertTrue(!said("slow").contains("new"), said("slow"));
    assertEquals(2, node.journal("slow", "tool_result").size());
  }

  @Test
  void aRunThatLastsTooLongGoesOnWithTheNewAsItsNextAttempt() {
    node = node.drain(Duration.ofMillis(200));
    node.agent("slow", "script:slow.yaml", "", """
        rules:
          - when: {turn: 1}
            call: [{tool: greet, args: {}}]
          - when: {turn: 2}
            delay_ms: 1500
            call: [{tool: greet, args: {}}]
          - say: done
        """);
    node.start();
    node.deploy("greeter", Jars.greeter(root, "old"), false);
    node.trigger("slow");
    node.until(() -> node.journal("slow", "tool_result").size() == 1);
    node.deploy("greeter", Jars.greeter(root, "new"), true);
    node.until("slow", "invocation_count", 1);
    List<String> results = node.journal("slow", "tool_result");
    assertEquals(2, results.size(), "what was recorded is not done again");
    assertTrue(results.get(0).contains("old") && results.get(1).contains("new"), said("slow"));
    assertEquals(2, node.journal("slow", "invocation_start").size(), "two attempts, one code each");
  }

  @Test
  void whatIsNoLongerAllowedIsNotRestored() throws IOException {
    node.greets("ci");
    node.start();
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    node.stop();
    Files.delete(node.allowFile());
    node.start();
    assertEquals(List.of("greeter failed"), node.listed());
    assertTrue(now(node.verticles().list()).toString().contains("is not allowed here"));
    assertEquals("running", node.status("ci", "state"), "the node starts all the same");
  }

  @Test
  void afterARestartNothingRunsBeforeEveryVerticleIsBack() {
    node.agent("bird", "custom:slow", "", "");
    node.start();
    node.deploy("another", Jars.greeter(root, "hello"), false);
    node.deploy("slow", Jars.compile(root, "acme.Slow", Map.of("acme/Slow", Jars.SLOW)), false);
    node.until("bird", "state", "running");
    for (int i = 0; i < 20; i++) {
      node.trigger("bird");
    }
    node.stop();
    node.start();
    node.until("bird", "invocation_count", 20);
    assertEquals("0", node.status("bird", "dead_letter_count"));
    assertEquals("running", node.status("bird", "state"));
  }

  @Test
  void aClassOfTheClassPathIsAllowedByItsName() {
    node = node.allow(OnTheClassPath.class.getName());
    node.start();
    Json shown = now(node.verticles()
        .deploy(new VerticleOrder(
            "own", null, OnTheClassPath.class.getName(), null, 3, null, false, false, "ops")));
    assertTrue(shown.toString().contains("\"instances\":3"), shown::toString);
    RuntimeFault fault = node.refused(new VerticleOrder(
        "other", null, Verticles.class.getName(), null, null, null, false, false, "ops"));
    assertEquals(ErrorCode.NOT_ALLOWED, fault.code());
  }

  /** A verticle that is there without a jar. */
  public static final class OnTheClassPath extends VerticleBase {}

  @Test
  void aNameThatSomebodyElseHasIsRefusedAndNothingIsLeftBehind() {
    node.start();
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    RuntimeFault fault = node.refused(order("second", allowed(Jars.greeter(root, "hi")), false));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().contains("greet"), fault::getMessage);
    assertEquals(List.of("greeter deployed"), node.listed());
    String clash = Jars.GREETER.replace("\"greet\"", "\"context_get\"");
    byte[] jar = Jars.compile(
        root, "acme.Greeter", Map.of("acme/Greeter", clash, "acme/Words", Jars.words("x")));
    assertEquals(
        ErrorCode.INVALID_CONFIG,
        node.refused(order("second", allowed(jar), false)).code());
  }
}
