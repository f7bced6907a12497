package dev.agentruntime.run;

import dev.agentruntime.agent.Steps.Acted;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.oversight.Act;
import dev.agentruntime.oversight.Oversight;
import dev.agentruntime.oversight.Verdict;
import dev.agentruntime.secret.SecretAction;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Arguments;
import dev.agentruntime.tool.AskTool;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tool calls of one run. A tool that reaches outside is announced before it is called and its
 * answer is recorded after; a call that was announced and has no answer is in doubt: it is made
 * again under the same key when the tool allows it, else the run waits for somebody's word. Owned
 * by: the process's context.
 */
public final class EffectSteps {

  /** Calls of a repeatable tool under one key before its outcome counts as unknown. */
  public static final int CALLS_MAX = 4;

  /** Longest answer of a tool that is recorded and shown, in characters. */
  static final int TEXT_MAX = 100_000;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  private final ProcessLog log;
  private final Gate gate;
  private final LiveRun live;
  private final InvocationId id;
  private final Toolbox tools;
  private final Host host;
  private final OwnStateSteps ownState;
  private final DoubtSteps doubt;

  public EffectSteps(ProcessLog log, Gate gate, LiveRun live, Toolbox tools, Host host) {
    this.log = log;
    this.gate = gate;
    this.live = live;
    this.id = live.id();
    this.tools = tools;
    this.host = host;
    this.ownState = new OwnStateSteps(log, live, this);
    this.doubt = new DoubtSteps(log, gate, live, tools, this);
  }

  /** What the steps need of the process around them. */
  public interface Host {
    /** Runs a task on the process's context, later. */
    void later(Runnable task);

    /** The run begins or ends to wait for somebody. */
    void waits();

    /** Where other processes are. */
    Subscriptions bus();

    /** Who is asked first. */
    Oversight oversight();
  }

  /** Who is asked before a step. */
  Oversight oversight() {
    return host.oversight();
  }

  static Acted acted(EntryData.ToolResult result) {
    return new Acted(result.text(), result.outcome() != ToolOutcome.OK);
  }

  /** The answer of a call that has no recorded result. */
  Future<Acted> act(int ordinal, Message.ToolRequest request) {
    EntryData.ToolCall announced = run().call(ordinal);
    return announced != null
        ? doubt.answer(announced)
        : gate.pass(live).compose(open -> first(ordinal, request));
  }

  private Future<Acted> first(int ordinal, Message.ToolRequest request) {
    Tool tool = tools.find(request.tool());
    if (tool == null) {
      return refuse(
          ordinal,
          request,
          "there is no tool " + Json.quote(request.tool()) + ", expected one of "
              + tools.definitions().stream().map(ToolDefinition::name).toList());
    }
    Json arguments;
    try {
      arguments = Arguments.parse(request.arguments(), tool.definition().parameters());
    } catch (RuntimeFault fault) {
      return refuse(ordinal, request, fault.failure().message());
    }
    Policy policy = tools.policy(request.tool());
    Act act = new Act(
        run(), ordinal, request, tool.definition(), policy, arguments, tool.isOutbound(), false);
    Verdict verdict = host.oversight().beforeTool(act);
    if (verdict instanceof Verdict.Go go) {
      return allowed(act, tool, go.arguments() == null ? arguments : go.arguments());
    } else if (verdict instanceof Verdict.Refuse refused) {
      return record(new EntryData.ToolResult(
          id,
          ordinal,
          request.tool(),
          refused.outcome(),
          refused.text(),
          List.of(),
          List.of(),
          null));
    } else if (verdict instanceof Verdict.End end) {
      return Future.failedFuture(end.why());
    } else if (verdict instanceof Verdict.Soon soon) {
      return whenTold(soon.told(), () -> act(ordinal, request));
    } else if (verdict instanceof Verdict.Wait wait) {
      return waitFor(wait.why(), () -> {
        host.oversight().goesOn(run(), live.over() != null);
        return act(ordinal, request);
      });
    }
    return act(ordinal, request);
  }

