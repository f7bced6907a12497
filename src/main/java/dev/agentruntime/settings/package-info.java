/**
 * The settings of a node: its file, then the environment, then flags, read with positions. Called
 * where a node is put together. It starts nothing.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.settings;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
