package dev.agentruntime.config;

import dev.agentruntime.core.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest that passed every check.
 *
 * @param config what it declares
 * @param resolved its content as journaled: variables expanded, secrets as references or masked,
 *     the play of a {@code script:} model inlined; {@code ManifestReader} reads it back
 * @param digest SHA-256 of {@code resolved}, hex
 * @param file where it was read, null when it came by API or from code
 * @param warnings what is allowed but probably not meant
 */
public record Manifest(
    ProcessConfig config,
    Json resolved,
    String digest,
    @Nullable String file,
    List<String> warnings) {
  /** Keeps an unmodifiable copy. */
  public Manifest {
    warnings = List.copyOf(warnings);
  }
}
