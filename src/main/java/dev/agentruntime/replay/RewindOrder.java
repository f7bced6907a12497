package dev.agentruntime.replay;

import dev.agentruntime.entry.OperatorEntry.RewindMode;

/**
 * How far back a process is to go.
 *
 * @param to sequence of the entry after which it stood where it is to stand again
 * @param mode what goes back
 * @param apply false = only says what would go
 * @param by who wants it; kept in the journal
 */
public record RewindOrder(long to, RewindMode mode, boolean apply, String by) {}
