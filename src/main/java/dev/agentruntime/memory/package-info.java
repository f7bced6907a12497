/**
 * Long-term memory: the port and its stores. Called by runs, tools and the node; it knows nothing
 * of journals. It never decides whether something is remembered, and never holds its caller's
 * thread.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.memory;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
