package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * F44: a process that works is removed, and the node is killed meanwhile. It is gone or it is
 * there, and what it had accepted has run or is listed as cancelled, once.
 */
class RemovedThenKilledIT extends OnASite {

  private static final int ROUNDS = 6;
  private static final int EACH = 12;

  /** How long the node lives on at most, once the removal was sent: some are done by then. */
  private static final long LIFE_NANOS = 300_000_000;

  private static final String PATH = "/api/v1/processes/" + ALONE;

  private final SplittableRandom random = new SplittableRandom(Long.getLong("seed", 44));

  @Test
  void itIsGoneOrThereAndWhatItAcceptedIsSettled() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      try (RuntimeProcess node = site.startReady("")) {
        works(node.api());
        List<CompletableFuture<Void>> early = send(node.api(), EACH);
        early.forEach(CompletableFuture::join);
        List<CompletableFuture<Void>> late = send(node.api(), EACH);
        CompletableFuture<NodeApi.Answer> removal = CompletableFuture.supplyAsync(() -> {
          try {
            return node.api().delete(PATH);
          } catch (IOException e) {
            throw new CompletionException(e);
          }
        });
        LockSupport.parkNanos(random.nextLong(LIFE_NANOS));
        node.kill9();
        late.forEach(RemovedThenKilledIT::endedSomehow);
        endedSomehow(removal);
      }
    }
    try (RuntimeProcess node = site.startReady("")) {
      works(node.api());
      awaitIdle(node.api());
      assertEquals(204, node.api().delete(PATH).status());
      assertEquals(404, node.api().get(PATH).status());
      node.stop();
    }
    judge();
  }

  /** As it was or anew, its file is still there; stopped, it goes on when it is told to. */
  private static void works(NodeApi api) throws IOException {
    await("a process", () -> api.get(PATH).status() == 200);
    Map<String, ?> status = api.status(ALONE);
    if ("stopped".equals(status.get("state"))) {
      assertTrue(Answers.text(status, "reason").contains("removed"), status::toString);
      api.command(ALONE, "start");
    }
    await("one that runs", () -> "running".equals(api.status(ALONE).get("state")));
  }

  private List<CompletableFuture<Void>> send(NodeApi api, int count) {
    List<CompletableFuture<Void>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Load.Delivery event = event(sent.size() + 1L, "one");
      answers.add(api.deliver(event.process(), event.key(), event.body()).thenAccept(answer -> {
        if (answer.status() == 202) {
          event.ids().add(Answers.text(answer.object(), "event_id"));
        } else {
          assertTrue(Set.of(404, 409, 503).contains(answer.status()), answer::toString);
        }
      }));
    }
    return answers;
  }

  /** Answered, or cut off. */
  private static void endedSomehow(CompletableFuture<?> request) {
    try {
      var unused = request.join();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof IOException)) {
        throw e;
      }
    }
  }

  private void judge() {
    Books books = Books.read(site.journal());
    assertTrue(books.report().damaged().isEmpty(), books.report()::toString);
    Map<String, Integer> ends = new HashMap<>();
    Map<InvocationId, List<String>> open = new HashMap<>();
    Set<String> calls = new HashSet<>();
    for (JournalEntry entry : books.of(ALONE)) {
      if (entry.data() instanceof EntryData.InvocationStart start) {
        open.put(start.invocation(), start.eventIds());
      } else if (entry.data() instanceof EntryData.InvocationResult result) {
        List<String> events = open.remove(result.invocation());
        assertNotNull(events, () -> "a second end of " + result.invocation());
        events.forEach(id -> ends.merge(id, 1, Integer::sum));
      } else if (entry.data() instanceof EntryData.TriggerSettled settled) {
        settled.eventIds().forEach(id -> ends.merge(id, 1, Integer::sum));
      } else if (entry.data() instanceof EntryData.ToolCall call) {
        calls.add(call.key());
      }
    }
    System.out.println("removed, then killed: durable removals "
        + books.count(ALONE, "process_removed") + " of " + (ROUNDS + 1) + ", events "
        + ends.size() + ", cancelled " + books.count(ALONE, "trigger_settled"));
    assertEquals(Map.of(), open);
    sent.forEach(event -> event.ids().forEach(id -> assertEquals(1, ends.get(id), event::key)));
    ledger.effects().forEach((key, effect) -> {
      assertTrue(calls.contains(key), () -> "no journal knows of " + effect);
      assertEquals(1, effect.effects(), effect::toString);
    });
  }
}
