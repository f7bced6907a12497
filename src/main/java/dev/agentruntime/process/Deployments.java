package dev.agentruntime.process;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.entry.DeployEntry.ProcessDeployed;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.intake.Trial;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.oversight.Oversight;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts the manifests of one process in force, one after the other: each is built when those that
 * were asked for before have ended, so that none undoes another. Owned by: the process's context.
 */
final class Deployments {

  private final ProcessLog log;
  private final Supervisor supervisor;
  private final Oversight oversight;
  private final ProcessKernel kernel;
  private Future<Void> last = Future.succeededFuture();

  Deployments(ProcessLog log, Supervisor supervisor, Oversight oversight, ProcessKernel kernel) {
    this.log = log;
    this.supervisor = supervisor;
    this.oversight = oversight;
    this.kernel = kernel;
  }

  /** Another manifest, from a source that says what it should be. */
  Future<Void> deploy(Manifest manifest, String source) {
    return change(() -> {
      ProcessImage.Deployment before = log.image().deployment();
      int version = before == null ? 1 : before.entry().version() + 1;
      return new ProcessDeployed(
          manifest.resolved(), manifest.digest(), version, source, manifest.file());
    });
  }

  /**
   * A manifest takes effect at once, unless a hook does not let it. Where the process listens it is
   * tried first: one whose servers cannot be reached, or whose triggers cannot listen, leaves no
   * entry.
   *
   * @param manifest asked when its turn has come; null = no change
   */
  Future<Void> change(Supplier<@Nullable ProcessDeployed> manifest) {
    last = last.transform(done -> kernel.allowed(() -> {
      ProcessDeployed next = manifest.get();
      return next == null
          ? log.durable()
          : oversight.mayChange(next.manifest(), next.source()).compose(go -> tried(next));
    }));
    return last;
  }

  /** The same for a manifest that nobody is asked about. */
  Future<Void> put(ProcessDeployed manifest) {
    last = last.transform(done -> kernel.allowed(() -> tried(manifest)));
    return last;
  }

  private Future<Void> tried(ProcessDeployed next) {
    Future<Trial> listening = log.image().deployment() == null
        ? Future.succeededFuture(Trial.none())
        : supervisor.prepare(ManifestReader.fromResolved(next.manifest()));
    return listening.compose(trial -> kernel
        .allowed(() -> inForce(next, trial))
        .recover(cause -> trial.abandon().transform(back -> Future.failedFuture(cause))));
  }

  private Future<Void> inForce(ProcessDeployed manifest, Trial trial) {
    Future<Void> durable = log.write(manifest);
    kernel.selfStart().look();
    Future<Void> opened = trial.open();
    return durable.compose(done -> opened).compose(done -> supervisor.listenAgain());
  }
}
