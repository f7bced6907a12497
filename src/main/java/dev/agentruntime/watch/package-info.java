/**
 * The trigger that watches files. Called by whoever makes a process's triggers. It knows names,
 * sizes and times of files, and never opens one.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.watch;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
