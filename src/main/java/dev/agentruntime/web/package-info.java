/**
 * The outside face over HTTP: the control API, the dashboard and the webhook ingress. Composed by
 * {@code cli}; calls the runtime's handles and the ports of the floors below. It decides nothing
 * about a process and keeps no state of one.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.web;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
