/**
 * The one door to files that must survive, and the failpoints behind it. Called by the journal and
 * by what claims directories; a simulation puts its own disk here. It knows bytes and names, never
 * what they mean.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.disk;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
