package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.InvocationResult;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.TriggerSettled;
import dev.agentruntime.journal.Journal.JournalLine;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** F44: a process is removed while it runs, and while others start and wake it. */
@ExtendWith(VertxExtension.class)
final class RemovedInTheMidstTest {

  private static final int ROUNDS = 60;

  private static final String PLAY = """
      rules:
        - when: {turn: 1}
          delay_ms: 200
          call: [{tool: context_set, args: {key: noted, value: 1}}]
        - say: done
      """;

  private static final String ASKS = """
      rules:
        - when: {turn: 1}
          call: [{tool: ask_process, args: {process: slow, content: "how many?"}}]
        - say: done
      """;

  @TempDir
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new Node(vertx, root);
    Files.writeString(node.agents().resolve("slow.yaml"), PLAY);
    Files.writeString(node.agents().resolve("asker.yaml"), ASKS);
    node.start(false);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private List<EntryData> entries(ProcessId id) {
    List<EntryData> all = new ArrayList<>();
    List<JournalLine> page;
    do {
      page = Node.now(node.runtime().journal().read(id, all.size() + 1, 1_000));
      page.forEach(line -> all.add(line.entry().data()));
    } while (!page.isEmpty());
    return all;
  }

  @CanIgnoreReturnValue
  private AgentProcess deploy(String name, String model) {
    String yaml = Node.ECHO.replace("NAME", name).replace("echo", model);
    return Node.now(node.runtime()
        .deploy(node.runtime().manifests().readYaml(yaml, "test", node.agents(), false), true));
  }

  /** The events that the node lists as cancelled. */
  private Set<String> listed() {
    Set<String> ids = new HashSet<>();
    for (EntryData data :
        entries(new ProcessId(ProcessName.system(node.runtime().node()), 1))) {
      if (data instanceof TriggerSettled settled) {
        assertEquals("cancelled", settled.outcome());
        settled.eventIds().forEach(id -> assertTrue(ids.add(id), "listed twice"));
      }
    }
    return ids;
  }

  @Test
  void theStepInFlightEndsAndTheRestIsListed() {
    AgentProcess slow = deploy("slow", "script:slow.yaml");
    ProcessId first = slow.id();
    Set<String> accepted = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      accepted.add(node.trigger("slow", i).eventId());
    }
    node.until("slow", "running", 1);
    Node.nothing(node.runtime().remove(slow.name(), "test"));
    assertEquals(accepted, listed());
    List<EntryData> then = entries(first);
    assertEquals("process_removed", then.get(then.size() - 1).kind());
    List<InvocationResult> results = then.stream()
        .filter(InvocationResult.class::isInstance)
        .map(InvocationResult.class::cast)
        .toList();
    assertEquals(1, results.size());
    assertEquals(Outcome.CANCELLED, results.get(0).outcome());
    assertTrue(then.stream().anyMatch(EntryData.ModelReply.class::isInstance), "its step ended");

