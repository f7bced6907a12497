package dev.agentruntime.cluster;

import dev.agentruntime.bus.Wire.Copy;
import dev.agentruntime.core.ProcessName;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;

/** The processes of this node, as far as the duplicate-owner rule concerns them. */
interface LiveCopies {

  /** All names this node has. */
  List<ProcessName> names();

  /** Those of the names that are live here: started, and not held by an operator or this rule. */
  Future<List<Copy>> live(Collection<ProcessName> names);

  /** Removes a copy that has nothing to lose. */
  Future<Void> withdraw(ProcessName name, String owner);

  /** Suspends a copy until an operator chooses. */
  Future<Void> suspend(ProcessName name, String owner);
}
