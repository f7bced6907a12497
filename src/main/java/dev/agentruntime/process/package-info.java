/**
 * A process: the fold over its journal, its inbox, its runs and its lifecycle, and the verticle
 * that owns them. Called by the runtime through the handle. Nothing changes a process's state
 * except {@code ProcessImage.apply}, and nothing outside its context ever touches it.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.process;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
