package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Follows the manual's walk with the watchdog word for word, with a kill in the middle. */
@Needs(Capability.SHELL)
class WatchdogWalkIT {

  private static final String PAGE = "src/docs/watchdog.md";

  @TempDir
  private Path place;

  @Test
  void theWalkWorks() throws Exception {
    Walk walk = new Walk(place);
    walk.copy("agents");
    try (var node = walk.node()) {
      String first = walk.run(node, PAGE, "first");
      assertTrue(first.contains("\"duplicate\":true"), first);
      String forged = walk.bash(
          node,
          "curl -s http://127.0.0.1:9090/hooks/pagerduty -H 'Content-Type: application/json'"
              + " -H 'X-PagerDuty-Signature: v1=" + "0".repeat(64) + "' -d '{}'\n");
      assertTrue(forged.contains("INVALID_SIGNATURE"), forged);
      node.kill9();
    }
    try (var node = walk.node()) {
      String second = walk.run(node, PAGE, "second");
      assertTrue(second.contains("checkout"), second);
      String oncall =
          walk.bash(node, "curl -s http://127.0.0.1:9100/api/v1/processes/infrastructure-oncall\n");
      assertTrue(oncall.contains("\"accepted_count\":1"), oncall);
    }
  }
}
