package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The manifests a process had, and the ways back to them. */
@ExtendWith(VertxExtension.class)
final class VersionsTest {

  @SuppressWarnings("NullAway.Init") // set before each
  private Node node;

  @BeforeEach
  void make(Vertx vertx, @TempDir Path root) throws IOException {
    node = new Node(vertx, root);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private static String play(String reply, int delay) {
    return "rules:\n  - say: " + reply + "\n    delay_ms: " + delay + "\n";
  }

  private Map<?, ?> manifest(String name) {
    return (Map<?, ?>) Objects.requireNonNull(node.status(name).get("manifest"));
  }

  private void untilVersion(String name, int version) {
    node.until(() -> String.valueOf(manifest(name).get("version")).equals("" + version));
  }

  private List<String> versions(String name) {
    return Node.list(Node.now(node.process(name).versions().list()), "versions").stream()
        .map(item -> ((Map<?, ?>) item).get("version") + " " + ((Map<?, ?>) item).get("restores")
            + " " + ((Map<?, ?>) item).get("in_force"))
        .toList();
  }

  private void rollback(String name, @Nullable Integer to) {
    Node.nothing(node.runtime().rollback(node.process(name), to));
  }

  private ErrorCode refused(String name, @Nullable Integer to) {
    return assertThrows(RuntimeFault.class, () -> rollback(name, to)).code();
  }

  private Manifest read(String yaml) {
    return node.runtime().manifests().readYaml(yaml, "test", null, false);
  }

  @Test
  void aFileRolledBackRunsTheOlderOneUntilItChanges() throws IOException {
    node.write("ci", "config: {max_turns: 7}\n");
    node.start(true);
    node.write("ci", "config: {max_turns: 8}\n");
    untilVersion("ci", 2);
    Object first = digest("ci", "1");
    rollback("ci", null);
    assertEquals(first, manifest("ci").get("digest"));
    assertEquals(List.of("config"), manifest("ci").get("drift"));
    assertEquals("1", "" + manifest("ci").get("restores"));
    assertEquals(List.of("3 1 true", "2 null false", "1 null false"), versions("ci"));
    node.stop();
    node.start(true);
    assertEquals("3", "" + manifest("ci").get("version"), "the file says nothing new");
    node.write("other", "");
    node.until(() -> node.runtime().processes().size() == 2);
    assertEquals("3", "" + manifest("ci").get("version"), "nor when another one changes");
    node.write("ci", "config: {max_turns: 9}\n");
    untilVersion("ci", 4);
    assertEquals(List.of(), manifest("ci").get("drift"));
  }

  private Object digest(String name, String version) {
    return Node.list(Node.now(node.process(name).versions().list()), "versions").stream()
        .map(item -> (Map<?, ?>) item)
        .filter(item -> version.equals("" + item.get("version")))
        .map(item -> (Object) item.get("digest"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void backToWhatTheFileSaysIsNoDrift() throws IOException {
    node.write("ci", "config: {max_turns: 7}\n");
    node.start(true);
    node.write("ci", "config: {max_turns: 8}\n");
    untilVersion("ci", 2);
    rollback("ci", 1);
    rollback("ci", 2);
    assertEquals(List.of(), manifest("ci").get("drift"));
    assertEquals("2", "" + manifest("ci").get("restores"));
  }

  @Test
  void aVersionThatIsNotThereIsRefused() throws IOException {
    node.start(false);
    node.deploy("solo", "");
    assertEquals(ErrorCode.NOT_FOUND, refused("solo", null));
    assertEquals(ErrorCode.NOT_FOUND, refused("solo", 2));
    assertEquals(ErrorCode.VERSION_CONFLICT, refused("solo", 1));
    String text = Node.ECHO.replace("NAME", "solo") + "config: {max_turns: 3}\n";
    Node.nothing(node.runtime().replace(node.process("solo"), read(text)));
    rollback("solo", 1);
    assertEquals(ErrorCode.VERSION_CONFLICT, refused("solo", 1), "it runs, as version 3");
    assertEquals(List.of(), manifest("solo").get("drift"), "nobody else says what it should be");
  }

  @Test
  void aLiteralSecretThatNobodyKnowsAnyMoreIsNamed() throws IOException {
    node.write("ci", "secrets: {secrets: {KEY: open-sesame}}\n");
    node.start(true);
    node.write("ci", "");
    untilVersion("ci", 2);
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> rollback("ci", 1));
    assertEquals(ErrorCode.SECRET_UNAVAILABLE, fault.code());
    assertTrue(String.valueOf(fault.getMessage()).contains("secrets.KEY"), fault::getMessage);
    node.write("ci", "config: {max_turns: 5}\nsecrets: {secrets: {KEY: another-sesame}}\n");
    untilVersion("ci", 3);
    rollback("ci", 1);
    assertEquals("1", "" + manifest("ci").get("restores"), "the file has one in its place");
  }

  @Test
  void anOpenRunFinishesOnTheVersionItBeganWith() throws IOException {
    Files.writeString(node.agents().resolve("old.yaml"), play("old", 1_000));
    Files.writeString(node.agents().resolve("new.yaml"), play("new", 0));
    String old = "version: \"1.0\"\nname: slow\nmodel: script:old.yaml\ninstructions: x\n";
    Files.writeString(node.agents().resolve("slow.agent"), old);
    node.start(true);
    node.trigger("slow", 1);
    node.trigger("slow", 2);
    node.until("slow", "running", 1);
    Manifest next = node.runtime()
        .manifests()
        .readYaml(old.replace("old.yaml", "new.yaml"), "test", node.agents(), false);
    Map<String, @Nullable Object> plan =
        Node.now(node.process("slow").versions().preview(next.resolved()));
    assertEquals(1, ((List<?>) Objects.requireNonNull(plan.get("running"))).size());
    assertEquals(1, plan.get("queued"));
    assertEquals(1, plan.get("version"));
    assertTrue(String.valueOf(plan.get("changes")).contains("script:new.yaml"), plan::toString);
    assertEquals(List.of("1 null true"), versions("slow"), "a look changes nothing");
    Node.nothing(node.runtime().replace(node.process("slow"), next));
    node.until("slow", "invocation_count", 2);
    String journal =
        Node.now(node.process("slow").journal(10, null, "model_reply")).toString();
    assertTrue(journal.indexOf("\"old\"") > 0, journal);
    assertTrue(journal.indexOf("\"new\"") > journal.indexOf("\"old\""), journal);
  }

  @Test
  void compactionKeepsEveryVersion() throws IOException {
    node.keeping(0, null).start(false);
    node.deploy("long", "");
    for (int i = 1; i <= 5; i++) {
      String text = Node.ECHO.replace("NAME", "long") + "config: {max_turns: " + i + "}\n";
      Node.nothing(node.runtime().replace(node.process("long"), read(text)));
      node.trigger("long", i);
    }
    node.until("long", "invocation_count", 5);
    node.stop();
    node.start(false);
    assertEquals(6, versions("long").size());
    rollback("long", 1);
    assertEquals("1", "" + manifest("long").get("restores"));
  }
}
