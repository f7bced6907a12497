/**
 * Manifests and node settings as checked records, made by the readers of {@code manifest}. Used by
 * every floor above. They are values: a record starts nothing, opens no socket and looks up a
 * secret only when {@link Secrets} is asked for it.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.config;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
