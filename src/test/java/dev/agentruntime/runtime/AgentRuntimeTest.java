package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.journal.Journal.JournalLine;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A whole node without its web: real journal, real event loops. */
@ExtendWith(VertxExtension.class)
final class AgentRuntimeTest {

  /** What the reference's status has; ours come after. */
  private static final List<String> REFERENCE_KEYS = List.of(
      "name",
      "process_id",
      "state",
      "execution_mode",
      "invocation_count",
      "consecutive_failures",
      "restart_count",
      "journal_enabled",
      "trigger_count",
      "dynamic_trigger_count",
      "custom_tool_count",
      "rebuild_count",
      "spawned_process_count",
      "conversation_messages",
      "has_memory",
      "queue_size",
      "dead_letter_count",
      "filtered_count",
      "pending_retries",
      "uptime_seconds");

  @TempDir
  private Path root = Path.of("");

  private @Nullable Node running;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    running = new Node(vertx, root);
  }

  @AfterEach
  void close() {
    node().disk.failing(false);
    node().stop();
  }

  private Node node() {
    return Objects.requireNonNull(running);
  }

  private static ErrorCode refusal(Future<?> refused) {
    return assertThrows(RuntimeFault.class, () -> Node.nothing(refused)).code();
  }

  @Test
  void runsWhatIsDeployedAndShowsIt() {
    Node node = node().start(false);
    AgentProcess process = node.deploy("hello", "");
    Accepted accepted = node.trigger("hello", Map.of("text", "hi"));
    assertTrue(accepted.durable());
    assertFalse(accepted.duplicate());
    node.until("hello", "invocation_count", 1);

    Map<String, @Nullable Object> status = node.status("hello");
    assertEquals(REFERENCE_KEYS, List.copyOf(status.keySet()).subList(0, REFERENCE_KEYS.size()));
    assertEquals("running", status.get("state"));
    assertEquals(2, node.number("hello", "conversation_messages"));
    Map<String, @Nullable Object> run = only(Node.now(process.invocations(10, null)));
    assertEquals("completed", run.get("outcome"));
    assertEquals(List.of(accepted.eventId()), run.get("event_ids"));
    Json whole = Node.now(process.invocation(new InvocationId(String.valueOf(run.get("id")))));
    assertEquals(1, Node.list(whole, "steps").size());
    assertEquals(
        ErrorCode.INVOCATION_NOT_FOUND, refusal(process.invocation(new InvocationId("nobody"))));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> only(Json page) {
    List<?> shown = Node.list(page, "invocations");
    assertEquals(1, shown.size());
    return (Map<String, @Nullable Object>) shown.get(0);
  }

  @Test
  void aNameIsTakenOnce() {
    Node node = node().start(false);
    AgentProcess first = node.deploy("twin", "");
    RuntimeFault taken = assertThrows(RuntimeFault.class, () -> node.deploy("twin", ""));
    assertEquals(ErrorCode.PROCESS_EXISTS, taken.code());
    RuntimeFault missing = assertThrows(RuntimeFault.class, () -> node.process("nobody"));

    assertEquals("there is no process \"nobody\" on this node", missing.getMessage());
    assertEquals(List.of(first), node.runtime().processes());
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, refusal(first.start()));
  }

  @Test
  void pagesOverInvocationsThatTheImageHasForgotten() {
    Node node = node().start(false);
    AgentProcess process = node.deploy("pages", "");
    List<String> events = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      events.add(0, node.trigger("pages", i).eventId());
    }
    node.until("pages", "invocation_count", 50);
    List<String> ids = node.invocations("pages", 7);
    List<String> seen = new ArrayList<>();
    for (String id : ids) {
      Json run = Node.now(process.invocation(new InvocationId(id)));
      assertEquals(1, Node.list(run, "steps").size());
      seen.add(String.valueOf(Node.list(run, "event_ids").get(0)));
    }

    assertEquals(50, new HashSet<>(ids).size());
    assertEquals(events, seen, "newest first, none twice, none left out");
    assertEquals(ids, node.invocations("pages", 500));
    assertEquals(ids, node.invocations("pages", 20));
    assertEquals(ErrorCode.INVALID_REQUEST, refusal(process.invocations(5, "x")));
  }

  @Test
  void pagesOverTheJournal() {
    Node node = node().start(false);
    AgentProcess process = node.deploy("log", "");
    for (int i = 0; i < 10; i++) {
      node.trigger("log", i);
    }
    node.until("log", "invocation_count", 10);
    List<Object> all = new ArrayList<>();
    String cursor = "1";
    List<?> page;
    do {
      Map<String, @Nullable Object> shown =
          Node.now(process.journal(9, cursor, null)).object();
      page = (List<?>) Objects.requireNonNull(shown.get("entries"));
      all.addAll(page);
      cursor = String.valueOf(shown.get("next_cursor"));
    } while (!page.isEmpty());

    assertEquals(node.number("log", "position"), all.size());
    assertEquals(cursor, String.valueOf(all.size() + 1), "the cursor waits for what comes");
    Json results = Node.now(process.journal(500, "1", "invocation_result"));
    assertEquals(10, Node.list(results, "entries").size());
  }

  @Test
  void writesContextAllOrNothing() {
    Node node = node().start(false);
    AgentProcess process =
        node.deploy("notes", "world: {a: 1}\ncontext: {writable_keys: [a, b]}\n");
    assertEquals(
        "{\"state\":{\"a\":1},\"versions\":{\"a\":1},\"bytes\":2,\"writable_keys\":[\"a\",\"b\"]}",
        Node.now(process.knowledge().context()).json().toString());
    ContextWrite good = new ContextWrite("b", Json.of(2), 0L);

    assertEquals(
        ErrorCode.WRITE_DENIED,
        refusal(process.knowledge().write(List.of(good, new ContextWrite("c", Json.of(3), null)))));
    assertEquals(
        ErrorCode.VERSION_CONFLICT,
        refusal(process.knowledge().write(List.of(good, new ContextWrite("a", Json.of(3), 7L)))));
    assertEquals(
        "{\"state\":{\"a\":1,\"b\":2},\"versions\":{\"a\":1,\"b\":1}"
            + ",\"bytes\":4,\"writable_keys\":[\"a\",\"b\"]}",
        Node.now(process.knowledge().write(List.of(good))).json().toString());
  }

  @Test
  void aRemovedNameIsANewIncarnationAndItsQueueStaysListed() {
    Node node = node().start(false);
    AgentProcess first = node.deploy("phoenix", "");
    Node.nothing(first.suspend("test"));
    Set<String> queued = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      queued.add(node.trigger("phoenix", i).eventId());
    }
    ProcessId before = first.id();
    Node.nothing(node.runtime().remove(new ProcessName("phoenix"), "test"));
    assertNull(node.runtime().process(new ProcessName("phoenix")));
    AgentProcess second = node.deploy("phoenix", "");

    assertNotEquals(before, second.id());
    assertEquals(0, node.number("phoenix", "queue_size"));
    assertEquals(0, node.number("phoenix", "accepted_count"));
    List<JournalLine> lines = Node.now(node.runtime()
        .journal()
        .read(new ProcessId(ProcessName.system(node.runtime().node()), 1), 1, 100));
    JournalLine listed = lines.get(lines.size() - 1);
    assertEquals("trigger_settled", listed.entry().data().kind());
    queued.forEach(id -> assertTrue(listed.text().contains(id), listed.text()));
    node.stop();
    node.start(false);
    assertEquals(second.id(), node.process("phoenix").id());
  }

  @Test
  void goesOnAfterARestart() {
    Node node = node().start(false);
    node.deploy("lasting", "");
    node.trigger("lasting", 0);
    node.until("lasting", "invocation_count", 1);
    Node.nothing(node.process("lasting").suspend("test"));
    node.trigger("lasting", 1);
    node.trigger("lasting", 2);
    Object digest = node.status("lasting").get("digest");
    node.stop();
    node.start(false);

    assertEquals(digest, node.status("lasting").get("digest"), "the same image");
    assertEquals("suspended", node.status("lasting").get("state"));
    assertEquals(2, node.number("lasting", "queue_size"));
    Node.nothing(node.process("lasting").resume());
    node.until("lasting", "invocation_count", 3);
    assertEquals(0, node.number("lasting", "restart_count"), "nothing was open");
  }

  @Test
  void closesAndComesBackWithItsJournal() {
    Node node = node().start(false);
    node.deploy("disk", "");
    node.deploy("none", "journal: {level: none}\n");
    Accepted kept = node.trigger("disk", "kept");
    node.until("disk", "invocation_count", 1);
    node.disk.failing(true);
    assertEquals(
        ErrorCode.JOURNAL_CLOSED,
        refusal(node.process("disk").trigger(Json.of("lost"), Json.EMPTY, null)));
    node.until(() -> node.runtime().status().toString().contains("journal-closed"));
    assertEquals("journal-closed", node.status("disk").get("condition"));
    assertFalse(node.trigger("none", 1).durable(), "level none has no part in it");
    node.disk.failing(false);
    node.until(() -> node.status("disk").get("condition") == null);

    node.until(() -> node.runtime().status().toString().contains("\"state\":\"running\""));
    node.trigger("disk", "again");
    node.until("disk", "invocation_count", 2);
    assertEquals(2, node.number("disk", "accepted_count"), "what failed was not accepted");
    node.stop();
    node.start(false);
    assertEquals(2, node.number("disk", "accepted_count"));
    assertEquals(2, node.invocations("disk", 10).size());
    assertTrue(kept.durable());
  }

  @Test
  void saysThatLevelNoneKeepsNothing() {
    Node node = node().start(false);
    node.deploy("forgetful", "journal: {level: none}\n");
    assertFalse(node.trigger("forgetful", 1).durable());
    node.until("forgetful", "invocation_count", 1);
    assertEquals(false, node.status("forgetful").get("durable"));
    assertEquals(1, node.invocations("forgetful", 5).size());
    node.stop();
    node.start(false);

    assertThrows(RuntimeFault.class, () -> node.process("forgetful"));
  }

  @Test
  void runsOnMemoryAlone() {
    Node node = node().memory().start(false);
    node.deploy("light", "");
    for (int i = 0; i < 30; i++) {
      assertFalse(node.trigger("light", i).durable());
    }
    node.until("light", "invocation_count", 30);

    assertEquals(30, new HashSet<>(node.invocations("light", 7)).size());
    assertFalse(
        root.resolve("data").resolve("node-1").resolve("journal").toFile().exists());
  }

  @Test
  void bringsAProcessDeclaredInJavaIn() {
    Node node = node().start(false);
    AgentProcess declared = AgentProcess.create(
        "java",
        node.runtime()
            .manifests()
            .readYaml(Node.ECHO.replace("NAME", "java"), "test", null, false)
            .config());
    assertEquals(ErrorCode.PROCESS_STOPPED, refusal(declared.status(false)));
    Node.nothing(node.runtime().register(declared));
    Node.nothing(node.runtime().startAll());
    node.trigger("java", 1);
    node.until("java", "invocation_count", 1);

    assertEquals("running", Node.now(declared.status(false)).object().get("state"));
  }
}
