package dev.agentruntime.replay;

import dev.agentruntime.agent.AgentLoop;
import dev.agentruntime.agent.RunInput;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A what-if copy of a process at one entry: without triggers, with a journal in memory, running one
 * invocation again under another model or other instructions. Nothing of it reaches the original,
 * its journal or the outside; it ends with what it did otherwise. Owned by: the process's context.
 */
public final class Fork {

  /** Longest run of a fork whose manifest sets no limit. */
  static final Duration TIME_MAX = Duration.ofMinutes(10);

  private final ForkOrder order;
  private final ForkLog log;
  private final ForkSeat seat;
  private final OpenRun run;
  private final RunStory original;
  private final String originalModel;
  private final int keptTurns;
  private final long keptSteps;
  private final long beginsAt;
  private final Instant startedAt;
  private final ForkSteps steps;
  private final Promise<Json> ended = Promise.promise();
  private Timers.@Nullable Armed limit;
  private @Nullable Outcome outcome;
  private @Nullable Failure failure;
  private @Nullable Instant endedAt;

  private Fork(ForkOrder order, ForkScan scan, Json manifest, ForkSeat seat) {
    this.order = order;
    this.seat = seat;
    this.run = scan.run();
    this.original = scan.original();
    this.originalModel = String.valueOf(scan.manifest().manifest().object().get("model"));
    this.keptTurns = RunStory.of(run.steps()).replies.size();
    this.keptSteps = run.steps().size();
    this.beginsAt = scan.image().sequence();
    this.startedAt = seat.timers().now();
    this.log = new ForkLog(scan.image(), seat.timers(), seat.guard());
    ProcessConfig config = seat.config();
    int version = scan.image().deployment() == null
        ? 1
        : scan.image().deployment().entry().version() + 1;
    log.write(new DeployEntry.ProcessDeployed(
        manifest, ManifestReader.of(config).digest(), version, "fork", null));
    log.write(new EntryData.InvocationStart(
        run.id(),
        run.start().eventIds(),
        run.attempt() + 1,
        version,
        seat.tools().digest(),
        run.start().blocks()));
    this.steps = new ForkSteps(log, run, seat, order, original.recorded());
  }

  /**
   * The manifest of a fork, as the journal keeps manifests: the original's, with what was ordered
   * in its place, and without triggers.
   *
   * @throws RuntimeFault INVALID_CONFIG when that is no manifest
   */
  public static Json manifest(Json original, ForkOrder order) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>(original.object());
    String model = order.model();
    if (model != null) {
      boolean plays = model.startsWith("script:");
      if (plays != (order.play() != null)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "play, expected=together with a model script:NAME and only then, actual=model "
                + Json.quote(model));
      }
      form.put("model", model);
      form.remove("script");
      if (plays) {
        form.put("script", order.play());
      }
    } else if (order.play() != null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "play, expected=together with a model script:NAME");
    }
    if (order.instructions() != null) {
      form.put("instructions", order.instructions());
    }
    form.remove("triggers");
    return Json.of(form);
  }

  /** Sets a fork going; to be called on the process's context. */
  public static Fork begin(ForkOrder order, ForkScan scan, Json manifest, ForkSeat seat) {
    Fork fork = new Fork(order, scan, manifest, seat);
    fork.go();
    return fork;
  }

  private void go() {
    Duration configured = seat.config().run().maxInvocationTime();
    Duration time = configured.isZero() ? TIME_MAX : configured;
    limit = seat.timers()
        .after(
            time,
            () -> end(
                Outcome.FAILED,
                new Failure(
                    ErrorCode.INVOCATION_TIMEOUT,
                    "the fork ran longer than " + time.toSeconds() + " s")));
    RunInput input = new RunInput(
        seat.config().instructions(),
        run.base().context(),
        run.base().conversation(),
        run.event(),
        run.id(),
        run.blocks(),
        seat.tools().definitions(),
        seat.config().run().maxTurns(),
        RunInput.Room.of(seat.config()));
    AgentLoop.run(input, steps)
        .onComplete(done -> end(
            done.succeeded() ? Outcome.COMPLETED : Outcome.FAILED,
            done.succeeded() ? null : Failure.of(done.cause())));
  }

  /** Ends it as it is. */
  public void cancel() {
    end(Outcome.CANCELLED, new Failure(ErrorCode.CANCELLED, "the fork was ended"));
  }

  private void end(Outcome how, @Nullable Failure why) {
    if (outcome != null) {
      return;
    }
    outcome = how;
    failure = why;
    endedAt = seat.timers().now();
    steps.end();
    if (limit != null) {
      limit.cancel();
    }
    log.write(new EntryData.InvocationResult(
        run.id(),
        how,
        run.usage(),
        Duration.between(startedAt, endedAt).toMillis(),
        why,
        run.stepSequences(),
        List.of()));
    ended.complete(show());
  }

  /** What {@link #show} says when it has come to its end. */
  public Future<Json> ended() {
    return ended.future();
  }

  /** Its name. */
  public ProcessName name() {
    return log.image().id().name();
  }

  /** Where it stands; from its end on also the difference to the original. */
  public Json show() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("fork", name().value());
    all.put("at", order.at());
    all.put("begins_at", beginsAt);
    all.put("invocation", run.id().value());
    all.put("state", outcome == null ? "running" : outcome.name().toLowerCase(Locale.ROOT));
    all.put("model", seat.config().model());
    all.put("started_at", startedAt.toString());
    all.put("turns", RunStory.of(run.steps()).replies.size());
    all.put("entries", log.entries().size());
    Instant end = endedAt;
    if (end != null) {
      all.put("ended_at", end.toString());
      if (failure != null) {
        all.put("failure", Map.of("code", failure.code().name(), "message", failure.message()));
      }
      all.put(
          "diff",
          new ForkDiff(original, story(), steps.answered(), keptTurns)
              .toValues(originalModel, seat.config().model(), spent()));
    }
    return Json.of(all);
  }

  private RunStory story() {
    RunStory story = RunStory.of(run.steps());
    log.entries().forEach(entry -> {
      if (entry.data() instanceof EntryData.InvocationResult) {
        story.see(entry.data());
      }
    });
    return story;
  }

  private Message.Usage spent() {
    return RunStory.of(run.steps().subList((int) keptSteps, run.steps().size())).usage;
  }
}
