package dev.agentruntime.hook;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.core.ProcessName;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a hook is told.
 *
 * @param data plain JSON values by name; what a hook changes in it the hooks after it see, and
 *     nobody else
 * @param metadata plain JSON values by name, not to be changed
 */
public record HookCall(
    HookEvent event,
    ProcessName process,
    Instant time,
    Map<String, @Nullable Object> data,
    Map<String, @Nullable Object> metadata) {}
