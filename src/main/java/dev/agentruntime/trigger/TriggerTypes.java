package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.Collections;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * The registered types of triggers, by name, and the threads on which their triggers work: each has
 * at most one at a time, and none while it has nothing to do. Safe on every thread.
 */
public final class TriggerTypes {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,63}");

  /** What events say of themselves that no registered type made. */
  private static final Set<String> BUILT_IN =
      Set.of("cron", "webhook", "file_watch", "event", "message", "manual", "ask");

  private final Map<String, TriggerType> types = new ConcurrentSkipListMap<>();
  private final Executor threads;

  /** No types yet, and threads of its own. */
  public TriggerTypes() {
    this(pool());
  }

  /** No types yet; their triggers work on these threads. */
  public TriggerTypes(Executor threads) {
    this.threads = threads;
  }

  /** Grows with the triggers that work at the same moment; idle threads end by themselves. */
  private static Executor pool() {
    AtomicInteger number = new AtomicInteger();
    return Executors.newCachedThreadPool(task -> {
      Thread thread = new Thread(task, "trigger-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    });
  }

  /**
   * The types that the class path offers.
   *
   * @throws RuntimeFault {@link ErrorCode#START_FAILED} when one cannot be loaded, has no usable
   *     name, or when two have the same
   */
  public static TriggerTypes discover(ClassLoader loader) {
    TriggerTypes found = new TriggerTypes();
    try {
      ServiceLoader.load(TriggerType.class, loader).forEach(type -> found.register(type, false));
    } catch (ServiceConfigurationError e) {
      throw new RuntimeFault(
          ErrorCode.START_FAILED,
          "a trigger type on the class path cannot be loaded: " + e.getMessage(),
          e);
    } catch (RuntimeFault e) {
      throw new RuntimeFault(
          ErrorCode.START_FAILED, "trigger types on the class path: " + e.getMessage(), e);
    }
    return found;
  }

  /**
   * Adds a type. Triggers that are made already stay as they are.
   *
   * @param replace whether one of the same name gives way
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when its name is none, that of a built-in
   *     type, or taken
   */
  public void register(TriggerType type, boolean replace) {
    String name = checked(type);
    TriggerType other = replace ? null : types.putIfAbsent(name, type);
    if (replace) {
      types.put(name, type);
    } else if (other != null && other != type) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "trigger type " + Json.quote(name) + " is registered, expected=another name, or to"
              + " replace it, actual=" + other.getClass().getName() + " and "
              + type.getClass().getName());
    }
  }

  /**
   * The name of a type.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it is none, or that of a built-in
   *     type
   */
  public static String checked(TriggerType type) {
    String name = String.valueOf(type.name());
    if (!NAME.matcher(name).matches() || BUILT_IN.contains(name)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "name of trigger type " + type.getClass().getName()
              + ", expected=[a-z][a-z0-9_]*, at most 64 characters, none of "
              + new TreeSet<>(BUILT_IN) + ", actual=" + Json.quote(name));
    }
    return name;
  }

  /**
   * Takes a type away; its triggers go on until their process stops, and cannot start again.
   *
   * @return whether there was one
   */
  public boolean unregister(String name) {
    return types.remove(name) != null;
  }

  /** The names, sorted; changes with what is registered. */
  public Set<String> names() {
    return Collections.unmodifiableSet(types.keySet());
  }

  /** A trigger of a registered type. */
  Trigger create(TriggerConfig.Custom config, TriggerDeps deps) {
    TriggerType type = types.get(config.type());
    if (type == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "trigger " + Json.quote(config.id()) + " of " + deps.process() + " has the type "
              + Json.quote(config.type())
              + ", which is not registered, expected=one of " + types.keySet()
              + "; register it with AgentRuntime.registerTrigger(type), or put the jar that"
              + " provides it (META-INF/services/" + TriggerType.class.getName()
              + ") on the class path, and start the process");
    }
    return new CustomTrigger(config, type, deps, new OwnThread(config.id(), threads));
  }
}
