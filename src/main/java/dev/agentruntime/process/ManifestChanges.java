package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.custody.SecretKeeper;
import dev.agentruntime.entry.DeployEntry.ProcessDeployed;
import dev.agentruntime.intake.Trial;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.run.Kits;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts manifests in force, one after the other. Owned by: the process's context. */
final class ManifestChanges {

  private final ProcessKernel kernel;
  private final ProcessLog log;
  private final SelfStart selfStart;
  private Future<Void> changing = Future.succeededFuture();

  ManifestChanges(ProcessKernel kernel, SelfStart selfStart) {
    this.kernel = kernel;
    this.log = kernel.log();
    this.selfStart = selfStart;
  }

  /**
   * A manifest takes effect at once. Where the process listens it is tried first: one whose model
   * or tools cannot be made, whose secrets cannot be read, whose servers cannot be reached, whose
   * triggers cannot listen, or that a hook blocks, leaves no entry, and nothing of it stays open.
   *
   * @param manifest asked when every change that was asked for before has ended; null = no change
   */
  Future<Void> deployed(Supplier<@Nullable ProcessDeployed> manifest) {
    changing = changing.transform(done -> kernel.allowed(() -> {
      ProcessDeployed next = manifest.get();
      if (next == null) {
        return log.durable();
      }
      return kernel
          .oversight()
          .mayChange(next.manifest(), next.source())
          .compose(go -> kernel.allowed(() -> tried(next)));
    }));
    return changing;
  }

  private Future<Void> tried(ProcessDeployed next) {
    return log.image().deployment() == null
        ? inForce(next, Trial.none())
        : prepare(ManifestReader.fromResolved(next.manifest()))
            .compose(trial -> kernel
                .allowed(() -> inForce(next, trial))
                .recover(cause -> trial.abandon().transform(back -> Future.failedFuture(cause))))
            .recover(this::refused);
  }

  private Future<Trial> prepare(ProcessConfig next) {
    if (!kernel.supervisor().listens()) {
      return Future.succeededFuture(Trial.none());
    }
    SecretKeeper secrets = kernel.kits().secrets();
    return kernel
        .servers()
        .connect(next)
        .compose(connected -> {
          Kits.Kit unused = kernel.kits().make(next, log.image().id().name());
          return secrets.attempt(log.image(), next);
        })
        .compose(read -> kernel
            .supervisor()
            .attempt(next)
            .map(trial -> trial.onOpen(() -> secrets.take(log.image(), next, read))));
  }

  private Future<Void> refused(Throwable cause) {
    kernel.servers().keep(log.image().config());
    return kernel.allowed(() -> Future.failedFuture(cause));
  }

  private Future<Void> inForce(ProcessDeployed manifest, Trial trial) {
    Future<Void> durable = log.write(manifest);
    selfStart.look();
    Future<Void> opened = trial.open();
    return durable.compose(done -> opened).compose(done -> kernel.supervisor().listenAgain());
  }
}
