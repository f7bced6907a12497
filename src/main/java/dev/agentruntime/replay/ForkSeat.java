package dev.agentruntime.replay;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Future;
import java.util.concurrent.Executor;

/**
 * What a fork works with.
 *
 * @param config the manifest in force in it
 * @param guard what holds for the original, and so for a fork of it
 * @param context hops onto the process's context
 */
public record ForkSeat(
    ProcessConfig config,
    ChatClient model,
    Toolbox tools,
    Guard guard,
    Timers timers,
    Executor context) {

  /** What holds for the original. Called on the process's context. */
  public interface Guard {
    /**
     * Whether a call of a tool that reads is not made without somebody who allows it.
     *
     * @param carries whether the call takes what came from outside out of the runtime
     */
    boolean holds(String tool, boolean carries);

    /** Says in the journal of the original that a secret is used; durable when it succeeds. */
    Future<Void> note(SecretAccess access);

    /** An entry without the values of secrets, also of those that the own model may see. */
    <T extends EntryData> T clean(T entry);

    /** What a model is asked, without them. */
    ChatClient.ChatRequest clean(ChatClient.ChatRequest request);
  }
}
