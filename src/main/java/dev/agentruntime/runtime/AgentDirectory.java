package dev.agentruntime.runtime;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings a directory of manifests and the journal together. What runs is what the journal says: a
 * file takes effect when its digest differs from the last one journaled from it, an invalid file
 * leaves the last good version running, and a file that is gone stops its process.
 */
final class AgentDirectory {

  /** The source of what lies in the node's own directory. */
  static final String FILE = "file";

  /** Why a process is stopped whose file is gone. */
  static final String MISSING = "manifest-missing";

  private static final Duration CLAIM_PATIENCE = Duration.ofSeconds(2);

  private final LocalRuntime runtime;
  private final Path directory;
  private final List<AgentProcess> toStart = new ArrayList<>();
  private final String source;
  private final Runnable again;
  private boolean begun;

  private AgentDirectory(LocalRuntime runtime, Path directory, String source, Runnable again) {
    this.runtime = runtime;
    this.directory = directory;
    this.source = source;
    this.again = again;
  }

  /**
   * The node's own directory: processes whose file is gone stop.
   *
   * @param again has the files read once more
   */
  static AgentDirectory ofNode(LocalRuntime runtime, Path directory, Runnable again) {
    return new AgentDirectory(runtime, directory, FILE, again);
  }

  /** A directory that the application names: what it declares there. */
  static AgentDirectory ofApplication(LocalRuntime runtime, Path directory) {
    return new AgentDirectory(runtime, directory, LocalRuntime.CODE, () -> {});
  }

  /** What every file says, in the order of their names; null when there is no such directory. */
  Future<@Nullable List<ManifestReader.Read>> read() {
    return runtime
        .vertx()
        .executeBlocking(
            () -> Files.isDirectory(directory)
                ? runtime.setup().manifests().readDirectory(directory)
                : null,
            false);
  }

