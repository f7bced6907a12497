package dev.agentruntime.core;

import java.util.Locale;
import java.util.Set;

/**
 * What a model and the runtime know of a tool.
 *
 * @param name {@code [a-zA-Z0-9_-]{1,64}}, as the model providers allow
 * @param description for the model
 * @param parameters a JSON Schema object for the arguments
 * @param policy what recovery may do when nobody knows whether a call happened
 */
public record ToolDefinition(String name, String description, Json parameters, Policy policy) {

  /**
   * Names by which rules know tools of the runtime's own, also of those that a manifest does not
   * turn on: were another tool called so, taint would take it for one that is known.
   */
  public static final Set<String> OURS = Set.of(
      "ask_process",
      "get_secret",
      "grant_budget",
      "memory_forget",
      "memory_search",
      "memory_store");

  /** What may be done with a call whose outcome is unknown. */
  public enum Policy {
    /** Touches only the process's own state; journaled as one result, never in doubt. */
    OWN_STATE,
    /** Changes nothing outside: may run again. */
    READ_ONLY,
    /** Honours its effect key: may run again with the same key. */
    IDEMPOTENT,
    /** Anything else, and the default: parks until somebody says what happened. */
    IRREVERSIBLE;

    /** The lower-case word used in the journal. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Reads {@link #word()}. */
    public static Policy of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Whether a call in doubt may simply be made again. */
    public boolean mayRepeat() {
      return this != IRREVERSIBLE;
    }
  }
}
