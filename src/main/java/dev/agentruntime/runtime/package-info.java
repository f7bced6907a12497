/**
 * One node: opens the journal, recovers the processes it knows, loads manifests, starts and stops.
 * Called by an embedding application, and by what serves it to the outside. It decides nothing
 * about a single process.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.runtime;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
