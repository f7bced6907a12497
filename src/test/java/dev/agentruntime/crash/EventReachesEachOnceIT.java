package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One agent emits, two others book what they hear: killed at one certain place of the chain, each
 * of them acts once.
 */
class EventReachesEachOnceIT extends OnASite {

  private static final String EMITS = """
      rules:
        - when: {turn: 1}
          call: [{tool: emit_event, args: {event_type: booking.wanted, data: {n: "{{payload.n}}"}}}]
        - say: "Said."
      """;

  private static final String BOOKS = """
      rules:
        - when: {turn: 1}
          call: [{tool: ledger_idempotent, args: {n: "{{payload.data.n}}"}}]
        - say: "Booked."
      """;

  private static final String LISTENER = """
      version: "1.0"
      name: %s
      model: script:books.yaml
      instructions: Book it.
      triggers:
        - type: event
          id: wanted
          event_type: "booking.*"
          event_source: alone
      """;

  @ParameterizedTest
  @CsvSource({
    "none", // nothing happens
    "ack.before:halt@1", // the commit is durable, nothing was sent
    "inbox.afterWrite:halt@2", // a subscriber has written, nothing is durable
    "inbox.afterSync:halt@2", // a subscriber has it, its acknowledgement is lost
    "inbox.afterSync:halt@3", // both have it
    "deliver.afterAck:halt@1", // both have acknowledged, no entry says so
    "tool.afterCall:halt@1", // one has acted
    "ack.before:halt@2" // one has settled
  })
  void theChain(String failpoint) {
    site.write("play.yaml", EMITS);
    site.write("books.yaml", BOOKS);
    site.write("first.agent", LISTENER.formatted("first"));
    site.write("second.agent", LISTENER.formatted("second"));
    boolean dies = !failpoint.equals("none");
    try (RuntimeProcess node = site.startReady(dies ? failpoint : "")) {
      offer(node.api(), event(1, "both"));
      if (dies) {
        assertTrue(node.awaitEnd(MOMENT), "not reached: " + failpoint);
      } else {
        await("both have booked", () -> ledger.effects().size() == 2);
        node.kill9();
      }
    }
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), sent.get(0));
      await("both have booked", () -> ledger.effects().size() == 2);
      for (String name : List.of(ALONE, "first", "second")) {
        await(name + " has nothing left to do", () -> node.api().isIdle(name));
        await(
            name + " owes nothing",
            () -> "0".equals(String.valueOf(node.api().status(name).get("outbox_size"))));
      }
      node.stop();
    }
    Books books = Books.read(site.journal());
    assertEquals(2, ledger.effects().size());
    assertTrue(ledger.effects().values().stream().allMatch(effect -> effect.effects() == 1));
    long ends = books.count(ALONE, "effect_delivered");
    // One for both; two when only one of them listened yet after the restart.
    assertTrue(ends >= 1 && ends <= 2, () -> "ended " + ends + " times");
    for (String name : List.of("first", "second")) {
      assertEquals(1, books.count(name, "trigger_event"), name);
      assertEquals(1, books.count(name, "invocation_result"), name);
    }
  }
}
