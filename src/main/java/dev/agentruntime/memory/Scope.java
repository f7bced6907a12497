package dev.agentruntime.memory;

import dev.agentruntime.core.ProcessName;

/**
 * Whose memories: no process sees those of another one.
 *
 * @param collection the part of the store, as the manifest names it
 * @param process who remembers
 * @param user on whose behalf
 */
public record Scope(String collection, ProcessName process, String user) {

  /** As one word, different for different scopes. */
  String key() {
    return collection + "\n" + process.value() + "\n" + user;
  }
}
