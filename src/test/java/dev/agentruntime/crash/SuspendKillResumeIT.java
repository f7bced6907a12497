package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Suspended stays suspended, and what was accepted meanwhile runs in its order, open runs first.
 */
class SuspendKillResumeIT extends OnASite {

  @Test
  void keepsTheOrderOverSuspensionAndKill() throws IOException {
    // The second call is the irreversible one: its run is open and in doubt from here on.
    try (RuntimeProcess node = site.startReady("tool.afterCall:halt@2")) {
      offer(node.api(), event(1, "both"));
      assertEquals(true, node.awaitEnd(MOMENT), "the failpoint was not reached");
    }
    NodeApi.InDoubt call;
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), sent.get(0));
      call = awaitInDoubt(node.api());
      node.api().command(ALONE, "suspend");
      for (int n = 2; n <= 12; n++) {
        accept(node.api(), event(n, n % 4 == 0 ? "both" : "one"));
      }
      node.kill9();
    }
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      accept(api, event(13, "one"));
      assertSuspended(api, 12);
      assertEquals(200, api.resolve(ALONE, call, "landed").status());
      assertSuspended(api, 12);
      assertEquals(2, ledger.effects().size(), "something was booked while suspended");
      api.command(ALONE, "resume");
      awaitIdle(api);
      node.stop();
    }
    Books books = audit();
    assertEquals(13, books.count(ALONE, "invocation_result"));
    assertEquals(13 + 4, ledger.effects().size());
  }

  private static void assertSuspended(NodeApi api, long queued) throws IOException {
    Map<String, ?> status = api.status(ALONE);
    assertEquals("suspended", status.get("state"));
    assertEquals(queued, status.get("queue_size"));
    assertEquals(1L, status.get("running"));
  }
}
