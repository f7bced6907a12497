package dev.agentruntime.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.MemberAttributeConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.NodeId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JoinCheckTest {

  private static Identity identity(String node, int journal, int wire) {
    return new Identity(new NodeId(node), "run-of-" + node, "dir", journal, wire);
  }

  private static Peer peer(String node, int journal, int wire) {
    return new Peer(identity(node, journal, wire), "127.0.0.1:25701", 0, false);
  }

  @Test
  void nodesOfOneKindJoin() {
    var older = List.of(peer("node-1", 1, 1), peer("node-2", 1, 1));
    assertTrue(JoinCheck.refusal(identity("node-3", 1, 1), older, List.of()).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "node-2, 1, 2, 'wire version, expected=1, actual=2'",
    "node-2, 3, 1, 'journal format, expected=1, actual=3'",
    "node-1, 1, 1, 'node id node-1, expected=one that no member has'",
  })
  void aDifferentOneIsRefusedByName(String node, int journal, int wire, String why) {
    var older = List.of(peer("node-1", 1, 1));
    Failure refusal =
        JoinCheck.refusal(identity(node, journal, wire), older, List.of()).orElseThrow();
    assertEquals(ErrorCode.START_FAILED, refusal.code());
    assertTrue(refusal.message().contains(why), refusal.message());
    assertTrue(refusal.message().contains("node-1 at 127.0.0.1:25701"), refusal.message());
  }

  @Test
  void amongStrangersNobodyStays() {
    Failure refusal = JoinCheck.refusal(
            identity("node-1", 1, 1), List.of(), List.of("[127.0.0.1]:25701"))
        .orElseThrow();
    assertTrue(
        refusal.message().contains("another program at [[127.0.0.1]:25701]"), refusal.message());
  }

  @Test
  void whatANodeSaysOfItselfIsPlainText() {
    MemberAttributeConfig attributes = new MemberAttributeConfig();
    identity("node-1", 1, 2).writeTo(attributes);
    assertEquals("node-1", attributes.getAttribute("agentruntime.node"));
    assertEquals("1", attributes.getAttribute("agentruntime.journal"));
    assertEquals("2", attributes.getAttribute("agentruntime.wire"));
    assertEquals(5, attributes.getAttributes().size());
  }
}
