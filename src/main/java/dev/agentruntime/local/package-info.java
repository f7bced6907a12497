/**
 * The commands that work on files: manifests, and the journal of a node, running or not. Called
 * by the composition of the command line. They start no process.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.local;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
