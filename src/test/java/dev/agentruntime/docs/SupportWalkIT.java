package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.crash.Jvm;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Follows the manual's walk through the support desk word for word, with a kill in the middle. */
@Needs(Capability.SHELL)
class SupportWalkIT {

  private static final String PAGE = "src/docs/support.md";

  @TempDir
  private Path place;

  @Test
  void theWalkWorks() throws Exception {
    Walk walk = new Walk(place);
    walk.copy("agents");
    try (Jvm node = walk.node()) {
      String answer = walk.run(node, PAGE, "password");
      assertTrue(answer.contains("\"status\":\"accepted\""), answer);
      assertTrue(walk.run(node, PAGE, "refund").contains("\"status\":\"accepted\""));
      node.kill9();
    }
    try (Jvm node = walk.node()) {
      String approved = walk.run(node, PAGE, "approve");
      assertTrue(approved.contains("emit_event"), approved);
      assertTrue(approved.contains("\"status\":\"approved\""), approved);
      String refunded = walk.run(node, PAGE, "refunded");
      assertTrue(refunded.contains("\"last_refund\":\"A-100\""), refunded);
      assertTrue(refunded.contains("\"status\":\"approved\""), refunded);
      String denied = walk.run(node, PAGE, "deny");
      assertTrue(denied.contains("denied"), denied);
      assertTrue(denied.contains("nothing was bought"), denied);
      String first =
          walk.bash(node, "curl -s http://127.0.0.1:9100/api/v1/processes/support-tier1\n");
      assertTrue(first.contains("\"accepted_count\":4"), first);
      assertEquals(
          1,
          walk.bash(node, "curl -s 'http://127.0.0.1:9100/api/v1/events?type=support.refund'\n")
                  .split("\"event_id\"", -1)
                  .length
              - 1);
    }
  }
}
