/**
 * Servers of tools that speak the Model Context Protocol: child processes and HTTP servers, what
 * they offer, and calls to them. Called by the process, on its context. It never journals, never
 * decides which definitions are trusted, and shows no text of a server but a tool's answer.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.mcp;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
