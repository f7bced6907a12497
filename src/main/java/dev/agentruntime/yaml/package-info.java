/**
 * YAML and JSON that know where they were written, and reading them key by key: positions, near
 * keys, all errors at once. Called by the readers of manifests and settings. It knows no manifest.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.yaml;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
