package dev.agentruntime.journal;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.codec.ControlLine;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The journal of a node in segment files: group commit by one writer thread.
 *
 * <p>Takes appends only after a first {@link #replay}. An entry that is not the next of its process
 * is refused with {@code VERSION_CONFLICT}, one of more than 16 MiB with {@code PAYLOAD_TOO_LARGE};
 * neither closes the journal. Safe for every thread.
 */
public final class FileJournal implements Journal {

  /** The version of the line format that this class writes. */
  public static final int FORMAT = ControlLine.FORMAT;

  private final JournalLog log;
  private final LogQueue queue;
  private final Keeping keeping;
  private final Worker worker;
  private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean parked = new AtomicBoolean();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final @Nullable Thread writer;

  private FileJournal(
      Disk disk, JournalSettings settings, Worker worker, Worker keeper, boolean live) {
    this.worker = worker;
    Executor preparer = live ? FileJournal::startPreparer : Runnable::run;
    this.log = new JournalLog(disk, settings, preparer, FileJournal::tell);
    this.queue = log.queue();
    this.writer = live ? new Thread(this::run, "journal-" + settings.node()) : null;
    this.keeping = new LogKeeping(disk, settings, log, new LogKeeping.Threads() {
      @Override
      public <T> Future<T> writer(Callable<T> task) {
        return byWriter(task);
      }

      @Override
      public <T> Future<T> own(Callable<T> task) {
        return keeper.run(task);
      }
    });
  }

  /** Runs what may block, and tells the caller. */
  private interface Worker {
    <T> Future<T> run(Callable<T> task);
  }

  /**
   * Opens the journal of a node, making it when there is none, and locks its directory.
   *
   * @return fails with {@code DIRECTORY_LOCKED} when another runtime has it, with {@code STORAGE}
   *     when the disk refuses
   */
  public static Future<FileJournal> open(Vertx vertx, Disk disk, JournalSettings settings) {
    Worker worker = new Worker() {
      @Override
      public <T> Future<T> run(Callable<T> task) {
        return vertx.executeBlocking(() -> guarded(task), false);
      }
    };
    WorkerExecutor keepers = vertx.createSharedWorkerExecutor("journal-keeping", 1);
    Worker keeper = new Worker() {
      @Override
      public <T> Future<T> run(Callable<T> task) {
        return keepers.executeBlocking(() -> guarded(task));
      }
    };
    return worker.run(() -> {
      FileJournal journal = new FileJournal(disk, settings, worker, keeper, true);
      journal.start();
      return journal;
    });
  }

  /**
   * Opens a journal that has no thread: everything happens inside the calls, and appends become
   * durable in {@link #drain}. For simulations.
   */
  public static FileJournal byHand(Disk disk, JournalSettings settings) {
    Worker worker = new Worker() {
      @Override
      public <T> Future<T> run(Callable<T> task) {
        try {
          return Future.succeededFuture(guarded(task));
        } catch (Exception e) {
          return Future.failedFuture(e);
        }
      }
    };
    FileJournal journal = new FileJournal(disk, settings, worker, worker, false);
    try {
      journal.start();
    } catch (IOException e) {
      throw storage(e);
    }
    return journal;
  }

  private void start() throws IOException {
    log.open();
    if (writer != null) {
      writer.setDaemon(true);
      writer.start();
    }
  }

  /**
   * One step of the writer, for a journal opened {@link #byHand}: writes and syncs one group and
   * completes its futures.
   *
   * @return false when nothing was waiting
   */
  @CanIgnoreReturnValue
  public boolean drain() {
    return log.drain();
  }

  @Override
  public Future<Void> append(EncodedEntry entry) {
    Promise<Void> promise = Promise.promise();
    RuntimeFault refused = queue.offer(
        new LogQueue.Pending(entry, promise, Vertx.currentContext(), queue.generation()));
    if (refused != null) {
      return Future.failedFuture(refused);
    }
    wake();
    return promise.future();
  }

  @Override
  public boolean accepting() {
    return queue.accepting();
  }

  @Override
  public boolean durable() {
    return true;
  }

  @Override
  public Future<Replayed> replay(EntrySink sink) {
    return worker.run(() -> log.replay(sink));
  }

  @Override
  public Future<Replayed> recover(Folding into) {
    return worker.run(() -> log.replay(into));
  }

  @Override
  public Future<Long> first(ProcessId process) {
    return log.isWhole() ? Future.succeededFuture(1L) : worker.run(() -> log.first(process));
  }

  @Override
  public Future<List<JournalLine>> read(ProcessId process, long from, int limit) {
    return worker.run(() -> log.read(process, from, limit));
  }

  @Override
  public void onFailure(Consumer<RuntimeFault> listener) {
    log.onFailure(listener);
  }

  @Override
  public Future<Void> reopen() {
    return byWriter(() -> {
          log.reopen();
          return true;
        })
        .mapEmpty();
  }

  @Override
  public Future<Stretch> stretch() {
    return ended.get() ? Future.succeededFuture(Stretch.NONE) : byWriter(log::stretch);
  }

  @Override
  public @Nullable String shortage() {
    return log.maker().shortage();
  }

  @Override
  public Future<Void> replenish() {
    if (shortage() == null || ended.get()) {
      return Future.succeededFuture();
    }
    return byWriter(() -> {
          log.maker().replenish();
          return true;
        })
        .mapEmpty();
  }

  @Override
  public Keeping keeping() {
    return keeping;
  }

  @Override
  public Future<Void> close() {
    if (ended.get()) {
      return Future.succeededFuture();
    }
    return byWriter(() -> {
          ended.set(true);
          log.close();
          return true;
        })
        .mapEmpty();
  }

  /** Runs a command between two groups, on the thread that owns the log. */
  private <T> Future<T> byWriter(Callable<T> command) {
    if (writer == null) {
      return worker.run(command);
    }
    if (ended.get()) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.JOURNAL_CLOSED, "journal, expected=open, actual=it was closed"));
    }
    Promise<T> promise = Promise.promise();
    Context context = Vertx.currentContext();
    commands.add(() -> {
      Future<T> outcome = outcome(command);
      onContext(context, () -> promise.handle(outcome));
    });
    wake();
    return promise.future();
  }

  private static <T> Future<T> outcome(Callable<T> command) {
    try {
      return Future.succeededFuture(guarded(command));
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }

  private void wake() {
    if (parked.get() && parked.compareAndSet(true, false)) {
      LockSupport.unpark(writer);
    }
  }

  private void run() {
    while (!ended.get()) {
      Runnable command = commands.poll();
      if (command != null) {
        command.run();
      } else if (!log.drain()) {
        parked.set(true);
        // Whoever came before the flag was seen did not wake us, so look once more.
        if (queue.isIdle() && commands.isEmpty()) {
          LockSupport.park(this);
        }
        parked.set(false);
      }
    }
    for (Runnable late = commands.poll(); late != null; late = commands.poll()) {
      late.run();
    }
  }

  /** Tells a group's callers, one hop for each run of entries from one context. */
  private static void tell(List<LogQueue.Pending> group, @Nullable RuntimeFault failure) {
    int from = 0;
    while (from < group.size()) {
      Context context = group.get(from).context();
      int to = from + 1;
      while (to < group.size() && group.get(to).context() == context) {
        to++;
      }
      List<LogQueue.Pending> run = group.subList(from, to);
      onContext(context, () -> complete(run, failure));
      from = to;
    }
  }

  private static void complete(List<LogQueue.Pending> run, @Nullable RuntimeFault failure) {
    for (LogQueue.Pending pending : run) {
      if (failure == null) {
        pending.promise().complete();
      } else {
        pending.promise().fail(failure);
      }
    }
  }

  private static void onContext(@Nullable Context context, Runnable action) {
    if (context == null) {
      action.run();
    } else {
      context.runOnContext(nothing -> action.run());
    }
  }

  private static void startPreparer(Runnable task) {
    Thread thread = new Thread(task, "journal-segments");
    thread.setDaemon(true);
    thread.start();
  }

  private static <T> T guarded(Callable<T> task) throws Exception {
    try {
      return task.call();
    } catch (IOException e) {
      throw storage(e);
    }
  }

  private static RuntimeFault storage(IOException e) {
    return new RuntimeFault(ErrorCode.STORAGE, "journal: " + e, e);
  }
}
