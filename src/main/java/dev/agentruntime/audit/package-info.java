/**
 * What reads journals without writing them: verification, anchors that vouch for them from outside,
 * images folded offline, exports. Called by the runtime, which sets anchors at intervals, and by
 * the command line; it never changes a journal.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.audit;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
