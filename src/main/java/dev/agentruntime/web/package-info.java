/**
 * The webhook ingress: listeners that processes share, bodies bounded and read, connections
 * limited. Composed by {@code cli}; calls the ports of {@code trigger}. It has no control route
 * and keeps no state of a process.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.web;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
