package dev.agentruntime.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of a process.
 *
 * @param byName in the order of the manifest
 * @param revokeOnStop whether a stop takes the values out of memory; default true. Without it a
 *     value and its time to live outlast a stop
 */
public record SecretsConfig(Map<String, Secret> byName, boolean revokeOnStop) {

  /** None. */
  public static final SecretsConfig NONE = new SecretsConfig(Map.of(), true);

  /** Keeps an unmodifiable copy. */
  public SecretsConfig {
    byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  /**
   * One secret.
   *
   * @param source where its value is found
   * @param ttl how long a value is good after it was read, null = for ever
   * @param expose whether the model may see the value; it is then not redacted
   * @param tools globs of the tools that may be given it in their arguments; headers that the
   *     manifest writes need no entry
   */
  public record Secret(
      SecretRef source, @Nullable Duration ttl, boolean expose, List<String> tools) {
    /** Keeps an unmodifiable copy. */
    public Secret {
      tools = List.copyOf(tools);
    }
  }
}
