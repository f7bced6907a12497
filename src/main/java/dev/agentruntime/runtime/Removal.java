package dev.agentruntime.runtime;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.EventQueue;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a process away: stops it, settles what it had accepted, lists that under the node, then
 * frees the name. A crash in between leaves a stopped process that can be removed again. Owned by:
 * the runtime's context.
 */
final class Removal {

  private final LocalRuntime runtime;
  private final ProcessName name;
  private final String reason;
  private boolean fromFile;

  Removal(LocalRuntime runtime, ProcessName name, String reason) {
    this.runtime = runtime;
    this.name = name;
    this.reason = reason;
  }

  Future<Void> run() {
    AgentProcess process = runtime.processes().get(name);
    if (process == null) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.PROCESS_NOT_FOUND, "there is no process " + Json.quote(name.value())));
    }
    return journal(process)
        .recover(Removal::letCorruptGo)
        .compose(done -> {
          runtime.drop(name);
          if (fromFile) {
            runtime.undeployed(name);
          }
          return process.unhost();
        })
        .compose(done -> runtime.setup().placement().release(name));
  }

  private Future<Void> journal(AgentProcess process) {
    return process
        .deployed()
        .onSuccess(now -> fromFile = now.source().equals(AgentDirectory.FILE))
        .compose(now -> switch (now.state()) {
          case STOPPED, CREATED -> Future.<Void>succeededFuture();
          // One that would come back by itself is held.
          case FAILED -> process.stop(reason).recover(Removal::letDownBe);
          default -> process.stop(reason).recover(Removal::letFailedGo);
        })
        .compose(stopped -> process.cancelAll(reason))
        .compose(this::list)
        .compose(listed -> process.owed())
        .compose(this::adopt)
        .compose(listed -> process.remove(reason));
  }

  private static Future<Void> letDownBe(Throwable cause) {
    return cause instanceof RuntimeFault fault && fault.code() == ErrorCode.ILLEGAL_TRANSITION
        ? Future.succeededFuture()
        : Future.failedFuture(cause);
  }

  /** What did not end keeps no name. */
  private static Future<Void> letFailedGo(Throwable cause) {
    return cause instanceof RuntimeFault fault && fault.code() == ErrorCode.STOP_FAILED
        ? Future.succeededFuture()
        : Future.failedFuture(cause);
  }

  /** A process whose history is damaged takes no entry any more; its name is free all the same. */
  private static Future<Void> letCorruptGo(Throwable cause) {
    return cause instanceof RuntimeFault fault && fault.code() == ErrorCode.JOURNAL_CORRUPT
        ? Future.succeededFuture()
        : Future.failedFuture(cause);
  }

  /** What it has said and not delivered, the node owes from now on. */
  private Future<Void> adopt(List<Outbox.Item> owed) {
    AgentProcess node = runtime.system();
    return node == null
        ? Future.succeededFuture()
        : Future.all(owed.stream()
                .map(item -> node.note(new EntryData.Emitted(
                    item.id(), item.emission(), item.source(), item.due(), item.voice())))
                .toList())
            .mapEmpty();
  }

  /** What was queued when its process went away stays listed under the node. */
  private Future<Void> list(List<TriggerEvent> queued) {
    AgentProcess node = runtime.system();
    List<Future<Void>> noted = new ArrayList<>();
    for (int from = 0; node != null && from < queued.size(); from += EventQueue.SETTLE_MAX) {
      List<TriggerEvent> part =
          queued.subList(from, Math.min(queued.size(), from + EventQueue.SETTLE_MAX));
      noted.add(node.note(new EntryData.TriggerSettled(
          part.stream().map(TriggerEvent::id).toList(), "cancelled", name + " " + reason)));
    }
    return Future.all(noted).mapEmpty();
  }
}
