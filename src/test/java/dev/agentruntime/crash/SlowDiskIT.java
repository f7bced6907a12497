package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every sync takes half a second or so: answers wait for it, and no event loop does. */
@Needs(Capability.STRACE)
class SlowDiskIT extends OnASite {

  private static final int SYNC_MS = 400;

  private final Whereabouts where = new Whereabouts();
  private final Load load = new Load(where, 4);

  @AfterEach
  void quiet() {
    load.abandon();
  }

  @Test
  void holdsUpAnswersAndNoThread() throws IOException {
    try (RuntimeProcess node = site.startReady("")) {
      node.stop();
    }
    String how = "delay_enter=" + SYNC_MS + "ms:when=4+";
    try (RuntimeProcess node = Site.ready(site.start("", site.strace("fdatasync", how)))) {
      NodeApi api = node.api();
      where.move(api);
      load.start(ALONE, 4);
      await("some that were accepted", () -> load.accepted() >= 4);
      long slowest = 0;
      for (int i = 0; i < 20; i++) {
        long before = System.nanoTime();
        // Asks no process, so it waits for no sync.
        assertEquals(200, api.get("/health").status());
        slowest = Math.max(slowest, System.nanoTime() - before);
      }
      long before = System.nanoTime();
      accept(api, event(1_000_000, "one"));
      assertTrue(
          System.nanoTime() - before >= Duration.ofMillis(SYNC_MS).toNanos() / 2,
          "answered before its sync");
      assertTrue(slowest < Duration.ofMillis(SYNC_MS).toNanos(), "an answer took " + slowest);
      Resolver resolver = new Resolver(ledger, List.of(ALONE), new SplittableRandom(1));
      load.finish(MOMENT, () -> resolver.pass(api));
      awaitIdle(api);
      node.kill9();
      assertFalse(node.said().contains("has been blocked"), "a thread waited for the disk");
    }
    try (RuntimeProcess node = site.startReady("")) {
      awaitIdle(node.api());
      node.stop();
    }
    sent.addAll(load.deliveries);
    assertEquals(List.of(), List.copyOf(load.unexpected));
    audit();
  }
}
