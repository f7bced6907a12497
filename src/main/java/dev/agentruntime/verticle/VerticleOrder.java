package dev.agentruntime.verticle;

import dev.agentruntime.core.Json;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to have deployed.
 *
 * @param name what it is deployed as
 * @param jar the jar, null = a class on the class path, or with {@code replace} the jar that is
 *     there
 * @param main the verticle's class, null = the jar's {@code Main-Class}, or with {@code replace}
 *     and no jar the one that is there
 * @param options what the verticle finds in its configuration; null = none, or what is there
 * @param instances null = one, or as many as there are
 * @param threading {@code event_loop, worker, virtual_thread}; null = event_loop, or as it is
 * @param replace whether one of this name gives way
 * @param force whether processes that need what would be gone are stopped
 * @param by who wants it
 */
public record VerticleOrder(
    String name,
    byte @Nullable [] jar,
    @Nullable String main,
    @Nullable Json options,
    @Nullable Integer instances,
    @Nullable String threading,
    boolean replace,
    boolean force,
    String by) {

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VerticleOrder order
        && name.equals(order.name)
        && Arrays.equals(jar, order.jar);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
