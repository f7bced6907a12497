package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.EntryData;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** SIGTERM lets the steps in flight end: nothing is lost, nothing is left in doubt. */
class SigtermUnderLoadIT extends OnASite {

  private static final int STOPS = 5;

  private final Whereabouts where = new Whereabouts();
  private final Load load = new Load(where, 1);

  @AfterEach
  void quiet() {
    load.abandon();
  }

  @Test
  void drains() throws IOException {
    load.start(ALONE, 4);
    for (int i = 0; i < STOPS; i++) {
      try (RuntimeProcess node = site.startReady("")) {
        assertEquals(List.of(), node.api().inDoubt(ALONE), "a drain left a call in doubt");
        where.move(node.api());
        long wanted = load.accepted() + 12;
        await("some events", () -> load.accepted() >= wanted);
        node.stop();
        where.move(null);
      }
    }
    try (RuntimeProcess node = site.startReady("")) {
      where.move(node.api());
      load.finish(MOMENT, () -> {});
      awaitIdle(node.api());
      node.stop();
    }
    sent.addAll(load.deliveries);
    assertEquals(List.of(), List.copyOf(load.unexpected));
    Books books = audit();
    assertTrue(books.report().cleanStop(), "no closing line");
    long starts = books.of("@node-1").stream()
        .filter(entry -> entry.data() instanceof EntryData.Restart)
        .peek(entry -> assertTrue(((EntryData.Restart) entry.data()).clean(), entry::toString))
        .count();
    assertEquals(STOPS + 1, starts);
  }
}
