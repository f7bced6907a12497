/**
 * What a language model is to an agent, one non-blocking port, and the two models that need no
 * provider. Called by the agent loop, and implemented by whoever reaches a provider. It keeps no
 * conversation, opens no connection and never calls a tool.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.llm;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
