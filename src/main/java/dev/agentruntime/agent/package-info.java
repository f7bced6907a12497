/**
 * One run of one agent: builds each request from what is recorded, asks the model, calls the tools,
 * until there is an answer. Called by the process. It touches the world only through its steps port
 * and keeps nothing between runs.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.agent;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
