package dev.agentruntime.watch;

import io.methvin.watcher.DirectoryChangeEvent;
import io.methvin.watcher.DirectoryChangeEvent.EventType;
import io.methvin.watcher.DirectoryChangeListener;
import io.methvin.watcher.DirectoryWatcher;
import io.methvin.watcher.visitor.FileTreeVisitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What the operating system tells about a directory, on a thread per directory. Nothing is hashed:
 * no file is read.
 */
final class SystemChanges {

  private static final System.Logger LOG = System.getLogger(SystemChanges.class.getName());

  /** Where word comes from that something changed in a directory; it need not be complete. */
  @FunctionalInterface
  interface Source {
    /**
     * Begins to listen; what changes after the return is told. Blocks.
     *
     * @param root a real directory
     * @param recursive whether directories below are listened to as well
     * @throws IOException when the system offers no more watches, or none for this directory
     */
    Listening open(Path root, boolean recursive, Listener listener) throws IOException;

    /** Is told on the source's own thread, which it must not hold. */
    interface Listener {

      /** Something happened to a path, an absolute one. */
      void changed(Path path);

      /** Something happened of which no more is known. */
      void overflowed();

      /** Nothing more will be told. */
      void ended();
    }

    /** Listening that can be ended. */
    interface Listening {
      /** Ends it. Blocks. */
      void close() throws IOException;
    }
  }

  private SystemChanges() {}

  /** Listens as {@link Source} says. */
  static Source.Listening open(Path root, boolean recursive, Source.Listener listener)
      throws IOException {
    DirectoryWatcher watcher = DirectoryWatcher.builder()
        .path(root)
        .fileHashing(false)
        .fileTreeVisitor((path, onDirectory, onFile) -> {
          if (recursive || path.equals(root)) {
            Files.walkFileTree(path, new Directories(root, recursive, onDirectory, onFile));
          }
        })
        .listener(new Ear(listener))
        .build();
    CompletableFuture<Void> running = watcher.watchAsync(task -> {
      Thread thread = new Thread(task, "file-watch " + root.getFileName());
      thread.setDaemon(true);
      thread.start();
    });
    if (running.isCompletedExceptionally()) {
      watcher.close();
      throw cause(running);
    }
    CompletableFuture<Void> unused = running.whenComplete((done, failure) -> {
      if (failure != null) {
        LOG.log(System.Logger.Level.WARNING, "watching " + root + " failed", failure);
      }
      listener.ended();
    });
    return watcher::close;
  }

  private static IOException cause(CompletableFuture<Void> failed) {
    try {
      failed.join();
      return new IOException("not watched");
    } catch (CompletionException e) {
      Throwable cause = e.getCause() instanceof UncheckedIOException unchecked
          ? unchecked.getCause()
          : e.getCause();
      return cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
    }
  }

  private record Ear(Source.Listener listener) implements DirectoryChangeListener {
    @Override
    public void onEvent(DirectoryChangeEvent event) {
      if (event.eventType() == EventType.OVERFLOW) {
        listener.overflowed();
      } else {
        listener.changed(event.path());
      }
    }

    @Override
    public void onException(Exception e) {
      LOG.log(System.Logger.Level.WARNING, "watching met {0}, so all is read anew", e.toString());
      listener.overflowed();
    }
  }

  /** Follows no link, and passes over what cannot be read: the scan reports that. */
  private static final class Directories extends SimpleFileVisitor<Path> {
    private final Path root;
    private final boolean recursive;
    private final FileTreeVisitor.Callback onDirectory;
    private final FileTreeVisitor.Callback onFile;

    private Directories(
        Path root,
        boolean recursive,
        FileTreeVisitor.Callback onDirectory,
        FileTreeVisitor.Callback onFile) {
      this.root = root;
      this.recursive = recursive;
      this.onDirectory = onDirectory;
      this.onFile = onFile;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      if (!recursive && !directory.equals(root)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      try {
        onDirectory.call(directory);
        return FileVisitResult.CONTINUE;
      } catch (NoSuchFileException | AccessDeniedException e) {
        if (directory.equals(root)) {
          throw e;
        }
        return FileVisitResult.SKIP_SUBTREE;
      }
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      onFile.call(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
      return FileVisitResult.CONTINUE;
    }
  }
}
