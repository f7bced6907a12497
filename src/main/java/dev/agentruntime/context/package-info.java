/**
 * What an agent knows between runs: key-value context, conversation, and how both are shown to a
 * model. Called by the process and the agent loop. Values only: nothing here is written except by
 * the fold over the journal.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.context;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
