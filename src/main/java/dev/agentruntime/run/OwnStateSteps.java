package dev.agentruntime.run;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.secret.SecretAction;
import dev.agentruntime.tool.GrantTool;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls of tools that change the process's own state: one entry, and nothing leaves. Owned by: the
 * process's context.
 */
final class OwnStateSteps {

  private final ProcessLog log;
  private final LiveRun live;
  private final InvocationId id;
  private final EffectSteps effects;

  OwnStateSteps(ProcessLog log, LiveRun live, EffectSteps effects) {
    this.log = log;
    this.live = live;
    this.id = live.id();
    this.effects = effects;
  }

  /** Calls the tool; what it wrote and said holds when the run commits. */
  Future<EntryData.ToolResult> act(
      int ordinal, Tool tool, Json arguments, BudgetEntry.@Nullable Reserve charge) {
    effects.note(
        tool, arguments, tool.refusal(arguments) == null ? SecretAction.READ : SecretAction.DENIED);
    return answer(ordinal, tool, arguments)
        .otherwise(failed -> Tool.Reply.error(String.valueOf(failed.getMessage())))
        .map(this::refuseStale)
        .map(reply -> SayLimits.nameable(reply, log::redacted))
        .map(reply -> SayLimits.bounded(log.image(), run(), reply))
        .map(reply -> new EntryData.ToolResult(
            id,
            ordinal,
            tool.definition().name(),
            reply.error() ? ToolOutcome.ERROR : ToolOutcome.OK,
            reply.text(),
            reply.writes(),
            reply.emissions(),
            charge));
  }

  private Future<Tool.Reply> answer(int ordinal, Tool tool, Json arguments) {
    return tool instanceof GrantTool
        ? Future.succeededFuture(lend(arguments))
        : effects
            .safely(
                tool,
                new Tool.Call(
                    log.image().id().name(),
                    id,
                    id.effectKey(ordinal),
                    arguments,
                    run().view(),
                    live.cancel(),
                    effects.source()))
            .map(SayLimits::sayable);
  }

  private Tool.Reply lend(Json arguments) {
    try {
      return new Tool.Reply(
          "{\"granted\":\"when this run ends well\"}",
          false,
          List.of(),
          List.of(effects.oversight().lend(GrantTool.wish(arguments))));
    } catch (RuntimeFault refusal) {
      return Tool.Reply.error(refusal.failure().message());
    }
  }

  /**
   * A conditional write holds against the committed version and claims its key until the run
   * settles: nobody else writes a claimed key, and nobody claims one that another run has written.
   */
  private Tool.Reply refuseStale(Tool.Reply reply) {
    for (ContextWrite write : reply.writes()) {
      String key = write.key();
      boolean conditional = write.ifVersion() != null;
      boolean taken = log.image().runs().values().stream()
          .anyMatch(other ->
              !other.id().equals(id) && (conditional ? other.wrote(key) : other.claims(key)));
      if (taken) {
        return Tool.Reply.error(
            "key " + Json.quote(key) + " is being written by another run; read it again later");
      }
      long committed = log.image().context().version(key);
      if (write.ifVersion() != null && committed != expected(write.ifVersion(), key)) {
        return Tool.Reply.error("key " + Json.quote(key) + " has version " + committed
            + ", expected=" + write.ifVersion() + "; read it again");
      }
    }
    String tooMuch = reply.writes().isEmpty()
        ? null
        : log.image().open().pending(log.image().context()).refusal(reply.writes());
    return tooMuch == null ? reply : Tool.Reply.error(tooMuch);
  }

  /** The committed version behind the one that a run names, which may be of its own writing. */
  private long expected(long named, String key) {
    return run().wrote(key) ? run().base().context().version(key) : named;
  }

  private OpenRun run() {
    OpenRun run = log.image().runs().get(id);
    if (run == null) {
      throw new IllegalStateException("invocation " + id + " is not open");
    }
    return run;
  }
}
