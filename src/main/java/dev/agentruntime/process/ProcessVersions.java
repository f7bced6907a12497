package dev.agentruntime.process;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry.ProcessDeployed;
import dev.agentruntime.entry.Drift;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.history.ManifestDiff;
import dev.agentruntime.history.VersionHistory;
import dev.agentruntime.history.VersionHistory.Version;
import dev.agentruntime.journal.Journal;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The manifests of a process, from outside: those it had, the way back to one of them, and what
 * another one would change. Runs that are open finish on the version they began with, whatever is
 * deployed meanwhile. Every method may be called from any thread.
 */
public final class ProcessVersions {

  private final ProcessForks.Caller process;
  private final Supplier<Journal> journal;

  ProcessVersions(ProcessForks.Caller process, Supplier<Journal> journal) {
    this.process = process;
    this.journal = journal;
  }

  /**
   * {@code {"versions":[...],"kept_from":n}}, newest first, as {@link Version#shown} shows them;
   * {@code kept_from} is the oldest one that the journal still keeps.
   */
  public Future<Json> list() {
    return process.call(kernel -> kernel.shown().compose(done -> read(kernel)).map(all -> {
      int inForce = inForce(kernel).version();
      List<Json> shown = new ArrayList<>();
      all.forEach(version -> shown.add(0, version.shown(inForce)));
      Map<String, @Nullable Object> out = new LinkedHashMap<>();
      out.put("versions", shown);
      out.put("kept_from", all.isEmpty() ? inForce : all.get(0).entry().version());
      return Json.of(out);
    }));
  }

  private Future<List<Version>> read(ProcessKernel kernel) {
    ProcessImage image = kernel.log().image();
    return new VersionHistory(journal.get(), image.id(), image.sequence()).read();
  }

  private static ProcessDeployed inForce(ProcessKernel kernel) {
    ProcessImage.Deployment now = kernel.log().image().deployment();
    if (now == null) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION,
          "process " + kernel.log().image().id().name() + " has no manifest yet");
    }
    return now.entry();
  }

  /**
   * Brings an earlier manifest back, as a new version; durable when the future succeeds.
   *
   * @param to null = the version before the one in force
   * @param check throws when the manifest cannot be brought back for another reason
   * @return fails with NOT_FOUND when there was no such version, NOT_KEPT when retention has let
   *     go of it, VERSION_CONFLICT when it is what runs or another was deployed meanwhile
   */
  public Future<Void> rollback(@Nullable Integer to, Consumer<ProcessDeployed> check) {
    return process.call(kernel -> kernel.allowed(() -> {
      ProcessDeployed now = inForce(kernel);
      int wanted = to == null ? now.version() - 1 : to;
      if (wanted < 1 || wanted > now.version()) {
        throw new RuntimeFault(
            ErrorCode.NOT_FOUND,
            to == null
                ? "there is no version before version " + now.version()
                : "there is no version " + wanted + ", expected=1.." + now.version());
      }
      return kernel.shown().compose(done -> read(kernel)).compose(all -> {
        ProcessDeployed old = find(all, wanted);
        if (old.digest().equals(now.digest())) {
          throw new RuntimeFault(
              ErrorCode.VERSION_CONFLICT,
              "version " + wanted + " is what runs"
                  + (now.version() == wanted ? "" : ", as version " + now.version()));
        }
        check.accept(old);
        return kernel.deployed(() -> {
          ProcessDeployed then = inForce(kernel);
          if (then.version() != now.version()) {
            throw new RuntimeFault(
                ErrorCode.VERSION_CONFLICT,
                "version " + then.version() + " was deployed meanwhile, look again");
          }
          return next(then, old.manifest(), old.digest(), wanted);
        });
      });
    }));
  }

  private static ProcessDeployed find(List<Version> all, int wanted) {
    for (Version version : all) {
      if (version.entry().version() == wanted) {
        return version.entry();
      }
    }
    throw new RuntimeFault(
        ErrorCode.NOT_KEPT,
        "version " + wanted + " is kept no more: the journal's retention let go of its entry"
            + (all.isEmpty()
                ? ""
                : "; the oldest that is kept is " + all.get(0).entry().version()));
  }

  /**
   * Puts a manifest in the place of what the process's source said, until that says something new;
   * durable when the future succeeds.
   */
  public Future<Void> replace(Json manifest, String digest) {
    return process.call(kernel -> kernel.deployed(() -> {
      ProcessDeployed now = inForce(kernel);
      return next(now, manifest, digest, 0);
    }));
  }

  private static ProcessDeployed next(
      ProcessDeployed now, Json manifest, String digest, int restores) {
    return new ProcessDeployed(
        manifest,
        digest,
        now.version() + 1,
        now.source(),
        now.file(),
        restores,
        drift(now, manifest, digest));
  }

  /** What is another than the source said; an API that deploys says itself what it should be. */
  private static @Nullable Drift drift(ProcessDeployed now, Json manifest, String digest) {
    if (now.source().equals("api") || now.declaredDigest().equals(digest)) {
      return null;
    }
    Drift earlier = now.drift();
    TreeSet<String> parts = new TreeSet<>(earlier == null ? List.of() : earlier.parts());
    for (Json change : ManifestDiff.of(now.manifest(), manifest)) {
      parts.add(String.valueOf(change.object().get("key")).split("[.\\[]", 2)[0]);
    }
    return new Drift(now.declaredDigest(), List.copyOf(parts), List.of());
  }

  /**
   * What another manifest would change, and what running work it would touch; changes nothing.
   *
   * <pre>
   * {"name", "exists":true, "version":n, "next_version":n+1, "changes":[...],
   *  "running":[{"invocation","version"}], "queued":n}
   * </pre>
   *
   * <p>Each running invocation finishes on its {@code version}; what is queued runs on {@code
   * next_version}. {@code changes} are as {@link ManifestDiff#of} shows them.
   */
  public Future<Map<String, @Nullable Object>> preview(Json manifest) {
    return process.call(kernel -> {
      ProcessImage image = kernel.log().image();
      ProcessDeployed now = inForce(kernel);
      List<Json> changes = ManifestDiff.of(now.manifest(), manifest);
      List<Object> running = new ArrayList<>();
      for (OpenRun run : image.runs().values()) {
        running.add(
            Map.of("invocation", run.id().value(), "version", run.start().manifestVersion()));
      }
      Map<String, @Nullable Object> out = new LinkedHashMap<>();
      out.put("name", image.id().name().value());
      out.put("exists", true);
      out.put("version", now.version());
      out.put("next_version", changes.isEmpty() ? now.version() : now.version() + 1);
      out.put("changes", changes);
      out.put("running", running);
      out.put("queued", image.queue().waiting());
      return kernel.shown().map(out);
    });
  }
}
