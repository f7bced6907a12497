/**
 * Language models behind one non-blocking port, and the two that need no key. Called by the agent
 * loop alone. It keeps no conversation and no state of a process; it never retries what must not be
 * retried and never calls a tool.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.llm;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
