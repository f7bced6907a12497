package dev.agentruntime.process;

import dev.agentruntime.agent.Steps.Acted;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.EntryData.ToolOutcome;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Arguments;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tool calls of one run. A tool that reaches outside is announced before it is called and its
 * answer is recorded after; a call that was announced and has no answer is in doubt: it is made
 * again under the same key when the tool allows it, else the run waits for somebody's word. Owned
 * by: the process's context.
 */
final class EffectSteps {

  /** Calls of a repeatable tool under one key before its outcome counts as unknown. */
  static final int CALLS_MAX = 4;

  /** Longest answer of a tool that is recorded and shown, in characters. */
  static final int TEXT_MAX = 100_000;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  private final ProcessLog log;
  private final LiveRun live;
  private final InvocationId id;
  private final Toolbox tools;
  private final Timers timers;
  private final Runnable onWaiting;

  /**
   * Steps of one run.
   *
   * @param onWaiting told when the run begins or ends to wait for somebody
   */
  EffectSteps(ProcessLog log, LiveRun live, Toolbox tools, Timers timers, Runnable onWaiting) {
    this.log = log;
    this.live = live;
    this.id = live.id();
    this.tools = tools;
    this.timers = timers;
    this.onWaiting = onWaiting;
  }

  static Acted acted(EntryData.ToolResult result) {
    return new Acted(result.text(), result.outcome() != ToolOutcome.OK);
  }

  /** The answer of a call that has no recorded result. */
  Future<Acted> act(int ordinal, Message.ToolRequest request) {
    EntryData.ToolCall announced = run().call(ordinal);
    if (announced != null) {
      return inDoubt(announced);
    }
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
    Policy policy = tool.definition().policy();
    if (policy == Policy.OWN_STATE) {
      return ownState(ordinal, tool, arguments);
    }
    EntryData.ToolCall call =
        new EntryData.ToolCall(id, ordinal, request, id.effectKey(ordinal), policy);
    return announce(call, tool, arguments);
  }

  // --- Own state: one entry, nothing leaves

  private Future<Acted> ownState(int ordinal, Tool tool, Json arguments) {
    return safely(
            tool,
            new Tool.Call(
                log.image().id().name(),
                id,
                id.effectKey(ordinal),
                arguments,
                run().view(),
                live.cancel()))
        .otherwise(failed -> Tool.Reply.error(String.valueOf(failed.getMessage())))
        .map(this::refuseStale)
        .compose(reply -> record(new EntryData.ToolResult(
            id,
            ordinal,
            tool.definition().name(),
            reply.error() ? ToolOutcome.ERROR : ToolOutcome.OK,
            reply.text(),
            reply.writes())));
  }

  /**
   * A conditional write holds against the committed version, and claims its key until the run
   * settles.
   */
  private Tool.Reply refuseStale(Tool.Reply reply) {
    for (ContextWrite write : reply.writes()) {
      Long expected = write.ifVersion();
      // A later write of the run compares with its own first one, which the tool did itself.
      if (expected != null && !run().wrote(write.key())) {
        long committed = log.image().context().version(write.key());
        if (committed != expected) {
          return Tool.Reply.error("key " + Json.quote(write.key()) + " has version " + committed
              + ", expected=" + expected + "; read it again");
        }
        boolean claimed = log.image().runs().values().stream()
            .anyMatch(other -> !other.id().equals(id) && other.claims(write.key()));
        if (claimed) {
          return Tool.Reply.error("key " + Json.quote(write.key())
              + " is being written by another run; read it again later");
        }
      }
    }
    return reply;
  }

  // --- Outside: announce, act, record

  private Future<Acted> announce(EntryData.ToolCall call, Tool tool, Json arguments) {
    Promise<Acted> answer = Promise.promise();
    log.write(call).onSuccess(durable -> {
      if (!live.abandoned()) {
        Failpoints.reach("tool.before");
        invoke(call, tool, arguments, 1).onComplete(answer);
      }
    });
    return answer.future();
  }

