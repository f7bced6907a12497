/**
 * Programs that this JVM starts, and their end. Called by rooms that have one to talk to, on a
 * worker. It reads and writes nothing of what they say.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.child;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
