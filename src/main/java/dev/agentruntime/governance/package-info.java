/**
 * Decides over values what an agent may have and do; so far, its secrets. Called by whoever is
 * about to act for a process. It calls nothing outside and journals nothing itself.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.governance;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
