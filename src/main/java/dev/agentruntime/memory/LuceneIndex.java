package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.jspecify.annotations.Nullable;

/**
 * One open Lucene index. All changes are made by one thread, which commits everything that waits
 * with one sync and only then says so; searches run beside it, on what is committed. An index that
 * failed to write is given up and opened again for the next change. Safe on every thread.
 */
final class LuceneIndex {

  /** Changes that one commit takes. */
  private static final int GROUP_MAX = 1_000;

  private final Path directory;
  private final WorkerExecutor writing;
  private final WorkerExecutor reading;
  private final Queue<Change> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable SearcherManager> searchers = new AtomicReference<>();

  /** Touched by the writing thread only. */
  private @Nullable IndexWriter writer;

  /**
   * An index that is opened when first used.
   *
   * @param writing has one thread
   */
  LuceneIndex(Path directory, WorkerExecutor writing, WorkerExecutor reading) {
    this.directory = directory;
    this.writing = writing;
    this.reading = reading;
  }

  /** What is done to an index; answers how many memories it concerned. */
  interface Work {
    int on(IndexWriter writer) throws IOException;
  }

  /** What is looked up in it. */
  interface Look<T> {
    T in(IndexSearcher searcher) throws IOException;
  }

  /** A change that waits; but for {@code work} touched by the writing thread only. */
  private static final class Change {
    private final Work work;
    private int count;
    private boolean done;
    private @Nullable Exception failure;

    Change(Work work) {
      this.work = work;
    }
  }

  /** Changes the index; answers when the change is committed and can be found. */
  Future<Integer> change(Work work) {
    Change change = new Change(work);
    waiting.add(change);
    return writing.executeBlocking(() -> {
      if (!change.done) {
        commitWaiting();
      }
      if (change.failure != null) {
        throw fault(change.failure);
      }
      return change.count;
    });
  }

  /** Looks into what is committed. */
  <T> Future<T> look(Look<T> look) {
    Future<?> open = searchers.get() == null
        ? writing.executeBlocking(() -> {
          try {
            return open();
          } catch (IOException e) {
            throw fault(e);
          }
        })
        : Future.succeededFuture();
    return open.compose(ready -> reading.executeBlocking(() -> found(look), false));
  }

  private <T> T found(Look<T> look) {
    SearcherManager manager = searchers.get();
    if (manager == null) {
      throw fault(new IOException("the index was closed"));
    }
    try {
      IndexSearcher searcher = manager.acquire();
      try {
        return look.in(searcher);
      } finally {
        manager.release(searcher);
      }
    } catch (IOException e) {
      throw fault(e);
    }
  }

  /** One commit for everything that waits. */
  private void commitWaiting() {
    List<Change> group = new ArrayList<>();
    for (Change next = waiting.poll(); next != null; next = waiting.poll()) {
      group.add(next);
      if (group.size() == GROUP_MAX) {
        commit(group);
        group.clear();
      }
    }
    commit(group);
  }

  private void commit(List<Change> group) {
    try {
      IndexWriter open = open();
      for (Change change : group) {
        change.count = change.work.on(open);
      }
      open.commit();
      SearcherManager manager = searchers.get();
      if (manager != null) {
        manager.maybeRefreshBlocking();
      }
    } catch (IOException | RuntimeException e) {
      giveUp(e);
      group.forEach(change -> change.failure = e);
    }
    group.forEach(change -> change.done = true);
  }

  private IndexWriter open() throws IOException {
    IndexWriter known = writer;
    if (known != null) {
      return known;
    }
    new RealDisk().createDirectories(directory);
    IndexWriter opened = new IndexWriter(
        FSDirectory.open(directory),
        new IndexWriterConfig(new StandardAnalyzer())
            .setCodec(new LuceneCodec())
            .setCommitOnClose(false));
    writer = opened;
    searchers.set(new SearcherManager(opened, null));
    return opened;
  }

  /** What is not committed is lost, and its callers are told; the next change opens it again. */
  private void giveUp(Exception cause) {
    try {
      closeNow();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private void closeNow() throws IOException {
    SearcherManager manager = searchers.getAndSet(null);
    IndexWriter open = writer;
    writer = null;
    if (manager != null) {
      manager.close();
    }
    if (open != null) {
      try {
        open.rollback();
      } finally {
        open.getDirectory().close();
      }
    }
  }

  /** Ends it; whatever was acknowledged is on disk already. */
  Future<Void> close() {
    return writing.executeBlocking(() -> {
      closeNow();
      return null;
    });
  }

  private RuntimeFault fault(Exception cause) {
    if (cause instanceof RuntimeFault known) {
      return known;
    }
    String why = cause instanceof LockObtainFailedException
        ? "it is in use by another program"
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
    return new RuntimeFault(
        ErrorCode.MEMORY_UNAVAILABLE,
        "the memory in " + directory + " cannot be used, expected=an index that this version reads"
            + " and room on the disk, actual=" + why + "; it can be moved away, and begins anew"
            + " then",
        cause);
  }
}