  private Future<Acted> allowed(Act act, Tool tool, Json arguments) {
    int ordinal = act.ordinal();
    Message.ToolRequest request = arguments.equals(act.arguments())
        ? act.request()
        : new Message.ToolRequest(
            act.request().callId(), act.request().tool(), arguments.toString());
    if (act.policy() == Policy.OWN_STATE) {
      return ownState
          .act(ordinal, tool, arguments, host.oversight().charge(act))
          .compose(this::record);
    }
    String refusal = tool instanceof AskTool ? askRefusal(arguments) : tool.refusal(arguments);
    if (refusal != null) {
      note(tool, arguments, SecretAction.DENIED);
      return refuse(ordinal, request, refusal);
    }
    EntryData.ToolCall call = new EntryData.ToolCall(
        id,
        ordinal,
        request,
        id.effectKey(ordinal),
        act.policy(),
        host.oversight().charge(act));
    return announce(call, tool, arguments);
  }

  /** Which secrets a call is given, or is not; durable with whatever is written next. */
  void note(Tool tool, Json arguments, SecretAction action) {
    for (String name : new TreeSet<>(tool.secrets(arguments))) {
      Future<Void> ignored = log.write(
          OperatorEntry.SecretAccess.of(name, action.word(), tool.definition().name(), id.value()));
    }
  }

  private @Nullable String askRefusal(Json arguments) {
    try {
      return AskSteps.refusal(AskTool.question(arguments), run(), log);
    } catch (RuntimeFault fault) {
      return fault.failure().message();
    }
  }

  // --- Outside: announce, act, record

  private Future<Acted> announce(EntryData.ToolCall call, Tool tool, Json arguments) {
    Promise<Acted> answer = Promise.promise();
    // From here on it is in flight: a stop lets it be made rather than leave it in doubt.
    live.inFlight(true);
    note(tool, arguments, SecretAction.USED);
    Future<Void> announced = log.write(call);
    if (announced.failed() && !log.broken()) {
      live.inFlight(false);
      return refuse(call.ordinal(), call.request(), "the arguments are too long");
    }
    announced.onSuccess(durable -> {
      if (!live.abandoned()) {
        Failpoints.reach("tool.before");
        String late = tool instanceof AskTool ? null : tool.refusal(arguments);
        if (late == null) {
          invoke(call, tool, arguments, 1).onComplete(answer);
        } else {
          // A secret expired, or was revoked, while the announcement was written.
          live.inFlight(false);
          note(tool, arguments, SecretAction.DENIED);
          refuse(call.ordinal(), call.request(), late).onComplete(answer);
        }
      }
    });
    return answer.future();
  }

  /** Calls a tool that was announced; {@code count} says how often, with this call. */
  Future<Acted> invoke(EntryData.ToolCall call, Tool tool, Json arguments, int count) {
    if (tool instanceof AskTool) {
      // Checked before it was announced.
      return new AskSteps(log, gate, live, host, host.bus()).ask(call, AskTool.question(arguments));
    }
    Promise<Acted> answer = Promise.promise();
    live.inFlight(true);
    Tool.Call asked = new Tool.Call(
        log.image().id().name(), id, call.key(), arguments, run().view(), live.cancel(), source());
    safely(tool, asked).onComplete(result -> {
      if (live.abandoned()) {
        return;
      }
      live.inFlight(false);
      if (result.succeeded()) {
        Failpoints.reach("tool.afterCall");
        Tool.Reply reply = result.result();
        record(new EntryData.ToolResult(
                id,
                call.ordinal(),
                call.request().tool(),
                reply.outcome(),
                cut(reply.text(), log.redactor()),
                List.of(),
                List.of(),
                null))
            .onComplete(answer);
      } else {
        unknown(call, new Tried(count, result.cause())).onComplete(answer);
      }
    });
    return answer.future();
  }

  /** How often a call was made, and how the last one failed. */
  private record Tried(int count, Throwable why) {
    /** Whether waiting as long again is not worth it. */
    boolean tooLate() {
      return why instanceof RuntimeFault fault && fault.failure().code() == ErrorCode.TOOL_TIMEOUT;
    }
  }

