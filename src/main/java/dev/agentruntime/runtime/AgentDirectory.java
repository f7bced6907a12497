package dev.agentruntime.runtime;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.history.Deployed;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings a directory of manifests and the journal together. What runs is what the journal says: a
 * file takes effect when its digest differs from the last one journaled from it, an invalid file
 * leaves the last good version running, and a file that is gone stops its process.
 */
final class AgentDirectory {

  /** The source of what lies in the node's own directory. */
  private static final String FILE = "file";

  /** Why a process is stopped whose file is gone. */
  static final String MISSING = "manifest-missing";

  private static final System.Logger LOG = System.getLogger(AgentDirectory.class.getName());
  private static final Duration CLAIM_PATIENCE = Duration.ofSeconds(2);

  private final LocalRuntime runtime;
  private final Path directory;
  private final List<String> problems = new ArrayList<>();
  private final List<AgentProcess> toStart = new ArrayList<>();
  private final String source;
  private boolean begun;

  private AgentDirectory(LocalRuntime runtime, Path directory, String source) {
    this.runtime = runtime;
    this.directory = directory;
    this.source = source;
  }

  /** The node's own directory: processes whose file is gone stop. */
  static AgentDirectory ofNode(LocalRuntime runtime, Path directory) {
    return new AgentDirectory(runtime, directory, FILE);
  }

  /** A directory that the application names: what it declares there. */
  static AgentDirectory ofApplication(LocalRuntime runtime, Path directory) {
    return new AgentDirectory(runtime, directory, LocalRuntime.CODE);
  }

  /**
   * Loads all; starts nothing.
   *
   * @return what is wrong with single files, a line each
   */
  Future<List<String>> load() {
    return runtime
        .vertx()
        .executeBlocking(
            () -> Files.isDirectory(directory)
                ? runtime.setup().manifests().readDirectory(directory)
                : null,
            false)
        .compose(reads -> reads == null ? absent() : applyAll(reads));
  }

  /** Starts what is new or back; answers what did not start, a line each. */
  Future<List<String>> startNew() {
    begun = true;
    List<String> failed = new ArrayList<>();
    List<Future<Void>> starts = new ArrayList<>();
    for (AgentProcess process : toStart) {
      starts.add(process.start("manifest").recover(cause -> {
        failed.add("process " + process.name() + ": " + cause.getMessage());
        return Future.succeededFuture();
      }));
    }
    return Future.all(starts).map(done -> failed);
  }

  /** Whether this is the node's own directory. */
  private boolean isNodes() {
    return source.equals(FILE);
  }

  private Future<List<String>> absent() {
    if (!isNodes()) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "there is no directory " + directory + " of agents"));
    }
    return known().compose(fromFiles -> {
      if (!fromFiles.isEmpty()) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "there is no agents directory " + directory + ", but the journal knows processes from"
                + " it: "
                + fromFiles.stream().map(file -> file.process().name().value()).toList()
                + "; bring it back or name it with --agents"));
      }
      problems.add("there is no agents directory " + directory + ", so no agent is loaded from it");
      return Future.succeededFuture(problems);
    });
  }

  private record FromFile(AgentProcess process, Deployed deployed) {}

  /** The processes that came from files. */
  private Future<List<FromFile>> known() {
    List<FromFile> found = new ArrayList<>();
    Future<Void> chain = Future.succeededFuture();
    for (AgentProcess process : runtime.processes().values()) {
      chain = chain.compose(done -> process.deployed().map(now -> {
        if (now.source().equals(FILE)) {
          found.add(new FromFile(process, now));
        }
        return null;
      }));
    }
    return chain.map(done -> found);
  }

  private Future<List<String>> applyAll(List<ManifestReader.Read> reads) {
    Set<String> named = new HashSet<>();
    Future<Void> chain = Future.succeededFuture();
    for (ManifestReader.Read read : reads) {
      if (read.name() != null) {
        named.add(read.name());
      }
      chain = chain.compose(done -> apply(read));
    }
    return chain
        .compose(done -> isNodes() ? stopMissing(reads, named) : Future.succeededFuture())
        .map(done -> problems);
  }

  private Future<Void> apply(ManifestReader.Read read) {
    Manifest manifest = read.manifest();
    if (manifest == null) {
      return invalid(read);
    }
    problems.addAll(manifest.warnings());
    ProcessName name = manifest.config().name();
    AgentProcess process = runtime.processes().get(name);
    Future<Void> applied = process == null ? create(manifest) : update(process, manifest);
    return applied.recover(cause -> {
      String why = why(cause);
      problems.add(read.source() + ": " + why);
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
  private Future<Void> create(Manifest manifest) {
    Future<AgentProcess> created = runtime.create(manifest, source).onSuccess(process -> {
      if (begun) {
        startLate(process);
      } else {
        toStart.add(process);
      }
    });
    if (!runtime.setup().config().cluster().enabled()) {
      return created.mapEmpty();
    }
    Promise<Void> enough = Promise.promise();
    Timers.Armed timer = runtime.timers().after(CLAIM_PATIENCE, enough::tryComplete);
    created.onComplete(done -> {
      timer.cancel();
      if (!enough.tryComplete() && done.failed()) {
        LOG.log(System.Logger.Level.WARNING, "not deployed: {0}", done.cause().getMessage());
      }
    });
    return enough
        .future()
        .compose(done ->
            created.failed() ? Future.failedFuture(created.cause()) : Future.succeededFuture());
  }

  private static void startLate(AgentProcess process) {
    process
        .start("manifest")
        .onFailure(cause -> LOG.log(
            System.Logger.Level.WARNING, "process {0}: {1}", process.name(), cause.getMessage()));
  }

  private Future<Void> update(AgentProcess process, Manifest manifest) {
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
      if (back) {
        toStart.add(process);
      }
      return current.compose(done -> process.manifestProblem(null));
    });
  }

  /** An invalid file leaves the last good version running, and its status says why. */
  private Future<Void> invalid(ManifestReader.Read read) {
    List<String> lines = read.errors().stream().map(String::valueOf).toList();
    problems.addAll(lines);
    AgentProcess process = owner(read);
    return process == null
        ? Future.succeededFuture()
        : process.manifestProblem(String.join("\n", lines));
  }

  private @Nullable AgentProcess owner(ManifestReader.Read read) {
    String name = read.name();
    return name == null || !ProcessName.isValid(name)
        ? null
        : runtime.processes().get(new ProcessName(name));
  }

  private Future<Void> stopMissing(List<ManifestReader.Read> reads, Set<String> named) {
    Set<String> broken = new HashSet<>();
    reads.stream().filter(read -> read.name() == null).forEach(read -> broken.add(read.source()));
    return known().compose(all -> {
      Future<Void> chain = Future.succeededFuture();
      for (FromFile file : all) {
        ProcessState state = file.deployed().state();
        boolean down = state == ProcessState.STOPPED
            || state == ProcessState.FAILED
            || state == ProcessState.CREATED;
        String name = file.process().name().value();
        if (broken.contains(String.valueOf(file.deployed().file()))) {
          chain = chain.compose(done -> file.process()
              .manifestProblem(file.deployed().file() + " is invalid; the last good version runs"));
        } else if (!named.contains(name) && !down) {
          problems.add("process " + name + ": its manifest " + file.deployed().file()
              + " is gone, so it stops (reason " + MISSING + ")");
          chain = chain.compose(done -> file.process().stop(MISSING).recover(cause -> {
            problems.add("process " + name + ": it cannot be stopped: " + why(cause));
            return Future.succeededFuture();
          }));
        }
      }
      return chain;
    });
  }
}
