package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.governance.Approvals;
import dev.agentruntime.governance.Approvals.Asked;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.oversight.ApprovalWord;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A process wound by hand whose calls wait for approval, for tests. */
final class ApprovalWorld {

  static final String TOOLS = "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false}}";
  static final String PAY = "{\"amount\":5,\"to\":\"bob\"}";

  private ApprovalWorld() {}

  /** The usual process with some more keys of a manifest. */
  static ProcessConfig config(String keys) {
    return config(HandProcess.config(ProcessConfig.Run.DEFAULT), keys);
  }

  static ProcessConfig config(ProcessConfig usual, String keys) {
    Map<String, @Nullable Object> all =
        new LinkedHashMap<>(ManifestReader.of(usual).resolved().object());
    all.putAll(Json.parse(keys).object());
    return ManifestReader.fromResolved(Json.of(all));
  }

  /** A process whose first run wants to charge and waits. */
  static HandProcess waiting(String keys) {
    HandProcess hand = HandProcess.running(config(keys));
    wantsToPay(hand);
    assertEquals(1, approvals(hand).waiting().size());
    return hand;
  }

  /** The next run wants to charge. */
  static void wantsToPay(HandProcess hand) {
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    hand.want("charge", PAY);
  }

  static Approvals approvals(HandProcess hand) {
    return hand.image().governance().approvals();
  }

  /** The only request that waits. */
  static Asked only(HandProcess hand) {
    List<Asked> waiting = approvals(hand).waiting();
    assertEquals(1, waiting.size());
    return waiting.get(0);
  }

  static ApprovalWord yes(HandProcess hand) {
    return word(only(hand).request().id(), true, null);
  }

  static ApprovalWord no(HandProcess hand) {
    return word(only(hand).request().id(), false, null);
  }

  static ApprovalWord word(String id, boolean approves, @Nullable String arguments) {
    return new ApprovalWord(
        id,
        approves,
        arguments == null ? null : Json.parse(arguments),
        "because",
        "alice",
        null,
        null);
  }

  static Future<Json> decide(HandProcess hand, ApprovalWord word) {
    Future<Json> answer = hand.kernel().oversee(all -> all.approvals().decide(word));
    hand.flush();
    return answer;
  }

  @CanIgnoreReturnValue
  static Map<String, @Nullable Object> decided(HandProcess hand, ApprovalWord word) {
    return hand.answer(hand.kernel().oversee(all -> all.approvals().decide(word)));
  }

  /** The code of what a decision is refused with. */
  static String refused(HandProcess hand, ApprovalWord word) {
    Future<Json> answer = decide(hand, word);
    assertTrue(answer.failed(), () -> "not refused: " + answer.result());
    return ((RuntimeFault) answer.cause()).code().name();
  }
}