    deploy("slow", "script:slow.yaml");
    assertEquals(0, node.number("slow", "accepted_count"));
    node.stop();
    node.start(false);
    assertEquals(then, entries(first));
    assertEquals(accepted, listed());
    node.trigger("slow", 9);
    node.until("slow", "invocation_count", 1);
  }

  @Test
  void whoeverStopsOrRemovesOneThatIsBeingStoppedWaitsForThat() {
    AgentProcess slow = deploy("slow", "script:slow.yaml");
    node.trigger("slow", 1);
    node.until("slow", "running", 1);
    Future<Void> stopped = slow.stop("tea");
    Future<Void> again = slow.stop("coffee");
    Future<Void> removed = node.runtime().remove(slow.name(), "test");
    Node.nothing(stopped);
    Node.nothing(again);
    Node.nothing(removed);
    List<EntryData> all = entries(slow.id());
    assertEquals("process_removed", all.get(all.size() - 1).kind());
    List<String> reasons = all.stream()
        .filter(EntryData.StateTransition.class::isInstance)
        .map(EntryData.StateTransition.class::cast)
        .filter(move -> move.to() == ProcessState.STOPPING || move.to() == ProcessState.STOPPED)
        .map(EntryData.StateTransition::reason)
        .toList();
    assertEquals(List.of("tea", "tea"), reasons);
  }

  /** Its question runs at the other, or waits there. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoeverAskedItIsTold(boolean runs) {
    AgentProcess slow = deploy("slow", "script:slow.yaml");
    AgentProcess asker = deploy("asker", "script:asker.yaml");
    if (!runs) {
      Node.nothing(slow.suspend("test"));
    }
    node.trigger("asker", 1);
    node.until("slow", runs ? "running" : "queue_size", 1);
    Node.nothing(node.runtime().remove(slow.name(), "test"));
    node.until("asker", "invocation_count", 1);
    List<EntryData> then = entries(asker.id());
    EntryData.ToolResult told = then.stream()
        .filter(EntryData.ToolResult.class::isInstance)
        .map(EntryData.ToolResult.class::cast)
        .findFirst()
        .orElseThrow();
    assertEquals(EntryData.ToolOutcome.ERROR, told.outcome());
    assertTrue(told.text().contains("removed by test"), told::text);
  }

  @Test
  void whatIsAnsweredToOneThatIsGoneIsDone() {
    AgentProcess slow = deploy("slow", "script:slow.yaml");
    AgentProcess asker = deploy("asker", "script:asker.yaml");
    Accepted asked = node.trigger("asker", 1);
    node.until("slow", "running", 1);
    Node.nothing(node.runtime().remove(asker.name(), "test"));
    List<EntryData> then = entries(asker.id());
    node.until("slow", "invocation_count", 1);
    node.until("slow", "outbox_size", 0);
    assertEquals(then, entries(asker.id()));
    assertEquals(Set.of(asked.eventId()), listed());
    assertEquals("running", node.status("slow").get("state"));
    assertEquals(
        1,
        entries(slow.id()).stream().filter(InvocationResult.class::isInstance).count());
  }

  @Test
  void oneWhoseFileIsStillThereIsANewProcessAfterTheNextStart() throws IOException {
    node.stop();
    node.write("filed", "");
    node.start(true);
    node.trigger("filed", 1);
    node.until("filed", "invocation_count", 1);
    ProcessId first = node.process("filed").id();
    Node.nothing(node.runtime().remove(first.name(), "test"));
    node.stop();
    node.start(true);
    assertEquals(2, node.process("filed").id().incarnation());
    assertEquals(0, node.number("filed", "invocation_count"));
    assertEquals("running", node.status("filed").get("state"));
  }

  /** What comes first is chance; what was accepted has run, or is listed, whatever comes first. */
  @Test
  void whoeverStartsAndWakesItMeanwhileLosesNothing() {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "busy-" + round;
      AgentProcess busy = deploy(name, "echo");
      List<Future<Accepted>> sent = new ArrayList<>();
      List<Future<Void>> started = new ArrayList<>();
      Future<Void> removed = node.runtime().remove(busy.name(), "test");
      for (int i = 0; i < 40; i++) {
        sent.add(busy.trigger(Json.of(i), Json.EMPTY, null));
        started.add(busy.start());
        if (i % 4 == round % 4) {
          // Lets what was asked for so far come a different way every round.
          Node.nothing(Future.join(sent).otherwiseEmpty());
        }
      }
      Node.nothing(Future.join(sent).otherwiseEmpty());
      Node.nothing(Future.join(started).otherwiseEmpty());
      Node.nothing(removed.otherwiseEmpty());
      boolean stays = node.runtime().process(busy.name()) != null;
      assertEquals(stays, removed.failed());
      if (stays) {
        assertEquals(ErrorCode.ILLEGAL_TRANSITION, ((RuntimeFault) removed.cause()).code());
        node.until(name, "queue_size", 0);
      }
      assertSettled(busy, sent);
    }
  }

  private void assertSettled(AgentProcess process, List<Future<Accepted>> sent) {
    Set<String> settled = listed();
    Set<String> started = new HashSet<>();
    for (EntryData data : entries(process.id())) {
      if (data instanceof EntryData.InvocationStart start) {
        started.addAll(start.eventIds());
      } else if (data instanceof TriggerSettled gone) {
        settled.addAll(gone.eventIds());
      }
    }
    for (Future<Accepted> accepted : sent) {
      if (accepted.succeeded()) {
        String id = accepted.result().eventId();
        assertTrue(settled.contains(id) || started.contains(id), () -> id + " is lost");
      }
    }
  }
}
