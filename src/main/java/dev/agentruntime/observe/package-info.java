/**
 * Operational events: what people who run a node are told, and where. Called by {@code runtime}; it
 * reads entries that are durable and the settings. It decides nothing and slows nobody.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.observe;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
