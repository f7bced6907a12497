package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.desk.MessageDesk.Draft;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.PeopleEntry.Priority;
import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who calls himself otherwise each time. */
class ManySendersTest {

  private static Future<Json> leaves(HandProcess hand, String sender) {
    Draft draft =
        new Draft("hello", PeopleEntry.Type.CONTEXT, sender, Priority.NORMAL, null, Json.EMPTY);
    Future<Json> left = hand.kernel().oversee(all -> all.messages().leave(draft, "alice"));
    hand.flush();
    return left;
  }

  @Test
  void areBoundedTogetherAndOverARestart() {
    HandProcess hand = HandProcess.running(
        ApprovalWorld.config("{\"inbox\":{\"max_messages\":2,\"rate_limit_per_sender\":2}}"));
    for (int i = 0; i < 1_000; i++) {
      assertTrue(leaves(hand, "mallory-" + i).succeeded());
    }
    hand.restart(false);
    hand.flush();
    RuntimeFault more = (RuntimeFault) leaves(hand, "mallory-1000").cause();
    assertEquals(ErrorCode.RATE_LIMITED, more.code());
    assertTrue(leaves(hand, "mallory-7").succeeded(), "who is known has his own limit");
    RuntimeFault often = (RuntimeFault) leaves(hand, "mallory-7").cause();
    assertEquals(ErrorCode.RATE_LIMITED, often.code());
    hand.pass(Duration.ofHours(1));
    hand.flush();
    assertTrue(leaves(hand, "bob").succeeded());
  }
}
