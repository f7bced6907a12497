package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.hook.Hook;
import dev.agentruntime.hook.HookBlocked;
import dev.agentruntime.hook.HookWatch;
import dev.agentruntime.hook.HookWorkers;
import dev.agentruntime.hook.Hooks;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;

/** A process wound by hand with hooks that are run at once, or when they are told to. */
abstract class HookWorld {

  /** Tasks of hooks that wait to be run, when {@link #held} says so. */
  final Deque<Runnable> pending = new ArrayDeque<>();

  final List<String> called = new ArrayList<>();
  final HandProcess hand = new HandProcess();
  boolean held;
  final Hooks hooks = new Hooks(name -> new ByHand(), new OfNow(), text -> text);
  final HookWatch watch = new HookWatch(hooks);

  /** The clock that the process has now; it gets another one when it comes back. */
  private final class OfNow implements Timers {
    @Override
    public Instant now() {
      return hand.timers.now();
    }

    @Override
    public long nanos() {
      return hand.timers.nanos();
    }

    @Override
    public Armed after(Duration delay, Runnable task) {
      return hand.timers.after(delay, task);
    }

    @Override
    public Armed every(Duration period, Runnable task) {
      return hand.timers.every(period, task);
    }
  }

  /** Runs hooks at once, or when it is told. */
  private final class ByHand implements HookWorkers {
    @Override
    public <T> Future<T> run(Callable<T> task) {
      Promise<T> answer = Promise.promise();
      Runnable now = () -> {
        try {
          answer.complete(task.call());
        } catch (Exception e) {
          answer.fail(e);
        }
      };
      if (held) {
        pending.add(now);
      } else {
        now.run();
      }
      return answer.future();
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  final void on(HookEvent event, Hook hook) {
    String unused = hooks.register(event, call -> {
      called.add(event.word());
      hook.call(call);
    });
  }

  final void blocks(HookEvent event) {
    on(event, call -> {
      throw new HookBlocked("not today");
    });
  }

  final void start() {
    start(HandProcess.config(ProcessConfig.Run.DEFAULT));
  }

  final void start(ProcessConfig config) {
    hand.around = deps -> deps.seenBy(watch, hooks);
    hand.open();
    hand.deploy(config);
    Future<Void> started = hand.start();
    hand.flush();
    assertTrue(started.succeeded(), () -> "" + started.cause());
  }

  final void offer() {
    Future<?> taken = hand.offer("go");
    hand.flush();
    assertTrue(taken.succeeded(), () -> "" + taken.cause());
  }

  final void letHooksGo() {
    while (!pending.isEmpty()) {
      pending.remove().run();
      hand.flush();
    }
  }
}
