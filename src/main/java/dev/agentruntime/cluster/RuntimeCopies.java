package dev.agentruntime.cluster;

import dev.agentruntime.bus.Wire.Copy;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** {@link LiveCopies} of a running node. Safe on every thread. */
final class RuntimeCopies implements LiveCopies {

  private static final Set<String> GONE =
      Set.of(ProcessState.STOPPED.word(), ProcessState.STOPPING.word(), ProcessState.FAILED.word());

  private final AgentRuntime runtime;

  RuntimeCopies(AgentRuntime runtime) {
    this.runtime = runtime;
  }

  @Override
  public List<ProcessName> names() {
    return runtime.processes().stream().map(AgentProcess::name).toList();
  }

  @Override
  public Future<List<Copy>> live(Collection<ProcessName> names) {
    List<Future<List<Copy>>> copies = new ArrayList<>();
    for (ProcessName name : names) {
      AgentProcess process = runtime.process(name);
      if (process != null) {
        copies.add(live(process));
      }
    }
    return Future.all(copies)
        .map(all -> copies.stream().flatMap(copy -> copy.result().stream()).toList());
  }

  private static Future<List<Copy>> live(AgentProcess process) {
    return process.status(false).compose(status -> {
      if (!isLive(status.object())) {
        return Future.succeededFuture(List.of());
      }
      return process.deployed().map(now -> List.of(new Copy(process.name(), now.accepted() > 0)));
    });
  }

  /** A copy that only idles wakes by itself; one that somebody holds does not. */
  static boolean isLive(Map<?, ?> status) {
    String state = String.valueOf(status.get("state"));
    if (state.equals(ProcessState.SUSPENDED.word())) {
      return List.of("idle").equals(status.get("suspended_by"));
    }
    return !GONE.contains(state);
  }

  @Override
  public Future<Void> withdraw(ProcessName name, String owner) {
    return runtime.remove(name, "duplicate-owner: also live on " + owner);
  }

  @Override
  public Future<Void> suspend(ProcessName name, String owner) {
    AgentProcess process = Objects.requireNonNull(runtime.process(name));
    return process.suspend("duplicate-owner: also live on " + owner
        + "; remove it on one of the nodes and resume it on the other");
  }
}
