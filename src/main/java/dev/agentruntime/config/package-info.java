/**
 * Manifests and node settings as checked records, and the readers that make them. Called by
 * whoever loads a file or takes one by API. It reads text and answers values; it starts nothing,
 * opens no socket and looks up a secret only when {@link Secrets} is asked for it.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.config;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