  /** Nobody knows whether the call acted. */
  private Future<Acted> unknown(EntryData.ToolCall call, Tried tried) {
    if (!call.policy().mayRepeat()) {
      return doubt.park(call, "");
    }
    if (live.over() != null) {
      return doubt.unknown(call);
    }
    if (call.policy() == Policy.READ_ONLY && (tried.count() >= CALLS_MAX || tried.tooLate())) {
      // It changed nothing, so there is nothing to ask anybody about.
      return record(result(call, ToolOutcome.ERROR, "No answer: " + tried.why().getMessage()));
    }
    int count = tried.count();
    if (count >= CALLS_MAX) {
      return doubt.park(
          call, "no answer after " + count + " calls: " + tried.why().getMessage());
    }
    Promise<Acted> answer = Promise.promise();
    Duration pause = FIRST_PAUSE.multipliedBy(1L << (count - 1));
    Timers.Armed ignored = gate.timers().after(pause, () -> {
      if (!live.abandoned()) {
        doubt.again(new DoubtSteps.Again(call, count + 1, false)).onComplete(answer);
      }
    });
    return answer.future();
  }

  Tool.Source source() {
    return new Tool.Source(run().origin(), run().isTainted());
  }

  /** Goes on when it is told to, on the process's context; a stop waits for that. */
  <T> Future<T> whenTold(Future<Void> told, Supplier<Future<T>> then) {
    Promise<T> answer = Promise.promise();
    live.inFlight(true);
    told.onComplete(done -> {
      if (!live.abandoned()) {
        live.inFlight(false);
        then.get().onComplete(answer);
      }
    });
    return answer.future();
  }

  <T> Future<T> waitFor(LiveRun.Wait why, Supplier<Future<T>> then) {
    Promise<T> answer = Promise.promise();
    live.inFlight(false);
    live.await(why, () -> {
      host.waits();
      then.get().onComplete(answer);
    });
    host.waits();
    return answer.future();
  }

  // --- Recording

  private Future<Acted> refuse(int ordinal, Message.ToolRequest request, String why) {
    return record(new EntryData.ToolResult(
        id, ordinal, request.tool(), ToolOutcome.ERROR, why, List.of(), List.of(), null));
  }

  private EntryData.ToolResult result(EntryData.ToolCall call, ToolOutcome outcome, String text) {
    return new EntryData.ToolResult(
        id, call.ordinal(), call.request().tool(), outcome, text, List.of(), List.of(), null);
  }

  /** Records a result and hands it back. */
  Future<Acted> record(EntryData.ToolResult given) {
    EntryData.ToolResult result = log.redacted(host.oversight().told(given));
    if (live.abandoned()) {
      return Promise.<Acted>promise().future();
    }
    Future<Void> written = log.write(result);
    if (written.failed() && !log.broken()) {
      return record(new EntryData.ToolResult(
          id,
          result.ordinal(),
          result.tool(),
          result.writes().isEmpty() && result.emissions().isEmpty()
              ? result.outcome()
              : ToolOutcome.ERROR,
          "The answer is too long to be kept: " + result.text().length() + " characters.",
          List.of(),
          List.of(),
          result.charge()));
    }
    if (live.abandoned() || (written.isComplete() && written.failed())) {
      return Promise.<Acted>promise().future();
    }
    return Future.succeededFuture(acted(result));
  }

  /**
   * A tool that throws instead of failing its future is a tool that failed; one that answers on a
   * thread of its own is heard on the process's context.
   */
  Future<Tool.Reply> safely(Tool tool, Tool.Call call) {
    Future<Tool.Reply> reply;
    try {
      reply = Objects.requireNonNull(tool.call(call), "the tool answered null");
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
    if (reply.isComplete()) {
      return reply;
    }
    Promise<Tool.Reply> home = Promise.promise();
    reply.onComplete(result -> host.later(() -> home.handle(result)));
    return home.future();
  }

  OpenRun run() {
    OpenRun run = log.image().runs().get(id);
    if (run == null) {
      throw new IllegalStateException("invocation " + id + " is not open");
    }
    return run;
  }

  /** A text as it is kept; secrets are taken out first, for nobody finds half of one. */
  public static String cut(String text, Redactor redactor) {
    if (text.length() <= TEXT_MAX) {
      return text;
    }
    String clean = redactor.redact(text);
    return clean.length() <= TEXT_MAX
        ? clean
        : clean.substring(0, TEXT_MAX) + "\n[cut: " + text.length() + " characters]";
  }
}
