package dev.agentruntime.cluster;

import dev.agentruntime.bus.Wire.ClaimAnswer.Word;
import dev.agentruntime.core.ProcessName;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who among nodes with data directories of their own deploys a name that several of them want:
 * everybody is asked, whoever wants it too lets the older node go first, and nobody takes back what
 * it granted. Decides over values.
 *
 * <p>Owned by: the cluster's context.
 */
final class ClaimVotes {

  private final Set<ProcessName> owned = new HashSet<>();
  private final Map<ProcessName, Set<String>> wanted = new HashMap<>();
  private boolean recovered;

  /** What the journal knows; before it is known, nobody is granted anything. */
  void recovered(Collection<ProcessName> names) {
    owned.addAll(names);
    recovered = true;
  }

  /** Begins to want a name; whoever does has recovered. */
  void want(ProcessName name) {
    recovered = true;
    wanted.put(name, new HashSet<>());
  }

  /** Another member lets this node have a name that it wants. */
  void granted(ProcessName name, String member) {
    Set<String> granted = wanted.get(name);
    if (granted != null) {
      granted.add(member);
    }
  }

  /** Ends wanting a name. */
  void settle(ProcessName name, boolean won) {
    wanted.remove(name);
    if (won) {
      owned.add(name);
    }
  }

  /** A name is no longer this node's. */
  void release(ProcessName name) {
    owned.remove(name);
  }

  /** Whether a name is this node's. */
  boolean owns(ProcessName name) {
    return owned.contains(name);
  }

  /**
   * Answers another member that wants a name.
   *
   * @param member who asks
   * @param older whether it is older than this node
   */
  Word answer(ProcessName name, String member, boolean older) {
    if (owned.contains(name)) {
      return Word.OWNED;
    }
    if (!recovered) {
      return Word.LATER;
    }
    Set<String> granted = wanted.get(name);
    if (granted == null) {
      return Word.GRANTED;
    }
    // It may have granted us the name before it began to want it: then it is ours to take.
    return older && !granted.contains(member) ? Word.GRANTED : Word.LATER;
  }
}
