package dev.agentruntime.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A hook of the node's settings: a program that is asked.
 *
 * @param command the program and its arguments; no shell
 * @param timeout how long it may take, 10 ms..60 s; default 5 s
 * @param cwd its working directory, null = that of the node
 * @param env its environment beside PATH, by name
 * @param process a glob of the processes it is about; default all
 * @param priority the higher is called first, -1,000..1,000; default 0
 * @param once whether it is called once only
 * @param tag by which it may be found, null = none
 */
public record HookConfig(
    HookEvent event,
    List<String> command,
    Duration timeout,
    @Nullable String cwd,
    Map<String, SecretRef> env,
    String process,
    int priority,
    boolean once,
    @Nullable String tag) {

  /** How long one may take by default. */
  public static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Keeps unmodifiable copies. */
  public HookConfig {
    command = List.copyOf(command);
    env = Map.copyOf(env);
  }
}
