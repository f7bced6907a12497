package dev.agentruntime.watch;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.FileTree;
import dev.agentruntime.disk.RealFileTree;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.trigger.ListSink;
import dev.agentruntime.trigger.TriggerDeps;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A file watch on a real directory, with time wound by hand, work done where it is asked for, and a
 * source that says what the test says.
 */
final class WatchFixture {

  static final Instant START = Instant.parse("2026-03-01T09:00:00Z");

  final ManualTimers timers = new ManualTimers(START);
  final ListSink sink = new ListSink();
  final Path root;
  FileTree tree = new RealFileTree();
  boolean deaf;
  int opened;
  int closed;
  private SystemChanges.Source.@Nullable Listener listener;
  private final Path base;

  WatchFixture(Path base) {
    this.base = base;
    this.root = base.resolve("in");
  }

  static TriggerConfig.FileWatch config(String... events) {
    return config(usual(), List.of("*"), events);
  }

  static TriggerConfig.WatchPolicy usual() {
    return TriggerConfig.WatchPolicy.DEFAULT;
  }

  static TriggerConfig.WatchPolicy firing() {
    TriggerConfig.WatchPolicy usual = usual();
    return new TriggerConfig.WatchPolicy(
        true, usual.debounce(), usual.settle(), true, usual.rescan(), false);
  }

  static TriggerConfig.FileWatch config(
      TriggerConfig.WatchPolicy policy, List<String> patterns, String... events) {
    return new TriggerConfig.FileWatch(
        "files",
        "in",
        patterns,
        events.length == 0 ? List.of("created", "modified") : List.of(events),
        policy,
        TriggerConfig.Rules.NONE);
  }

  FileWatchTrigger trigger(TriggerConfig.FileWatch config) {
    FileWatches.Worker worker = new FileWatches.Worker() {
      @Override
      public <T> Future<T> run(Callable<T> task) {
        try {
          return Future.succeededFuture(task.call());
        } catch (Exception e) {
          return Future.failedFuture(e);
        }
      }
    };
    FileWatches files = new FileWatches(tree, base, worker);
    TriggerDeps deps = new TriggerDeps(
        new ProcessName("watcher"),
        Runnable::run,
        timers,
        Ids.seeded(timers, new Random(1)),
        secret -> "",
        null,
        new Subscriptions(new NodeId("node-1")));
    return new FileWatchTrigger(config, deps, files, (path, recursive, told) -> {
      if (deaf) {
        throw new IOException("User limit of inotify instances reached");
      }
      opened++;
      listener = told;
      return () -> closed++;
    });
  }

  @CanIgnoreReturnValue
  FileWatchTrigger start(TriggerConfig.FileWatch config) {
    FileWatchTrigger trigger = trigger(config);
    Future<Void> started = trigger.start(sink);
    if (started.failed()) {
      throw new AssertionError(started.cause());
    }
    return trigger;
  }

  /** Writes a file whose time goes on by a second with each write. */
  void write(String name, String text) {
    try {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      clock = clock.plusSeconds(1);
      Files.setLastModifiedTime(file, FileTime.from(clock));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Instant clock = START;

  void delete(String name) {
    try {
      Files.delete(root.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void move(String from, String to) {
    try {
      Files.move(root.resolve(from), root.resolve(to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SystemChanges.Source.Listener listener() {
    return Objects.requireNonNull(listener, "nobody listens");
  }

  /** Says that something happened to these. */
  void tell(String... names) {
    SystemChanges.Source.Listener told = listener();
    for (String name : names) {
      try {
        told.changed(root.toRealPath().resolve(name));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  void advance(Duration by) {
    timers.advance(by);
  }

  /** What fired: {@code kind path}. */
  List<String> fires() {
    List<String> out = new ArrayList<>();
    for (TriggerEvent event : sink.events()) {
      out.add(event.payload().object().get("event_type") + " "
          + event.payload().object().get("relative"));
    }
    return out;
  }
}
