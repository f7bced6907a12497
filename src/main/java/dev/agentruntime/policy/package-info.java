/**
 * What governance a manifest asks for, as values, and how they are read and written. Called by the
 * readers of manifests and by {@code governance}. It decides nothing about a run.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.policy;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
