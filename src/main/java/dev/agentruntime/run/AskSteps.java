package dev.agentruntime.run;

import dev.agentruntime.agent.Steps.Acted;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.tool.AskTool.Question;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Questions of one run to other processes. An announced question is sent until it is accepted, and
 * the run waits, without a thread, until the process has recorded the reply or its time is over.
 * After a crash it is sent again under the same key, which the other side knows. Owned by: the
 * process's context.
 */
public final class AskSteps {

  /** The trigger of questions, which every process has. */
  public static final String QUESTIONS = "ask";

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(5);

  private final ProcessLog log;
  private final Gate gate;
  private final LiveRun live;
  private final EffectSteps.Host host;
  private final Subscriptions bus;

  AskSteps(ProcessLog log, Gate gate, LiveRun live, EffectSteps.Host host, Subscriptions bus) {
    this.log = log;
    this.gate = gate;
    this.live = live;
    this.host = host;
    this.bus = bus;
  }

  /** What forbids a question, null when nothing does; asked before it is announced. */
  static @Nullable String refusal(Question question, OpenRun run, ProcessLog log) {
    if (question.process().equals(log.image().id().name())) {
      return "a process cannot ask itself";
    }
    int max = log.image().config().delivery().hopsMax();
    if (run.event().routing().hops() >= max) {
      return "this run is " + max + " emissions away from a source outside, expected fewer: it may"
          + " ask nobody any more";
    }
    return null;
  }

  /** Sends an announced question and waits. */
  Future<Acted> ask(EntryData.ToolCall call, Question question) {
    OpenRun run = run();
    EntryData.ToolResult known = run.result(call.ordinal());
    if (known != null) {
      // The reply came while it was announced anew.
      live.inFlight(false);
      return Future.succeededFuture(EffectSteps.acted(known));
    }
    Instant asked = askedAt(run, call);
    Instant deadline = asked.plus(question.timeout());
    Arrival arrival = new Arrival(
        call.key(),
        new Emission(
            Emission.Kind.MESSAGE,
            QUESTIONS,
            question.content(),
            new Emission.Options(0, question.timeout(), null)),
        log.image().id().name().value(),
        asked,
        run.event().routing().hops() + 1);
    Promise<Acted> answer = Promise.promise();
    live.inFlight(false);
    live.await(LiveRun.Wait.REPLY, () -> {
      host.waits();
      EntryData.ToolResult recorded = run().result(call.ordinal());
      answer.complete(EffectSteps.acted(recorded == null ? late(call, question) : recorded));
    });
    Duration left = Duration.between(gate.timers().now(), deadline);
    var timer = gate.timers()
        .after(left.isNegative() ? Duration.ZERO : left, () -> timeOut(call, question));
    answer.future().onComplete(done -> timer.cancel());
    send(new Due(bus.node(), question.process(), QUESTIONS, null), arrival, FIRST_PAUSE);
    host.waits();
    return answer.future();
  }

  private void send(Due due, Arrival arrival, Duration pause) {
    if (!waits(arrival.item())) {
      return;
    }
    bus.deliver(due, arrival)
        .onFailure(refused -> host.later(() -> {
          Duration doubled = pause.multipliedBy(2);
          Duration next = doubled.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : doubled;
          var ignored = gate.timers().after(pause, () -> send(due, arrival, next));
        }));
  }

  private boolean waits(String key) {
    OpenRun run = log.image().runs().get(live.id());
    EntryData.ToolCall open = run == null ? null : run.openCall();
    return !live.abandoned() && open != null && open.key().equals(key);
  }

  private void timeOut(EntryData.ToolCall call, Question question) {
    if (waits(call.key()) && !log.broken()) {
      log.write(late(call, question))
          .onFailure(cause -> System.getLogger(AskSteps.class.getName())
              .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
      live.answered();
    }
  }

  private EntryData.ToolResult late(EntryData.ToolCall call, Question question) {
    return new EntryData.ToolResult(
        live.id(),
        call.ordinal(),
        call.request().tool(),
        ToolOutcome.UNKNOWN,
        "No reply from " + question.process() + " within " + question.timeout().toSeconds()
            + " s. It may never have taken the question, or may still act on it.",
        List.of(),
        List.of(),
        null);
  }

  /** When the question was announced: its time runs over crashes. */
  private Instant askedAt(OpenRun run, EntryData.ToolCall call) {
    for (JournalEntry step : run.steps()) {
      if (step.data() instanceof EntryData.ToolCall any && any.key().equals(call.key())) {
        return step.time();
      }
    }
    return gate.timers().now();
  }

  private OpenRun run() {
    OpenRun run = log.image().runs().get(live.id());
    if (run == null) {
      throw new IllegalStateException("invocation " + live.id() + " is not open");
    }
    return run;
  }
}
