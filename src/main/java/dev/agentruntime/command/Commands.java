package dev.agentruntime.command;

import dev.agentruntime.local.FileCommands;
import dev.agentruntime.local.InitCommand;
import dev.agentruntime.local.JournalCommands;
import dev.agentruntime.local.TokenCommand;
import java.util.List;

/** Every command that needs no node in this JVM, in the order in which help lists them. */
public final class Commands {

  private Commands() {}

  /** New command objects, as picocli takes them. */
  public static List<Object> all() {
    return List.of(
        new ReadCommands.Ps(),
        new TopCommand(),
        new ReadCommands.Status(),
        new MoveCommands.Start(),
        new MoveCommands.Stop(),
        new MoveCommands.Restart(),
        new ActCommands.Suspend(),
        new ActCommands.Resume(),
        new ActCommands.Trigger(),
        new MessageCommands.Ask(),
        new MessageCommands.Leave(),
        new BusCommands.Emit(),
        new BusCommands.Publish(),
        new ActCommands.Deploy(),
        new ActCommands.Undeploy(),
        new VersionCommands.Versions(),
        new VersionCommands.Rollback(),
        new EffectsCommand(),
        new JournalCommands.Logs(),
        new JournalCommands.Journal(),
        new PastCommands.Replay(),
        new PastCommands.Rewind(),
        new PastCommands.Fork(),
        new ContextCommands.Context(),
        new ContextCommands.Conversation(),
        new ApprovalsCommand(),
        new SecretsCommand(),
        new BudgetCommand(),
        new WatchCommands.Health(),
        new WatchCommands.Mission(),
        new DeadLetterCommand(),
        new ToolsCommand(),
        new MemoryCommand(),
        new VerticlesCommand(),
        new ReadCommands.Nodes(),
        new ReadCommands.Models(),
        new TokenCommand(),
        new FileCommands.Validate(),
        new InitCommand());
  }
}
