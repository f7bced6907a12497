/**
 * The one door to files that must survive, the failpoints behind it, and the look at directories
 * that are watched. Called by the journal, by what claims directories and by triggers; a simulation
 * puts its own disk here. It knows bytes and names, never what they mean.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.disk;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
