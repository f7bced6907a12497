package dev.agentruntime.live;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.history.Witness;
import dev.agentruntime.hook.Hooks;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.mcp.McpServer;
import dev.agentruntime.memory.Memory;
import dev.agentruntime.outbound.Outbound;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.OfferedTools;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.Trigger;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a process is given from outside.
 *
 * @param journal where its entries go
 * @param timers its clock
 * @param ids its ids
 * @param models makes the model client of a configuration; throws INVALID_CONFIG
 * @param triggers makes a trigger of a process; throws INVALID_CONFIG
 * @param tools what is offered beside the built-in tools
 * @param bus who is owed what is emitted
 * @param memories makes the store of a long-term memory; throws INVALID_CONFIG
 * @param outbound makes the tools by which a manifest reaches out
 * @param surroundings what an agent may see of the machine
 * @param servers makes connections to servers of tools
 * @param witness sees what happens to it, null = nobody does
 * @param hooks are asked before it does something, null = nobody is
 */
public record ProcessDeps(
    Journal journal,
    Timers timers,
    Ids ids,
    ModelFactory models,
    TriggerFactory triggers,
    OfferedTools tools,
    Subscriptions bus,
    MemoryFactory memories,
    Outbound outbound,
    Surroundings surroundings,
    ServerFactory servers,
    @Nullable Witness witness,
    @Nullable Hooks hooks) {

  /** Seen by nobody. */
  public ProcessDeps(
      Journal journal,
      Timers timers,
      Ids ids,
      ModelFactory models,
      TriggerFactory triggers,
      OfferedTools tools,
      Subscriptions bus,
      MemoryFactory memories,
      Outbound outbound,
      Surroundings surroundings,
      ServerFactory servers) {
    this(
        journal,
        timers,
        ids,
        models,
        triggers,
        tools,
        bus,
        memories,
        outbound,
        surroundings,
        servers,
        null,
        null);
  }

  /** The same, seen by somebody, with hooks. */
  public ProcessDeps seenBy(@Nullable Witness sees, @Nullable Hooks asked) {
    return new ProcessDeps(
        journal,
        timers,
        ids,
        models,
        triggers,
        tools,
        bus,
        memories,
        outbound,
        surroundings,
        servers,
        sees,
        asked);
  }

  /** Where there is no place for a long-term memory, and nothing to be seen around. */
  public ProcessDeps(
      Journal journal,
      Timers timers,
      Ids ids,
      ModelFactory models,
      TriggerFactory triggers,
      List<Tool> tools,
      Subscriptions bus) {
    this(journal, timers, ids, models, triggers, tools, bus, config -> {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "memory: there is no place for one here, expected none");
    });
  }

  /** Without requests of its own and servers of tools, and nothing to be seen around. */
  public ProcessDeps(
      Journal journal,
      Timers timers,
      Ids ids,
      ModelFactory models,
      TriggerFactory triggers,
      List<Tool> tools,
      Subscriptions bus,
      MemoryFactory memories) {
    this(
        journal,
        timers,
        ids,
        models,
        triggers,
        new OfferedTools(tools),
        bus,
        memories,
        Outbound.NONE,
        Surroundings.NONE,
        (process, server, context, told) -> {
          throw new RuntimeFault(
              ErrorCode.INVALID_CONFIG, "there are no servers of tools here: " + server.name());
        });
  }

  /** Makes model clients. */
  @FunctionalInterface
  public interface ModelFactory {
    /** The client for a configuration. */
    ChatClient create(ProcessConfig config);
  }

  /** Makes connections to servers of tools. */
  @FunctionalInterface
  public interface ServerFactory {
    /**
     * One server of a process, not connected yet.
     *
     * @param context hops onto the process's context
     */
    McpServer create(
        ProcessName process, ServerConfig server, Executor context, McpServer.Listener told);
  }

  /** Makes stores. */
  @FunctionalInterface
  public interface MemoryFactory {
    /** The store that a configuration names. */
    Memory create(MemoryConfig config);
  }

  /** Makes triggers. */
  @FunctionalInterface
  public interface TriggerFactory {
    /**
     * One trigger of a process.
     *
     * @param context hops onto the process's context
     */
    Trigger create(ProcessConfig process, TriggerConfig trigger, Executor context);
  }
}
