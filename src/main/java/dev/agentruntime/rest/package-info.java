/**
 * The words of the control API: an endpoint, a call, its fields, an answer. Called by resources and
 * by the server that routes to them. It opens no port and knows no resource.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.rest;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