  private Future<Acted> invoke(EntryData.ToolCall call, Tool tool, Json arguments, int count) {
    Promise<Acted> answer = Promise.promise();
    live.inFlight(true);
    Tool.Call asked = new Tool.Call(
        log.image().id().name(), id, call.key(), arguments, run().view(), live.cancel());
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
                reply.error() ? ToolOutcome.ERROR : ToolOutcome.OK,
                cut(reply.text()),
                List.of()))
            .onComplete(answer);
      } else {
        unknown(call, tool, arguments, count).onComplete(answer);
      }
    });
    return answer.future();
  }

  /** Nobody knows whether the call acted. */
  private Future<Acted> unknown(EntryData.ToolCall call, Tool tool, Json arguments, int count) {
    if (!call.policy().mayRepeat() || count >= CALLS_MAX || live.cancel().isCancelled()) {
      return park(call);
    }
    Promise<Acted> answer = Promise.promise();
    Timers.Armed ignored = timers.after(FIRST_PAUSE.multipliedBy(1L << (count - 1)), () -> {
      if (!live.abandoned()) {
        invoke(call, tool, arguments, count + 1).onComplete(answer);
      }
    });
    return answer.future();
  }

  // --- In doubt

  private Future<Acted> inDoubt(EntryData.ToolCall call) {
    EntryData.EffectResolved word = run().resolution(call.key());
    if (word != null) {
      return resolved(call, word);
    }
    return call.policy().mayRepeat() ? repeat(call) : park(call);
  }

  private Future<Acted> resolved(EntryData.ToolCall call, EntryData.EffectResolved word) {
    return switch (word.resolution()) {
      case LANDED ->
        record(result(
            call, ToolOutcome.OK, word.result() == null ? "It took effect." : word.result()));
      case DID_NOT_HAPPEN ->
        record(result(
            call, ToolOutcome.ERROR, "The call did not take effect. " + orEmpty(word.result())));
      case RETRY -> {
        Promise<Acted> answer = Promise.promise();
        // Announced anew: the word counts for one call only.
        log.write(call).onSuccess(durable -> {
          if (!live.abandoned()) {
            repeat(call).onComplete(answer);
          }
        });
        yield answer.future();
      }
    };
  }

  private Future<Acted> repeat(EntryData.ToolCall call) {
    Tool tool = tools.find(call.request().tool());
    if (tool == null) {
      return park(call);
    }
    Json arguments =
        Arguments.parse(call.request().arguments(), tool.definition().parameters());
    return invoke(call, tool, arguments, 1);
  }

  private Future<Acted> park(EntryData.ToolCall call) {
    Promise<Acted> answer = Promise.promise();
    live.await(() -> {
      onWaiting.run();
      inDoubt(call).onComplete(answer);
    });
    onWaiting.run();
    return answer.future();
  }

  // --- Recording

  private Future<Acted> refuse(int ordinal, Message.ToolRequest request, String why) {
    return record(
        new EntryData.ToolResult(id, ordinal, request.tool(), ToolOutcome.ERROR, why, List.of()));
  }

  private EntryData.ToolResult result(EntryData.ToolCall call, ToolOutcome outcome, String text) {
    return new EntryData.ToolResult(
        id, call.ordinal(), call.request().tool(), outcome, text, List.of());
  }

  private Future<Acted> record(EntryData.ToolResult result) {
    if (live.abandoned()) {
      return Promise.<Acted>promise().future();
    }
    Future<Void> written = log.write(result);
    if (live.abandoned() || (written.isComplete() && written.failed())) {
      return Promise.<Acted>promise().future();
    }
    return Future.succeededFuture(acted(result));
  }

  /** A tool that throws instead of failing its future is a tool that failed. */
  private static Future<Tool.Reply> safely(Tool tool, Tool.Call call) {
    try {
      return tool.call(call);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private OpenRun run() {
    OpenRun run = log.image().runs().get(id);
    if (run == null) {
      throw new IllegalStateException("invocation " + id + " is not open");
    }
    return run;
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX
        ? text
        : text.substring(0, TEXT_MAX) + "\n[cut: " + text.length() + " characters]";
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
