package dev.agentruntime.process;

import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.Same;
import dev.agentruntime.journal.Keeping;
import dev.agentruntime.live.ProcessLog.Captured;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Keeps a simulated journal short, as the runtime's keeper does; the disk may fail it anywhere. */
final class SimKeeper {

  private final SimWorld world;
  private final Random random;
  private final Keeping.Retention retention;
  private Set<String> unsettled = Set.of();
  private int rounds;

  SimKeeper(SimWorld world, long seed) {
    this.world = world;
    this.random = new Random(~seed);
    this.retention = new Keeping.Retention(
        random.nextBoolean() ? Duration.ofSeconds(20) : Duration.ZERO,
        random.nextBoolean() ? 50_000 : 0,
        random.nextBoolean() ? Path.of("/archive") : null);
  }

  void work(ProcessKernel kernel) {
    Keeping keeping = world.journal().keeping();
    int dice = random.nextInt(24);
    if (dice == 0) {
      round(kernel, keeping);
    } else if (dice == 1) {
      var unused = keeping.compact(process -> unsettled);
    } else if (dice == 2) {
      var unused = keeping.retire(retention, world.timers().now());
    } else if (dice == 3 && random.nextInt(4) == 0) {
      Same.afterWriting(kernel.log().image());
    }
  }

  private void round(ProcessKernel kernel, Keeping keeping) {
    Future<Keeping.Due> due = keeping.due();
    Future<Captured> taken = kernel.log().capture();
    while (!taken.isComplete() && world.drain()) {
      // Until all that it folds is durable, or lost.
    }
    if (!due.succeeded() || !taken.succeeded() || due.result().entries() < 2) {
      return;
    }
    unsettled = Set.copyOf(taken.result().unsettled());
    Future<Keeping.Made> made = keeping.checkpoint(
        due.result(), List.of(taken.result().saved()), world.timers().now());
    if (made.succeeded() && kernel.gate().condition() == null) {
      rounds++;
      SimWorld.later(kernel.note(
          new EntryData.CheckpointMade(made.result().position(), made.result().digest())));
    }
  }

  /** How many checkpoints were made. */
  int rounds() {
    return rounds;
  }
}
