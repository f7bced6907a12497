package dev.agentruntime.replay;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Toolbox;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * What a fork works with.
 *
 * @param config the manifest in force in it
 * @param held the tools of which a person has to approve every call
 * @param context hops onto the process's context
 */
public record ForkSeat(
    ProcessConfig config,
    ChatClient model,
    Toolbox tools,
    Predicate<String> held,
    Timers timers,
    Executor context) {}
