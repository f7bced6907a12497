/**
 * What an agent can call: the port for tools, the built-in ones and the box that finds them by
 * name. Called by the agent loop through its steps. A tool never journals, never decides about
 * retries and never touches a process.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.tool;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
