/**
 * Code that is deployed into a running node: jars that the operator allowed, each in a class loader
 * of its own, with what they bring to agents. Used by the control API and by whoever builds a node;
 * knows nothing of HTTP. It never loads a byte that was not allowed and checked before.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.verticle;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
