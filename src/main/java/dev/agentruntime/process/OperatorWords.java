package dev.agentruntime.process;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.fold.EventQueue;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.fold.Redelivery;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.run.Invoker;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says about work that cannot go on by itself: effects in doubt, dead letters, and
 * all of it when the process is taken away. Owned by: the process's context.
 */
final class OperatorWords {

  private final ProcessLog log;
  private final Invoker invoker;
  private final Supervisor supervisor;

  OperatorWords(ProcessLog log, Invoker invoker, Supervisor supervisor) {
    this.log = log;
    this.invoker = invoker;
    this.supervisor = supervisor;
  }

  /**
   * Stops it unless it is down, then starts it.
   *
   * @param stop takes the reason
   * @param start takes the reason
   * @return fails with RESTART_FAILED when either does, and ILLEGAL_TRANSITION when somebody else
   *     started it first, or wanted it stopped meanwhile
   */
  Future<Void> restart(Function<String, Future<Void>> stop, Function<String, Future<Void>> start) {
    boolean down = Lifecycle.allows(log.image().state(), ProcessState.STARTING);
    Future<Void> stopped =
        down ? Future.succeededFuture() : stop.apply(RestartPolicy.RESTART).map(this::requireOurs);
    return stopped.compose(done -> start.apply(RestartPolicy.RESTART)).recover(cause -> {
      Failure failure = Failure.of(cause);
      boolean ours =
          failure.code() == ErrorCode.STOP_FAILED || failure.code() == ErrorCode.START_FAILED;
      return Future.failedFuture(
          ours
              ? new RuntimeFault(
                  ErrorCode.RESTART_FAILED,
                  (failure.code() == ErrorCode.STOP_FAILED ? "stop: " : "start: ")
                      + failure.message())
              : cause);
    });
  }

  /** The last word holds: what was to be stopped after all is not started. */
  private @Nullable Void requireOurs(@Nullable Void stopped) {
    ProcessImage image = log.image();
    if (image.state() == ProcessState.STOPPED && !image.reason().equals(RestartPolicy.RESTART)) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION,
          "the process was to stay stopped before it was started again: " + image.reason());
    }
    return null;
  }

  /** Takes somebody's word on an effect in doubt. */
  Future<Void> resolve(InvocationId id, EntryData.EffectResolved word) {
    OpenRun run = log.image().runs().get(id);
    if (run == null) {
      boolean settled = log.image().heads().stream().anyMatch(head -> head.id().equals(id));
      throw new RuntimeFault(
          settled ? ErrorCode.EFFECT_NOT_IN_DOUBT : ErrorCode.INVOCATION_NOT_FOUND,
          "invocation " + id + (settled ? " has settled" : " is not known to be open"));
    }
    EntryData.ToolCall call = run.openCall();
    if (call == null || !call.key().equals(word.key())) {
      boolean known = run.steps().stream()
          .anyMatch(step ->
              step.data() instanceof EntryData.ToolCall any && any.key().equals(word.key()));
      throw new RuntimeFault(
          known ? ErrorCode.EFFECT_NOT_IN_DOUBT : ErrorCode.EFFECT_NOT_FOUND,
          "effect " + Json.quote(word.key()) + (known ? " has its result" : " is not known"));
    }
    LiveRun live = invoker.live(id);
    if ((live != null && live.waitsFor() != LiveRun.Wait.RESOLUTION)
        || run.resolution(call.key()) != null) {
      throw new RuntimeFault(
          ErrorCode.EFFECT_NOT_IN_DOUBT,
          "effect " + Json.quote(word.key()) + " is not in doubt: "
              + (live != null && live.inFlight() ? "its call is in flight" : "it is resolved"));
    }
    Future<Void> durable = log.write(word);
    return durable.onSuccess(done -> {
      if (live != null && !live.abandoned()) {
        live.answered();
      }
    });
  }

  /**
   * Delivers dead letters again, runs with what they have recorded or anew, or forgets them.
   *
   * @param word which; no ids = all there are, or as many as the inbox takes
   * @return {@code {"redelivered":[...],"left":n}}, or {@code cleared}
   */
  Future<Json> deadLetters(OperatorEntry.DeadLetterHandled word) {
    boolean again = word.action() == OperatorEntry.DeadLetterAction.REDELIVERED;
    List<String> chosen = again
        ? Redelivery.possible(log.image(), word.ids())
        : Redelivery.named(log.image(), word.ids());
    Future<Void> durable = chosen.isEmpty()
        ? log.durable()
        : log.write(
            new OperatorEntry.DeadLetterHandled(chosen, word.action(), word.fresh(), word.by()));
    int left = log.image().deadLetters().size();
    supervisor.accepted();
    return durable.map(
        done -> Json.of(Map.of(again ? "redelivered" : "cleared", chosen, "left", left)));
  }

  /**
   * Settles every event as cancelled, those of open runs with their runs. A call that must not be
   * made twice, and whose end nobody knows, is named.
   *
   * @return what was cancelled; fails with ILLEGAL_TRANSITION when the process is up
   */
  Future<List<TriggerEvent>> cancelAll(String reason) {
    requireDown();
    List<TriggerEvent> events = log.image().queue().events();
    for (OpenRun run : List.copyOf(log.image().runs().values())) {
      EntryData.ToolCall call = run.isInDoubt() ? run.openCall() : null;
      String why = call == null
          ? reason
          : reason + "; nobody knows whether its call of " + call.request().tool() + " was made";
      Future<Void> ignored = log.write(new EntryData.InvocationResult(
              run.id(),
              EntryData.Outcome.CANCELLED,
              run.usage(),
              run.ran().toMillis(),
              new Failure(ErrorCode.CANCELLED, why),
              run.stepSequences())
          .tainted(run.isTainted()));
    }
    List<TriggerEvent> queued = log.image().queue().events();
    for (int from = 0; from < queued.size(); from += EventQueue.SETTLE_MAX) {
      List<TriggerEvent> part =
          queued.subList(from, Math.min(queued.size(), from + EventQueue.SETTLE_MAX));
      Future<Void> ignored = log.write(new EntryData.TriggerSettled(
          part.stream().map(TriggerEvent::id).toList(), "cancelled", reason));
    }
    return log.durable().map(done -> events);
  }

  /**
   * Ends the incarnation.
   *
   * @return when it is durable; fails with ILLEGAL_TRANSITION when there is work again
   */
  Future<Void> remove(String reason) {
    requireDown();
    return log.image().removed()
        ? log.durable()
        : log.write(new DeployEntry.ProcessRemoved(reason));
  }

  private void requireDown() {
    ProcessImage image = log.image();
    boolean down = Lifecycle.allows(image.state(), ProcessState.STARTING);
    if (!down) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION,
          "process " + image.id().name() + " was started while it was being removed and is "
              + image.state().word() + ", expected=to remove it again");
    }
  }
}
