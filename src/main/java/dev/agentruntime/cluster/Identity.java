package dev.agentruntime.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.MemberAttributeConfig;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import java.util.Optional;

/**
 * What a node says of itself before anything else. It travels as attributes of the Hazelcast
 * member, so every member knows it of every other the moment they see each other.
 *
 * @param node the node's id
 * @param member the id of this run of the node, drawn at its start
 * @param directory the id of its data directory: nodes that say the same share it
 * @param journalFormat the version of the journal it writes
 * @param wireVersion the version of the messages it speaks
 */
record Identity(NodeId node, String member, String directory, int journalFormat, int wireVersion) {

  private static final String PREFIX = "agentruntime.";

  /** Attributes a configuration. */
  void writeTo(MemberAttributeConfig attributes) {
    attributes
        .setAttribute(PREFIX + "node", node.value())
        .setAttribute(PREFIX + "member", member)
        .setAttribute(PREFIX + "directory", directory)
        .setAttribute(PREFIX + "journal", String.valueOf(journalFormat))
        .setAttribute(PREFIX + "wire", String.valueOf(wireVersion));
  }

  /** Reads a member's, empty when it is no node of ours. */
  static Optional<Identity> of(Member member) {
    String node = member.getAttribute(PREFIX + "node");
    String run = member.getAttribute(PREFIX + "member");
    String directory = member.getAttribute(PREFIX + "directory");
    if (node == null || run == null || directory == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Identity(
          new NodeId(node),
          run,
          directory,
          Integer.parseInt(member.getAttribute(PREFIX + "journal")),
          Integer.parseInt(member.getAttribute(PREFIX + "wire"))));
    } catch (RuntimeFault | NumberFormatException e) {
      return Optional.empty(); // whoever writes such attributes is none of ours
    }
  }
}
