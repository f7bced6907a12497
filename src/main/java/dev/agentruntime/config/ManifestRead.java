package dev.agentruntime.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What reading one manifest came to: the manifest, or everything that is wrong with it.
 *
 * @param source the file as it was named
 * @param name the process it names, null when that could not be read; known for most invalid files
 * @param manifest null when there is an error
 * @param errors in the order of the text, empty when there is a manifest
 */
public record ManifestRead(
    String source, @Nullable String name, @Nullable Manifest manifest, List<ConfigError> errors) {

  /** Keeps an unmodifiable copy. */
  public ManifestRead {
    errors = List.copyOf(errors);
  }

  /**
   * The manifest.
   *
   * @throws dev.agentruntime.core.RuntimeFault {@code INVALID_CONFIG} with all errors, a line each
   */
  public Manifest orThrow() {
    if (manifest == null) {
      throw ConfigError.fault(errors);
    }
    return manifest;
  }
}
