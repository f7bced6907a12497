package dev.agentruntime.journal;

import dev.agentruntime.codec.EncodedEntry;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * An entry on its way to being durable.
 *
 * @param entry the entry
 * @param promise told when it is
 * @param context where the caller wants to be told, null = wherever
 * @param generation which opening of the journal the caller was talking to
 */
record Pending(
    EncodedEntry entry, Promise<Void> promise, @Nullable Context context, long generation) {}
