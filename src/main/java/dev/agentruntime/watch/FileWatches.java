package dev.agentruntime.watch;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.disk.FileTree;
import dev.agentruntime.disk.RealFileTree;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * Makes the triggers that watch files. Safe on every thread.
 *
 * @param tree shows the files
 * @param base what relative paths are relative to
 * @param worker does what blocks
 */
public record FileWatches(FileTree tree, Path base, Worker worker) {

  /** A file system that hangs holds these threads, and nobody else's. */
  private static final int THREADS = 4;

  /** Does what blocks, away from event loops, a bounded number of tasks at a time. */
  public interface Worker {
    /** Runs a task; the future fails with what it threw. */
    <T> Future<T> run(Callable<T> task);
  }

  /** The machine's files, looked at on a few threads of their own. */
  public static FileWatches of(Vertx vertx, Path base) {
    WorkerExecutor pool = vertx.createSharedWorkerExecutor("file-watch", THREADS);
    Worker worker = new Worker() {
      @Override
      public <T> Future<T> run(Callable<T> task) {
        return pool.executeBlocking(task, false);
      }
    };
    return new FileWatches(new RealFileTree(), base, worker);
  }

  /** A trigger, not yet started; its start fails when the directory cannot be watched. */
  public Trigger create(TriggerConfig.FileWatch config, TriggerDeps deps) {
    return new FileWatchTrigger(config, deps, this, SystemChanges::open);
  }
}
