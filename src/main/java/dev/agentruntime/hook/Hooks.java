package dev.agentruntime.hook;

import dev.agentruntime.child.Child;
import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The hooks of a node. Those of one event are called one after the other, the highest priority
 * first; one that blocks ends the chain, one that is broken is recorded and passed over. Safe on
 * every thread.
 */
public final class Hooks {

  /** Calls of one hook at a time; more wait, and their waiting counts. */
  public static final int WORKERS = 4;

  private static final System.Logger LOG = System.getLogger(Hooks.class.getName());

  private final Function<String, HookWorkers> workers;
  private final Timers timers;
  private final UnaryOperator<String> redact;
  private final HookSwitch power = new HookSwitch();
  private final AtomicLong born = new AtomicLong();
  private final AtomicReference<List<RegisteredHook>> hooks = new AtomicReference<>(List.of());

  /**
   * No hooks yet.
   *
   * @param workers makes threads for a hook, by a name of its own
   * @param redact takes known secrets out of what hooks say
   */
  public Hooks(Function<String, HookWorkers> workers, Timers timers, UnaryOperator<String> redact) {
    this.workers = workers;
    this.timers = timers;
    this.redact = redact;
  }

  /** Registers a hook for all processes; answers its id. */
  public String register(HookEvent event, Hook hook) {
    return register(event, hook, HookOptions.DEFAULT);
  }

  /** Registers a hook; answers its id. */
  public String register(HookEvent event, Hook hook, HookOptions options) {
    return add(event, "java", hook, options);
  }

  /**
   * Registers a program of the settings; answers its id.
   *
   * @param secrets finds the values of its environment; called on a worker and may block
   */
  public String register(HookConfig config, Function<SecretRef, String> secrets) {
    return add(
        config.event(),
        "shell",
        new ShellHook(config, secrets, redact, timers, power),
        new HookOptions(
            config.process(), config.priority(), config.once(), config.tag(), config.timeout()));
  }

  private String add(HookEvent event, String kind, Hook hook, HookOptions options) {
    String id = "hook-" + born.incrementAndGet();
    RegisteredHook registered = new RegisteredHook(
        new RegisteredHook.Identity(id, event, kind, options),
        hook,
        timers,
        workers.apply(System.identityHashCode(this) + "-" + id),
        power);
    List<RegisteredHook> unused = hooks.updateAndGet(all -> {
      List<RegisteredHook> next = new ArrayList<>(all);
      next.add(registered);
      next.sort(Comparator.comparingInt((RegisteredHook one) -> one.options().priority())
          .reversed());
      return List.copyOf(next);
    });
    return id;
  }

  /** Removes a hook; whether there was one. */
  public boolean remove(String id) {
    return removeAll(hook -> hook.id().equals(id)) > 0;
  }

  /** Removes the hooks of a tag; how many there were. */
  public int removeByTag(String tag) {
    return removeAll(hook -> tag.equals(hook.options().tag()));
  }

  /** Removes all hooks. */
  public void clear() {
    int unused = removeAll(hook -> true);
  }

  private int removeAll(Predicate<RegisteredHook> which) {
    List<RegisteredHook> before = Objects.requireNonNull(
        hooks.getAndUpdate(all -> all.stream().filter(which.negate()).toList()));
    List<RegisteredHook> gone = before.stream().filter(which).toList();
    gone.forEach(hook -> {
      Future<Void> ignored = hook.close();
    });
    return gone.size();
  }

  /** {@code [{"id","event","type","process","priority","once","tag","called",...}]}, as asked. */
  public List<Json> registered() {
    return all().stream().map(hook -> Json.of(hook.status())).toList();
  }

  private List<RegisteredHook> all() {
    return Objects.requireNonNull(hooks.get());
  }

  /** Whether nobody is registered. */
  public boolean isEmpty() {
    return all().isEmpty();
  }

  /** Whether anybody would be called; costs next to nothing when nobody is registered. */
  public boolean hears(HookEvent event, ProcessName process) {
    for (RegisteredHook hook : all()) {
      if (hook.hears(event, process)) {
        return true;
      }
    }
    return false;
  }

  /**
   * All work of the node is ended: no hook is called any more, and programs are killed with all
   * they have started.
   *
   * @return when these have ended; not waited for longer than {@link Child#GRACE}
   */
  public Future<Void> halt() {
    power.off();
    Promise<Void> over = Promise.promise();
    Timers.Armed limit = timers.after(Child.GRACE, over::tryComplete);
    Future<Void> ended =
        Future.join(all().stream().map(RegisteredHook::halt).toList()).mapEmpty();
    return Future.any(ended, over.future()).onComplete(done -> limit.cancel()).mapEmpty();
  }

  /** Hooks are called again, after {@link #halt}. */
  public void goOn() {
    power.on();
  }

  /**
   * Calls the hooks of an event. The future completes on any thread; it fails with KILLED when all
   * work of the node is ended before they have been heard, and with nothing else.
   *
   * @param data plain JSON values by name
   */
  public Future<HookWord> dispatch(
      HookEvent event,
      ProcessName process,
      Map<String, @Nullable Object> data,
      Map<String, @Nullable Object> metadata) {
    List<RegisteredHook> chain =
        all().stream().filter(hook -> hook.hears(event, process)).toList();
    if (chain.isEmpty()) {
      return Future.succeededFuture(HookWord.NONE);
    }
    HookCall call = new HookCall(event, process, timers.now(), data, metadata);
    return new Chain(chain, power.turn()).from(0, call);
  }

  /** One pass over the hooks of an event. */
  private final class Chain {

    private final List<RegisteredHook> hooks;
    private final long turn;
    private final List<String> fired = new ArrayList<>();
    private final Map<String, String> errors = new LinkedHashMap<>();

    Chain(List<RegisteredHook> hooks, long turn) {
      this.hooks = hooks;
      this.turn = turn;
    }

    Future<HookWord> from(int index, HookCall call) {
      if (!power.isOn(turn)) {
        return Future.failedFuture(HookSwitch.ended());
      }
      int next = index;
      while (next < hooks.size() && !hooks.get(next).take()) {
        next++;
      }
      if (next == hooks.size()) {
        return Future.succeededFuture(new HookWord(fired, null, errors));
      }
      RegisteredHook hook = hooks.get(next);
      int after = next + 1;
      fired.add(hook.id());
      return hook.call(call, turn).transform(done -> {
        if (!power.isOn(turn)) {
          // Nobody hears what it said: it is asked again, also one that is asked once.
          hook.giveBack();
          return Future.failedFuture(HookSwitch.ended());
        }
        if (hook.options().once()) {
          boolean unused = remove(hook.id());
        }
        if (done.succeeded()) {
          return from(
              after,
              new HookCall(
                  call.event(), call.process(), call.time(), done.result(), call.metadata()));
        }
        if (done.cause() instanceof HookBlocked blocked) {
          return Future.succeededFuture(
              new HookWord(fired, redact.apply(blocked.reason()), errors));
        }
        String why = redact.apply(RegisteredHook.why(done.cause()));
        errors.put(hook.id(), why);
        LOG.log(
            System.Logger.Level.WARNING,
            "hook {0} for {1} of {2} is broken: {3}",
            hook.id(),
            call.event().word(),
            call.process(),
            why);
        return from(after, call);
      });
    }
  }
}
