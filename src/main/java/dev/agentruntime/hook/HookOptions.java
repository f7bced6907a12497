package dev.agentruntime.hook;

import dev.agentruntime.config.HookConfig;
import dev.agentruntime.guard.Glob;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a hook is called.
 *
 * @param process a glob of the processes it is about
 * @param priority the higher is called first; of equals the one registered first
 * @param once whether it is called once only
 * @param tag by which it may be removed, null = none
 * @param timeout how long it is waited for
 */
public record HookOptions(
    String process, int priority, boolean once, @Nullable String tag, Duration timeout) {

  /** For all processes, any number of times. */
  public static final HookOptions DEFAULT =
      new HookOptions("*", 0, false, null, HookConfig.TIMEOUT);

  /** Refuses a glob that is none. */
  public HookOptions {
    Glob unused = Glob.of(process);
  }

  /** The same for some processes only. */
  public HookOptions process(String glob) {
    return new HookOptions(glob, priority, once, tag, timeout);
  }

  /** The same, before those of lower numbers. */
  public HookOptions priority(int number) {
    return new HookOptions(process, number, once, tag, timeout);
  }

  /** The same, called once only. */
  public HookOptions calledOnce() {
    return new HookOptions(process, priority, true, tag, timeout);
  }

  /** The same, to be found by a tag. */
  public HookOptions tagged(String name) {
    return new HookOptions(process, priority, once, name, timeout);
  }

  /** The same, waited for so long. */
  public HookOptions timeout(Duration limit) {
    return new HookOptions(process, priority, once, tag, limit);
  }
}
