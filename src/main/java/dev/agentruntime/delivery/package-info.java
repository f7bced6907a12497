/**
 * Brings what runs have said to whom it is owed, and lets others ask a process. Called by the
 * process, on its context. What it owes is in the image; it keeps nothing that recovery needs.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.delivery;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
