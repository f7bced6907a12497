package dev.agentruntime.hook;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the hooks of an event came to.
 *
 * @param fired ids of those that were called, in order
 * @param blocked why it must not happen, null when it may
 * @param errors ids of those that are broken, each with why
 */
public record HookWord(List<String> fired, @Nullable String blocked, Map<String, String> errors) {

  /** Nobody was asked. */
  public static final HookWord NONE = new HookWord(List.of(), null, Map.of());

  /** Keeps unmodifiable copies. */
  public HookWord {
    fired = List.copyOf(fired);
    errors = Map.copyOf(errors);
  }
}
