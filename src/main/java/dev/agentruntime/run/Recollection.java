package dev.agentruntime.run;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.memory.ProcessMemory;
import io.vertx.core.Future;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the memory before a run starts, for one run at a time: what it answers is pinned in the
 * run's first entry. What was recalled and is not used at once is thrown away, for what is to be
 * forgotten must not come back. Owned by: the process's context.
 */
public final class Recollection {

  private final ProcessLog log;
  private final Kits kits;
  private final ProcessDeps deps;
  private final Consumer<Runnable> later;
  private final Runnable pump;
  private @Nullable Asked asked;

  /**
   * For one process.
   *
   * @param later runs a task on the process's context, later
   * @param pump starts what can be started
   */
  public Recollection(
      ProcessLog log, Kits kits, ProcessDeps deps, Consumer<Runnable> later, Runnable pump) {
    this.log = log;
    this.kits = kits;
    this.deps = deps;
    this.later = later;
    this.pump = pump;
  }

  /** What a run begins with. */
  public record Ready(InvocationId invocation, Map<String, String> blocks) {}

  /** A question to the memory on behalf of the run of one event, or of a batch that begins so. */
  private record Asked(InvocationId invocation, String eventId, Future<Ready> answer) {
    boolean is(@Nullable Asked other) {
      return other != null && invocation.equals(other.invocation);
    }
  }

  /** Whether what a run comes to is owed to the memory of its process. */
  public static boolean remembers(ProcessImage image, OpenRun run) {
    ProcessImage.Deployment pinned = image.deployment(run.start().manifestVersion());
    MemoryConfig memory = pinned == null ? null : pinned.config().memory();
    return memory != null && memory.autoStore();
  }

  /** What the run of an event begins with; null while the memory is asked, then it pumps again. */
  @Nullable
  public Ready of(TriggerEvent event) {
    ProcessMemory memory;
    try {
      memory = kits.memory(log.image());
    } catch (RuntimeFault fault) {
      // The run that is about to begin meets the same fault, and says so in its result.
      memory = null;
    }
    if (memory == null) {
      return new Ready(new InvocationId(deps.ids().next()), Map.of());
    }
    Asked now = asked;
    if (now == null || !now.eventId().equals(event.id())) {
      now = ask(event, memory);
      asked = now;
      if (!now.answer().isComplete()) {
        Asked mine = now;
        now.answer().onComplete(done -> later.accept(() -> arrived(mine)));
      }
    }
    if (!now.answer().isComplete()) {
      return null;
    }
    asked = null;
    return now.answer().result();
  }

  private Asked ask(TriggerEvent event, ProcessMemory memory) {
    InvocationId invocation = new InvocationId(deps.ids().next());
    return new Asked(
        invocation,
        event.id(),
        memory
            .recall(event, invocation, deps.timers())
            .map(blocks -> new Ready(invocation, blocks)));
  }

  private void arrived(Asked mine) {
    if (mine.is(asked)) {
      pump.run();
      if (mine.is(asked)) {
        asked = null;
      }
    }
  }

  /** Nothing that was asked for is needed any more. */
  public void forget() {
    asked = null;
  }
}
