package dev.agentruntime.past;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.replay.ForkScan;
import dev.agentruntime.replay.ForkSeat;
import dev.agentruntime.replay.Past;
import dev.agentruntime.run.Kits;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** The what-if copies of one process, the newest few. Owned by: the process's context. */
public final class Forks {

  /** Copies that run at a time. */
  public static final int RUNNING_MAX = 4;

  /** Copies that have ended and are still told of; the oldest go first. */
  public static final int ENDED_MAX = 16;

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final Kits kits;
  private final Gate gate;
  private final Executor context;
  private final Map<String, Fork> running = new LinkedHashMap<>();
  private final Map<String, Json> ended = new LinkedHashMap<>();
  private int born;
  private int reading;
  private int closed;

  Forks(ProcessLog log, ProcessDeps deps, Kits kits, Gate gate, Executor context) {
    this.log = log;
    this.deps = deps;
    this.kits = kits;
    this.gate = gate;
    this.context = context;
  }

  /**
   * Sets one going.
   *
   * @return fails with NOT_FOUND when there is no such entry or nothing to run again behind it,
   *     NOT_KEPT, OVERLOADED, INVALID_CONFIG, and while the process may not work
   */
  public Future<Fork> begin(ForkOrder order, Past past) {
    Gate.Condition condition = gate.condition();
    if (condition != null) {
      throw condition.fault(log.image());
    }
    Rewinder.requireEntry(log.image(), order.at());
    if (reading + running.size() >= RUNNING_MAX) {
      throw new RuntimeFault(
          ErrorCode.OVERLOADED,
          "forks of " + log.image().id().name() + " that run, expected<=" + RUNNING_MAX
              + "; wait for one, or end it");
    }
    born++;
    ProcessName name = log.image().id().name().fork(born);
    long position = log.image().sequence();
    reading++;
    int then = closed;
    return log.durable()
        .compose(done -> ForkScan.read(past, name, order.at(), position))
        .onComplete(read -> reading--)
        .map(scan -> {
          if (closed != then) {
            throw new RuntimeFault(ErrorCode.CANCELLED, "all work was ended meanwhile");
          }
          return begin(order, scan);
        });
  }

  private Fork begin(ForkOrder order, ForkScan scan) {
    Json manifest = Fork.manifest(scan.manifest().manifest(), order);
    ProcessConfig config = ManifestReader.fromResolved(manifest);
    Kits.Kit kit = kits.make(config, log.image().id().name());
    for (String tool : order.answers().keySet()) {
      if (kit.tools().find(tool) == null) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG, "answers: " + kit.tools().unknown(tool));
      }
    }
    ForkSeat seat = new ForkSeat(
        config,
        new ForkModel(kit.model(), new BudgetDesk(log, deps)),
        kit.tools(),
        new ForkGuard(log, kits.secrets().vault()),
        deps.timers(),
        context);
    Fork fork = Fork.begin(order, scan, manifest, seat);
    ProcessName name = fork.name();
    running.put(name.value(), fork);
    // Only what it says is kept: its image may be large.
    fork.ended().onSuccess(said -> {
      running.remove(name.value());
      ended.put(name.value(), said);
      if (ended.size() > ENDED_MAX) {
        ended.remove(ended.keySet().iterator().next());
      }
    });
    return fork;
  }

  /** One of them; throws FORK_NOT_FOUND. */
  public Json show(String name) {
    Fork fork = running.get(name);
    Json said = fork == null ? ended.get(name) : fork.show();
    if (said == null) {
      throw new RuntimeFault(
          ErrorCode.FORK_NOT_FOUND,
          "there is no fork " + Json.quote(name) + ", expected=one of " + names() + "; the newest "
              + ENDED_MAX + " that have ended are told of, until the node stops");
    }
    return said;
  }

  /** All names, those that have ended first. */
  public List<String> names() {
    List<String> all = new ArrayList<>(ended.keySet());
    all.addAll(running.keySet());
    return all;
  }

  /** Ends one and forgets it. */
  public void remove(String name) {
    Json unused = show(name);
    Fork fork = running.get(name);
    if (fork != null) {
      fork.cancel();
    }
    ended.remove(name);
  }

  /** Ends all of them. */
  public void close() {
    closed++;
    List.copyOf(running.values()).forEach(Fork::cancel);
  }
}
