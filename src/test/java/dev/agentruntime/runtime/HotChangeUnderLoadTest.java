package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.InvocationResult;
import dev.agentruntime.entry.EntryData.InvocationStart;
import dev.agentruntime.entry.EntryData.ModelReply;
import dev.agentruntime.entry.EntryData.ToolResult;
import dev.agentruntime.entry.EntryData.TriggerAccepted;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * P21: a manifest is changed a hundred times while triggers come in between: each is run once, and
 * each run is one version's from its first word to its last.
 */
@ExtendWith(VertxExtension.class)
final class HotChangeUnderLoadTest {

  private static final int CHANGES = 100;
  private static final int EACH = 25;
  private static final int PAGE = 1_000;

  /** Three turns, of which each says which version it is. */
  private static final String PLAY = """
      rules:
        - when: {turn: 1}
          call: [{tool: context_set, args: {key: said, value: "%1$s"}}]
        - when: {turn: 2}
          delay_ms: 1
          call: [{tool: context_set, args: {key: said, value: "%1$s"}}]
        - say: "%1$s"
      """;

  private static final String MANIFEST = """
      version: "1.0"
      name: busy
      model: script:play-%d.yaml
      instructions: Say which version you are.
      context: {conversation_max_messages: 2}
      config: {concurrency: 8, trigger_inbox_max: 100000}
      """;

  @TempDir
  private Path root;

  @SuppressWarnings("NullAway.Init") // set by the test
  private Node node;

  @AfterEach
  void stop() {
    node.stop();
  }

  private Manifest version(int n) {
    return node.runtime().manifests().readYaml(MANIFEST.formatted(n), "test", node.agents(), false);
  }

  @Test
  void nothingIsLostAndNothingIsMixed(Vertx vertx) throws IOException {
    node = new Node(vertx, root);
    for (int n = 0; n <= CHANGES; n++) {
      Files.writeString(node.agents().resolve("play-" + n + ".yaml"), PLAY.formatted("v" + n));
    }
    node.start(false);
    AgentProcess busy = Node.now(node.runtime().deploy(version(0), true));
    List<Future<Accepted>> sent = new ArrayList<>();
    for (int change = 1; change <= CHANGES; change++) {
      for (int i = 0; i < EACH; i++) {
        sent.add(busy.trigger(Json.of(change), Json.EMPTY, null));
      }
      Node.nothing(node.runtime().replace(busy, version(change)));
    }
    Node.nothing(Future.all(sent));
    node.until("busy", "invocation_count", CHANGES * EACH);

    Set<String> ids = new HashSet<>();
    sent.forEach(accepted -> ids.add(accepted.result().eventId()));
    assertEquals(CHANGES * EACH, ids.size());
    Checked checked = read();
    assertEquals(ids, checked.accepted);
    assertEquals(ids, checked.settled);
    assertTrue(checked.wordOf.size() > CHANGES / 2, () -> "versions that ran: " + checked.wordOf);
  }

  /** What the journal says of all runs. */
  private static final class Checked {
    private final Set<String> accepted = new HashSet<>();
    private final Set<String> settled = new HashSet<>();
    private final Map<String, InvocationStart> open = new HashMap<>();

    /** What a version of the manifest says, always the same. */
    private final Map<Integer, String> wordOf = new HashMap<>();

    private void see(EntryData data) {
      if (data instanceof TriggerAccepted event) {
        assertTrue(accepted.add(event.event().id()), "accepted twice");
      } else if (data instanceof InvocationStart start) {
        open.put(start.invocation().value(), start);
      } else if (data instanceof ModelReply reply) {
        String word = reply.reply().text().isEmpty()
            ? reply.reply().calls().get(0).arguments()
            : reply.reply().text();
        says(reply.invocation().value(), word.replaceAll(".*(v[0-9]+).*", "$1"));
      } else if (data instanceof ToolResult result) {
        assertEquals(1, result.writes().size(), result::toString);
      } else if (data instanceof InvocationResult result) {
        assertEquals(EntryData.Outcome.COMPLETED, result.outcome(), result::toString);
        InvocationStart start = open.remove(result.invocation().value());
        assertNotNull(start, "ended twice");
        start.eventIds().forEach(id -> assertTrue(settled.add(id), "run twice"));
      }
    }

    private void says(String run, String word) {
      InvocationStart start = open.get(run);
      assertNotNull(start, "says something after its end");
      String before = wordOf.putIfAbsent(start.manifestVersion(), word);
      assertTrue(
          before == null || before.equals(word),
          () -> "version " + start.manifestVersion() + " said " + before + " and " + word);
    }
  }

  private Checked read() {
    Checked checked = new Checked();
    ProcessId id = new ProcessId(new ProcessName("busy"), 1);
    long from = 1;
    List<JournalLine> page;
    do {
      page = Node.now(node.runtime().journal().read(id, from, PAGE));
      page.forEach(line -> checked.see(line.entry().data()));
      from += page.size();
    } while (!page.isEmpty());
    return checked;
  }
}
