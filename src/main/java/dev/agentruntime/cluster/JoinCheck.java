package dev.agentruntime.cluster;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import java.util.List;
import java.util.Optional;

/**
 * Whether a node that just joined may stay: its formats are those of the members before it and its
 * id is its own. Decides over values; the younger node is the one that leaves.
 */
final class JoinCheck {

  private JoinCheck() {}

  /**
   * Why {@code self} may not stay.
   *
   * @param self the joining node
   * @param older the nodes that were there before it
   * @param foreign the addresses of members that are no nodes of ours
   */
  static Optional<Failure> refusal(Identity self, List<Peer> older, List<String> foreign) {
    if (!foreign.isEmpty()) {
      return Optional.of(new Failure(
          ErrorCode.START_FAILED,
          "node " + self.node() + " cannot join, expected=members that are nodes of this"
              + " runtime, actual=another program at " + foreign
              + "; give the cluster a name and ports of its own"));
    }
    return older.stream().flatMap(peer -> between(self, peer).stream()).findFirst();
  }

  private static Optional<Failure> between(Identity self, Peer peer) {
    Identity other = peer.identity();
    if (other.wireVersion() != self.wireVersion()) {
      return refused(self, "wire version", peer, other.wireVersion(), self.wireVersion());
    }
    if (other.journalFormat() != self.journalFormat()) {
      return refused(self, "journal format", peer, other.journalFormat(), self.journalFormat());
    }
    if (other.node().equals(self.node())) {
      return Optional.of(new Failure(
          ErrorCode.START_FAILED,
          "node id " + self.node() + ", expected=one that no member has, actual=taken by " + peer
              + "; name another with --node"));
    }
    return Optional.empty();
  }

  private static Optional<Failure> refused(
      Identity self, String what, Peer peer, int expected, int actual) {
    return Optional.of(new Failure(
        ErrorCode.START_FAILED,
        "node " + self.node() + " cannot join the cluster of " + peer + ": " + what + ", expected="
            + expected + ", actual=" + actual));
  }
}
