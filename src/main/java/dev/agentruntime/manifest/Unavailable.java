package dev.agentruntime.manifest;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the reference's schema knows and this version does not do yet. A row leaves the table when
 * its feature comes; until then a manifest that asks for it is refused, never half obeyed.
 */
public final class Unavailable {

  /** Of a manifest, beside the keys of {@link #PROCESS}. */
  static final Set<String> MANIFEST = Set.of("entrypoint");

  /** Of a process: top level, {@code config:} and the JSON of the API. */
  static final Set<String> PROCESS = Set.of(
      "open_mode",
      "identity",
      "guardrails",
      "observe",
      "cache",
      "optimize_tools",
      "adaptive",
      "heartbeat_interval");

  /** Of the node's settings. */
  public static final Set<String> RUNTIME = Set.of("metrics", "tracing", "postgres");

  /** Values that mean something later, by key. */
  public static final Map<String, List<String>> VALUES = Map.of(
      "execution_mode", List.of("open"),
      "backend", List.of("postgres"));

  private Unavailable() {}

  /** Whether {@code value} of {@code key} comes later. */
  public static boolean value(String key, String value) {
    return VALUES.getOrDefault(key, List.of()).contains(value);
  }
}
