package dev.agentruntime.core;

import org.jspecify.annotations.Nullable;

/**
 * One write to the context of a process.
 *
 * @param key which entry
 * @param value null deletes it
 * @param ifVersion the committed version the writer expects, null when it does not care
 */
public record ContextWrite(
    String key, @Nullable Json value, @Nullable Long ifVersion) {}
