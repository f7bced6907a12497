package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What was brought to a node while it runs, seen from one of its processes. Safe on every thread.
 */
public final class ProcessExtensions {

  /** Before the name of a registered model in a manifest. */
  public static final String MODEL = "custom:";

  private static final Duration LOOK = Duration.ofMillis(10);

  private ProcessExtensions() {}

  /**
   * The registered models ({@code custom:NAME}) and types of triggers that a process cannot do
   * without; none while it is down.
   */
  public static Future<Set<String>> needs(AgentProcess process) {
    return process.call(kernel -> {
      Set<String> needs = new TreeSet<>();
      ProcessImage.Deployment now = kernel.log().image().deployment();
      if (now != null && Lifecycle.accepts(kernel.log().image().state())) {
        ProcessConfig config = now.config();
        needs.add(config.model());
        needs.addAll(config.fallbacks());
        needs.removeIf(model -> !model.startsWith(MODEL));
        for (TriggerConfig trigger : config.triggers()) {
          if (trigger instanceof TriggerConfig.Custom) {
            needs.add(trigger.type());
          }
        }
      }
      return Future.succeededFuture(needs);
    });
  }

  /**
   * Tools, models or types of triggers are others now: runs that begin from here on have those. A
   * run that is under way ends with what it began with; one that has not ended within the limit, or
   * waits for somebody, goes on as its next attempt, with what it has recorded and with the new
   * ones. So no attempt has some of both.
   *
   * @param types of triggers that are made anew
   * @return when no run has the old ones any more
   */
  public static Future<Void> renew(AgentProcess process, Set<String> types, Duration limit) {
    return process.call(kernel -> {
      kernel.kits().forget();
      Timers timers = kernel.gate().timers();
      Old old =
          new Old(kernel, kernel.invoker().allLive(), timers, timers.nanos() + limit.toNanos());
      kernel.invoker().pump();
      return kernel
          .supervisor()
          .renewTriggers(types)
          .transform(done -> old.end()
              .transform(ended ->
                  done.succeeded() ? Future.succeededFuture() : Future.failedFuture(done.cause())));
    });
  }

  /** What its system process keeps of a node's verticles: name to specification. */
  public static Future<Map<String, Json>> journaled(AgentProcess system, String prefix) {
    return system.call(kernel -> {
      Map<String, Json> found = new TreeMap<>();
      kernel.log().image().cursors().forEach((key, spec) -> {
        if (key.startsWith(prefix)) {
          found.put(key.substring(prefix.length()), spec);
        }
      });
      return Future.succeededFuture(found);
    });
  }

  /** Runs that have what is old now. On the process's context. */
  private record Old(ProcessKernel kernel, Set<LiveRun> runs, Timers timers, long until) {

    Future<Void> end() {
      Set<LiveRun> waiting =
          runs.stream().filter(LiveRun::isWaiting).collect(Collectors.toUnmodifiableSet());
      if (!waiting.isEmpty()) {
        kernel.invoker().again(waiting);
      }
      Promise<Void> ended = Promise.promise();
      look(ended);
      return ended.future();
    }

    private void look(Promise<Void> ended) {
      Set<LiveRun> left = new HashSet<>(runs);
      left.retainAll(kernel.invoker().allLive());
      if (left.isEmpty()) {
        ended.complete();
      } else if (timers.nanos() - until >= 0) {
        kernel.invoker().again(left);
        ended.complete();
      } else {
        Timers.Armed unused = timers.after(LOOK, () -> look(ended));
      }
    }
  }
}