  /**
   * Brings all into effect, one after the other; starts nothing.
   *
   * @return what is wrong with single files, a line each; fails when there is no such directory
   */
  Future<List<String>> load() {
    return read().compose(reads -> {
      if (reads == null) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.INVALID_CONFIG, "there is no directory " + directory + " of agents"));
      }
      List<String> problems = new ArrayList<>();
      Future<Void> chain = Future.succeededFuture();
      for (ManifestReader.Read read : reads) {
        chain = chain.compose(done -> apply(read, problems::add));
      }
      return chain.map(done -> problems);
    });
  }

  /** From now on what is new or back is started at once; answers those that were until now. */
  List<AgentProcess> begin() {
    begun = true;
    List<AgentProcess> waiting = List.copyOf(toStart);
    toStart.clear();
    return waiting;
  }

  /** Starts one that is new or back, and says why when it does not start. */
  Future<Void> start(AgentProcess process, Consumer<String> problem) {
    return process.start("manifest").recover(cause -> {
      problem.accept("process " + process.name() + ": " + cause.getMessage());
      return Future.succeededFuture();
    });
  }

  private Future<Void> bring(AgentProcess process, Consumer<String> problem) {
    if (begun) {
      return start(process, problem);
    }
    toStart.add(process);
    return Future.succeededFuture();
  }

  /**
   * The node's directory is not there.
   *
   * @return what to say of it; fails when the journal knows processes from it
   */
  Future<String> absent() {
    List<String> names = new ArrayList<>();
    Future<Void> chain = Future.succeededFuture();
    for (AgentProcess process : runtime.processes().values()) {
      chain = chain.compose(done -> process.deployed().map(now -> {
        if (now.source().equals(FILE)) {
          names.add(process.name().value());
        }
        return null;
      }));
    }
    return chain.compose(done -> names.isEmpty()
        ? Future.succeededFuture(
            "there is no agents directory " + directory + ", so no agent is loaded from it")
        : Future.failedFuture(new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "there is no agents directory " + directory + ", but the journal knows processes from"
                + " it: " + names + "; bring it back or name it with --agents")));
  }

  /**
   * Brings what one file says into effect.
   *
   * @param problem told what is wrong, a line each
   * @return completes, and never fails, when that is done, or was refused
   */
  Future<Void> apply(ManifestReader.Read read, Consumer<String> problem) {
    Manifest manifest = read.manifest();
    if (manifest == null) {
      return invalid(read, problem);
    }
    manifest.warnings().forEach(problem);
    ProcessName name = manifest.config().name();
    AgentProcess process = runtime.processes().get(name);
    Future<Void> applied =
        process == null ? create(manifest, problem) : update(process, manifest, problem);
    return applied.recover(cause -> {
      String why = why(cause);
      problem.accept(read.source() + ": " + why);
      return process == null || is(cause, ErrorCode.PROCESS_EXISTS)
          ? Future.succeededFuture()
          : process.manifestProblem(why);
    });
  }

  private static String why(Throwable cause) {
    String said = String.valueOf(cause.getMessage());
    return is(cause, ErrorCode.KILLED)
        ? said + "; the directory is read again when that is lifted"
        : said;
  }

  private static boolean is(Throwable cause, ErrorCode code) {
    return cause instanceof RuntimeFault fault && fault.code() == code;
  }

  /** In a cluster a claim may take its time; the start of the node does not wait for it. */
  private Future<Void> create(Manifest manifest, Consumer<String> problem) {
    Future<AgentProcess> created = runtime.create(manifest, source);
    if (!runtime.setup().config().cluster().enabled()) {
      return created.compose(process -> bring(process, problem));
    }
    Promise<Boolean> inTime = Promise.promise();
    Timers.Armed timer = runtime.timers().after(CLAIM_PATIENCE, () -> inTime.tryComplete(false));
    created.onComplete(done -> {
      timer.cancel();
      if (!inTime.tryComplete(true)) {
        // The file may say something else by now, or be gone.
        LocalRuntime.unheard(created.mapEmpty());
        again.run();
      }
    });
    return inTime
        .future()
        .compose(known ->
            known ? created.compose(process -> bring(process, problem)) : Future.succeededFuture());
  }

  private Future<Void> update(AgentProcess process, Manifest manifest, Consumer<String> problem) {
    runtime.factories().literals().remember(manifest.config());
    return process.deployed().compose(now -> {
      if (!now.source().equals(source)) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.PROCESS_EXISTS,
            "process " + process.name() + " was deployed by " + now.source()
                + ", so this file is not used; undeploy the process or rename it in the file"));
      }
      Future<Void> current = now.declared().equals(manifest.digest())
          ? Future.succeededFuture()
          : process.deploy(manifest, source);
      boolean back = now.state() == ProcessState.CREATED
          || now.neverGotUp()
          || (now.state() == ProcessState.STOPPED && now.reason().equals(MISSING));
      return current
          .compose(done -> process.manifestProblem(null))
          .transform(done -> (back ? bring(process, problem) : Future.<Void>succeededFuture())
              .compose(up ->
                  done.succeeded() ? Future.succeededFuture() : Future.failedFuture(done.cause())));
    });
  }

  /** An invalid file leaves the last good version running, and its status says why. */
  private Future<Void> invalid(ManifestReader.Read read, Consumer<String> problem) {
    List<String> lines = read.errors().stream().map(String::valueOf).toList();
    lines.forEach(problem);
    String name = read.name();
    AgentProcess process = name == null || !ProcessName.isValid(name)
        ? null
        : runtime.processes().get(new ProcessName(name));
    return process == null
        ? Future.succeededFuture()
        : process.manifestProblem(String.join("\n", lines));
  }

  /**
   * No file names this process any more: if it came from one, it stops until that is back.
   *
   * @param broken the files whose name of a process cannot be read
   * @param problem told what is wrong, a line each
   * @return completes, and never fails, when it has stopped
   */
  Future<Void> missing(AgentProcess process, Set<String> broken, Consumer<String> problem) {
    return process
        .deployed()
        .compose(now -> {
          ProcessState state = now.state();
          boolean down = state == ProcessState.STOPPED
              || state == ProcessState.FAILED
              || state == ProcessState.CREATED;
          if (!now.source().equals(FILE)) {
            return Future.succeededFuture();
          }
          if (broken.contains(String.valueOf(now.file()))) {
            return process.manifestProblem(now.file() + " is invalid; the last good version runs");
          }
          if (down) {
            return Future.succeededFuture();
          }
          problem.accept("process " + process.name() + ": its manifest " + now.file()
              + " is gone, so it stops (reason " + MISSING + ")");
          return process.stop(MISSING);
        })
        .recover(cause -> {
          problem.accept("process " + process.name() + ": it cannot be stopped: " + why(cause));
          return Future.succeededFuture();
        });
  }
}
