package dev.agentruntime.delivery;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.run.AskSteps;
import dev.agentruntime.run.EffectSteps;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What other processes ask this one, and what they reply and give to it. A question is an event of
 * the trigger {@code ask}, which every process has; a reply is the result of the tool call that
 * waits for it. Both are acknowledged when durable, and a second copy of either changes nothing.
 * Owned by: the process's context; heard on any thread.
 */
public final class Asks {

  /** Stands for the trigger where a reply, or a grant, is owed to a process itself. */
  static final String REPLIES = "";

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final Host host;
  private final List<Subscriptions.Listening> open;

  public Asks(ProcessLog log, ProcessDeps deps, Host host) {
    this.log = log;
    this.deps = deps;
    this.host = host;
    ProcessName name = log.image().id().name();
    this.open = List.of(
        deps.bus().listen(name, AskSteps.QUESTIONS, arrival -> home(() -> question(arrival))),
        deps.bus().listen(name, REPLIES, arrival -> home(() -> reply(arrival))));
  }

  /** What it needs of the process around it. */
  public interface Host {
    /** Runs a task on the process's context, later. */
    void later(Runnable task);

    /** Offers an event to the inbox. */
    Future<Void> take(TriggerEvent event);

    /** Why nothing may be written now, null when it may. */
    @Nullable
    RuntimeFault closed();

    /** The live run of an open one, null when it has none here. */
    @Nullable
    LiveRun live(OpenRun run);
  }

  /** The process goes away: nobody hears for it any more. */
  public void close() {
    open.forEach(Subscriptions.Listening::close);
  }

  private Future<Void> home(Supplier<Future<Void>> task) {
    Promise<Void> done = Promise.promise();
    host.later(() -> task.get().onComplete(done));
    return done.future();
  }

  private Future<Void> question(Arrival arrival) {
    Instant expires = arrival.emission().options().ttl() == null
        ? null
        : arrival.at().plus(arrival.emission().options().ttl());
    Map<String, @Nullable Object> payload = new LinkedHashMap<>();
    payload.put("topic", AskSteps.QUESTIONS);
    payload.put("message_id", arrival.item());
    payload.put("sender", arrival.source());
    payload.put("content", arrival.emission().data());
    return host.take(new TriggerEvent(
        deps.ids().next(),
        AskSteps.QUESTIONS,
        "message",
        deps.timers().now(),
        Json.of(payload),
        Json.of(Map.of("hops", arrival.hops())),
        arrival.item(),
        false,
        new Routing(
            0,
            expires,
            null,
            arrival.hops(),
            new Routing.ReplyTo(
                deps.bus().node(), new ProcessName(arrival.source()), arrival.item()))));
  }

  private Future<Void> reply(Arrival arrival) {
    RuntimeFault closed = host.closed();
    if (closed != null) {
      return Future.failedFuture(closed);
    }
    if (arrival.emission().kind() == Emission.Kind.GRANT) {
      return new BudgetDesk(log, deps)
          .receive(arrival.item(), arrival.source(), arrival.emission());
    }
    String key = arrival.emission().name();
    for (OpenRun run : log.image().runs().values()) {
      EntryData.ToolCall call = run.openCall();
      if (call != null && call.key().equals(key)) {
        return record(run, call, arrival.emission());
      }
    }
    // Its run has ended, or its time was over: nobody waits.
    return log.durable();
  }

  private Future<Void> record(OpenRun run, EntryData.ToolCall call, Emission reply) {
    Map<String, @Nullable Object> said = reply.data().object();
    boolean ok = "completed".equals(said.get("outcome"));
    String text = String.valueOf(said.get("text"));
    Future<Void> durable = log.write(new EntryData.ToolResult(
        run.id(),
        call.ordinal(),
        call.request().tool(),
        ok ? ToolOutcome.OK : ToolOutcome.ERROR,
        EffectSteps.cut(text, log.redactor()),
        List.of(),
        List.of(),
        null));
    LiveRun live = host.live(run);
    // Whatever it waits for, also leave to ask again: the reply is a better word than any.
    if (live != null && !live.abandoned()) {
      live.answered();
    }
    return durable;
  }
}
