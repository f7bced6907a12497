/**
 * Decides over values what an agent may have and do, as folds over entries. Called by the image,
 * which keeps them, and by whoever is about to act for a process. It calls nothing outside and
 * journals nothing itself.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.governance;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
