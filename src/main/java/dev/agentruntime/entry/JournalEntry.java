package dev.agentruntime.entry;

import dev.agentruntime.core.ProcessId;
import java.time.Instant;

/**
 * One record of the journal, as a process sees it. How it looks on disk is {@code
 * codec.EntryCodec}'s.
 *
 * @param process whose history it belongs to
 * @param sequence the process's own count, from 1, without gaps
 * @param epoch the ownership number under which it was written, never falling
 * @param time when it was built, milliseconds
 * @param data what it says
 */
public record JournalEntry(
    ProcessId process, long sequence, long epoch, Instant time, EntryData data) {}
