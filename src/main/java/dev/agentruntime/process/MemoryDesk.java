package dev.agentruntime.process;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.memory.Memo;
import dev.agentruntime.memory.Memory.Where;
import dev.agentruntime.memory.ProcessMemory;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The long-term memory of a process as an operator uses it. Every method may be called from any
 * thread; each fails with MEMORY_NOT_FOUND when the process has none.
 */
public final class MemoryDesk {

  private final AgentProcess process;

  /** The desk of a process. */
  public MemoryDesk(AgentProcess process) {
    this.process = process;
  }

  /**
   * The memories nearest to a text: {@code {"memories":[{"id","content","tags","origin",
   * "untrusted","invocation","time","score"}]}}.
   */
  public Future<Json> search(String text, int limit, double minScore) {
    return process.call(kernel -> kernel.allowed(() -> {
      ProcessMemory memory = memory(kernel);
      return memory
          .store()
          .search(memory.scope(), text, limit, minScore)
          .map(found -> Json.of(Map.of(
              "memories",
              found.stream()
                  .map(one -> {
                    Map<String, @Nullable Object> all =
                        new LinkedHashMap<>(one.memo().json().object());
                    all.put("score", one.score());
                    return all;
                  })
                  .toList())));
    }));
  }

  /** A page of memories: {@code {"memories":[...],"next_cursor"}}, in an order of the store's. */
  public Future<Json> list(Where where, int limit, @Nullable String cursor) {
    return process.call(kernel -> {
      ProcessMemory memory = memory(kernel);
      return memory.store().list(memory.scope(), where, limit, cursor).map(page -> {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("memories", page.memos().stream().map(Memo::json).toList());
        answer.put("next_cursor", page.next());
        return Json.of(answer);
      });
    });
  }

  /**
   * Forgets memories, and exchanges that are on their way into the memory: {@code
   * {"forgotten":n}}.
   */
  public Future<Json> forget(Where where) {
    return process.call(kernel -> kernel.allowed(() -> {
      ProcessMemory memory = memory(kernel);
      for (Outbox.Item item : List.copyOf(kernel.log().image().outbox().items())) {
        if (item.emission().kind() == Emission.Kind.MEMORY && names(where, item)) {
          Future<Void> ignored = kernel
              .log()
              .write(new EntryData.EffectDelivered(
                  item.id(), item.due(), EntryData.Delivery.GONE, List.of()));
        }
      }
      return kernel
          .log()
          .durable()
          .compose(done -> memory.store().forget(memory.scope(), where))
          .map(count -> Json.of(Map.of("forgotten", count)));
    }));
  }

  private static boolean names(Where where, Outbox.Item item) {
    Map<String, @Nullable Object> said = item.emission().data().object();
    return (where.id() == null || where.id().equals(item.id()))
        && (where.origin() == null || Objects.equals(where.origin(), said.get("origin")))
        && (where.invocation() == null
            || Objects.equals(where.invocation(), said.get("invocation")));
  }

  private static ProcessMemory memory(ProcessKernel kernel) {
    ProcessMemory memory = kernel.kits().memory(kernel.log().image());
    if (memory == null) {
      throw new RuntimeFault(
          ErrorCode.MEMORY_NOT_FOUND,
          "process " + kernel.log().image().id().name()
              + " has no memory, expected=a section 'memory' in its manifest");
    }
    return memory;
  }
}
