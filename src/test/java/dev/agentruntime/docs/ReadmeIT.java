package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.crash.Jvm;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Follows the README's walk word for word, on other ports and in a directory of its own. */
@Needs(Capability.SHELL)
class ReadmeIT {

  private static final String README = "README.md";
  private static final String HEAD = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
  private static final Pattern EVENT = Pattern.compile("\"event_id\":\"([0-9A-Z]{26})\"");

  @TempDir
  private Path place;

  @Test
  void theWalkWorks() throws Exception {
    Walk walk = new Walk(place);
    walk.copy("agents");
    walk.copy("src/test/resources/github");
    String first;
    try (Jvm node = walk.node()) {
      first = walk.run(node, README, "push");
      assertTrue(first.contains("202 Accepted"), first);
      assertTrue(first.contains("\"status\":\"accepted\""), first);
      untilContextHolds(walk, node);

      String seen = walk.run(node, README, "look");
      assertTrue(seen.contains("\"last_push\":\"" + HEAD + "\""), seen);
      assertTrue(seen.contains("\"outcome\":\"completed\""), seen);
      assertTrue(seen.contains("\"type\":\"tool_result\""), seen);
      assertTrue(seen.contains("Recorded " + HEAD), seen);
      assertTrue(seen.contains("\"k\":\"invocation_result\""), seen);
      node.kill9();
    }
    try (Jvm again = walk.node()) {
      untilContextHolds(walk, again);
      String second = walk.run(again, README, "push");
      assertTrue(second.contains("\"duplicate\":true"), second);
      assertEquals(eventId(first), eventId(second));
      again.term();
      assertTrue(again.awaitEnd(Duration.ofSeconds(40)), again.said());
      assertEquals(0, again.exitCode(), again.said());
    }
  }

  private static void untilContextHolds(Walk walk, Jvm node) throws Exception {
    String command = "for i in $(seq 1 300); do curl -s http://127.0.0.1:9100/api/v1/processes/"
        + "ci-assistant/context | grep -q " + HEAD + " && exit 0; sleep 0.1; done; exit 1\n";
    String unused = walk.bash(node, command);
  }

  private static String eventId(String answer) {
    Matcher matcher = EVENT.matcher(answer);
    assertTrue(matcher.find(), answer);
    return matcher.group(1);
  }
}
