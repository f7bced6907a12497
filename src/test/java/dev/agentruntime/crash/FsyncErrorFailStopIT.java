package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The kernel itself refuses a write or a sync of the journal: nothing of that group is acknowledged
 * or done, the node opens a new segment, and what it acknowledged is there after a kill.
 */
@Needs(Capability.STRACE)
class FsyncErrorFailStopIT extends OnASite {

  private final Whereabouts where = new Whereabouts();
  private final Load load = new Load(where, 3);

  @AfterEach
  void quiet() {
    load.abandon();
  }

  /**
   * @param calls the system call that fails
   * @param how how often a thread has made it then, and with what error
   * @param end whether the node is killed while the journal is closed, or goes on by itself first
   */
  @ParameterizedTest
  @CsvSource({
    "fdatasync, error=EIO:when=9, goes on",
    "fdatasync, error=EIO:when=14, is killed",
    "fdatasync, error=EIO:when=25..27, goes on",
    "pwrite64, error=EIO:when=12, is killed",
    "pwrite64, error=ENOSPC:when=30..33, goes on"
  })
  void nothingIsAcknowledgedUntilItIsOpenAgain(String calls, String how, String end)
      throws IOException {
    Resolver resolver = new Resolver(ledger, List.of(ALONE), new SplittableRandom(how.hashCode()));
    try (RuntimeProcess node = Site.ready(site.start("", site.strace(calls, how)))) {
      where.move(node.api());
      load.start(ALONE, 4);
      await("a closed journal", () -> {
        resolver.pass(node.api());
        return node.said().contains("closed for writing");
      });
      if (end.equals("goes on")) {
        await("the journal open again", () -> {
          resolver.pass(node.api());
          return node.said().contains("the journal is open again") && load.accepted() > 40;
        });
      }
      where.move(null);
      node.kill9();
    }
    try (RuntimeProcess node = site.startReady("")) {
      where.move(node.api());
      load.finish(MOMENT, () -> resolver.pass(node.api()));
      await("nothing left to do", () -> {
        resolver.pass(node.api());
        return node.api().isIdle(ALONE);
      });
      node.stop();
    }
    sent.addAll(load.deliveries);
    assertEquals(List.of(), List.copyOf(load.unexpected));
    assertTrue(load.accepted() > 0);
    audit();
  }
}
