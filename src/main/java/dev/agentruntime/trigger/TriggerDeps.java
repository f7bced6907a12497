package dev.agentruntime.trigger;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.disk.FileTree;
import dev.agentruntime.disk.RealFileTree;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the triggers of one process are made with.
 *
 * @param process whose triggers they are
 * @param context hops onto the process's context
 * @param timers the clock
 * @param ids ids of events that no request brought
 * @param secrets finds a secret's value; throws a fault when there is none
 * @param web where webhooks arrive, null in a runtime without {@code web}
 * @param bus where events and messages are heard
 * @param types the registered types
 * @param files where files are watched, null where none are
 */
public record TriggerDeps(
    ProcessName process,
    Executor context,
    Timers timers,
    Ids ids,
    Function<SecretRef, String> secrets,
    @Nullable Web web,
    Subscriptions bus,
    TriggerTypes types,
    @Nullable Files files) {

  /** Without types that others wrote, for a place where no files are watched. */
  public TriggerDeps(
      ProcessName process,
      Executor context,
      Timers timers,
      Ids ids,
      Function<SecretRef, String> secrets,
      @Nullable Web web,
      Subscriptions bus) {
    this(process, context, timers, ids, secrets, web, bus, new TriggerTypes(), null);
  }

  /**
   * Where webhooks arrive.
   *
   * @param routes opens paths
   * @param ingress the node's own listener, for manifests that name none
   */
  public record Web(WebhookRoutes routes, HostPort ingress) {}

  /**
   * Where files are watched.
   *
   * @param tree shows them
   * @param base what relative paths are relative to
   * @param worker does what blocks
   */
  public record Files(FileTree tree, Path base, Worker worker) {

    /** A file system that hangs holds these threads, and nobody else's. */
    private static final int THREADS = 4;

    /** The machine's files, looked at on a few threads of their own. */
    public static Files of(Vertx vertx, Path base) {
      WorkerExecutor pool = vertx.createSharedWorkerExecutor("file-watch", THREADS);
      Worker worker = new Worker() {
        @Override
        public <T> Future<T> run(Callable<T> task) {
          return pool.executeBlocking(task, false);
        }
      };
      return new Files(new RealFileTree(), base, worker);
    }
  }

  /** Does what blocks, away from event loops, a bounded number of tasks at a time. */
  public interface Worker {
    /** Runs a task; the future fails with what it threw. */
    <T> Future<T> run(Callable<T> task);
  }
}
