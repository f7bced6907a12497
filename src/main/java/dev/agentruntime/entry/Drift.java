package dev.agentruntime.entry;

import java.util.List;

/**
 * What operators changed in a manifest since it was declared; it holds until another one is.
 *
 * @param declared the digest of the manifest as declared
 * @param parts the changed top-level keys
 * @param triggers the ids of triggers that were added
 */
public record Drift(String declared, List<String> parts, List<String> triggers) {

  /** Keeps unmodifiable copies. */
  public Drift {
    parts = List.copyOf(parts);
    triggers = List.copyOf(triggers);
  }
}
