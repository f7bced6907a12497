package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** An event whose run ends the JVM each time is set aside, and the others have their turn. */
class PoisonIT extends OnASite {

  @Test
  void isADeadLetterAfterSoManyEndsAndHoldsNobodyUp() throws IOException {
    site.write(
        ALONE + ".agent",
        Site.manifest(ALONE, 1, "Keep the books.") + "trigger_delivery:\n  max_crashes: 2\n");
    for (int end = 1; end <= 2; end++) {
      try (RuntimeProcess node = site.start("tool.afterCall:halt@1")) {
        if (end == 1) {
          assertTrue(node.awaitReady());
          offer(node.api(), event(1, "one"));
        }
        assertTrue(node.awaitEnd(MOMENT), "the failpoint was not reached");
      }
    }
    try (RuntimeProcess node = site.startReady("tool.afterCall:halt@1")) {
      await("a dead letter", () -> deadLetters(node.api()) == 1);
      node.stop();
    }
    try (RuntimeProcess node = site.startReady("")) {
      assertEquals(1, deadLetters(node.api()));
      accept(node.api(), event(2, "one"));
      awaitIdle(node.api());
      assertEquals(2, ledger.effects().size());
      node.api().command(ALONE, "dead-letters/redeliver");
      awaitIdle(node.api());
      assertEquals(0, deadLetters(node.api()));
      node.stop();
    }

    assertEquals(2, ledger.effects().size(), "booked again under another key");
    Books books = Books.read(site.journal());
    assertEquals(3, books.count(ALONE, "invocation_result"));
    assertEquals(1, books.count(ALONE, "dead_letter"));
  }

  private static long deadLetters(NodeApi node) throws IOException {
    return node.status(ALONE).get("dead_letter_count") instanceof Long count ? count : -1;
  }
}
