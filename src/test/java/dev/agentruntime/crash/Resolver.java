package dev.agentruntime.crash;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The operator: looks for calls in doubt and says what the ledger says of them. */
final class Resolver {

  private final Ledger ledger;
  private final List<String> processes;
  private final SplittableRandom random;
  private int resolved;

  Resolver(Ledger ledger, List<String> processes, SplittableRandom random) {
    this.ledger = ledger;
    this.processes = processes;
    this.random = random;
  }

  /** How many calls it had to judge. */
  int resolved() {
    return resolved;
  }

  /** Judges all that is in doubt now; a node that goes away meanwhile is nothing to worry about. */
  void pass(NodeApi node) {
    try {
      for (String process : processes) {
        for (NodeApi.InDoubt call : node.inDoubt(process)) {
          judge(node, process, call);
        }
      }
    } catch (IOException gone) {
      // Killed meanwhile: what is in doubt is so after the next start.
    }
  }

  private void judge(NodeApi node, String process, NodeApi.InDoubt call) throws IOException {
    if (!call.tool().equals(LedgerTools.IRREVERSIBLE)) {
      throw new AssertionError("in doubt, and could have been repeated: " + call);
    }
    Map<String, Ledger.Effect> effects = ledger.effects();
    String absent = random.nextBoolean() ? "did_not_happen" : "retry";
    NodeApi.Answer answer =
        node.resolve(process, call, effects.containsKey(call.key()) ? "landed" : absent);
    if (answer.status() == 503 || isOutdated(answer)) {
      return;
    }
    if (answer.status() / 100 != 2) {
      throw new AssertionError("the word on " + call + " was not taken: " + answer);
    }
    resolved++;
  }

  /** Whether the node has learned since that nobody need say anything; the next pass asks anew. */
  private static boolean isOutdated(NodeApi.Answer answer) {
    return answer.body().contains("\"EFFECT_NOT_IN_DOUBT\"")
        || answer.body().contains("\"EFFECT_NOT_FOUND\"");
  }
}
