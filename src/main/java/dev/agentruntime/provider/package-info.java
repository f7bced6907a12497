/**
 * Language models that somebody else runs: how each provider is spoken to, what it costs, how often
 * it may be asked, and who is asked when it fails. Called by whoever makes models for agents. It
 * holds no thread while a model thinks, and no state of a process.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.provider;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
