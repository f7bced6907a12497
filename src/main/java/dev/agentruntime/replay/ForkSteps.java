package dev.agentruntime.replay;

import dev.agentruntime.agent.Repair;
import dev.agentruntime.agent.Steps;
import dev.agentruntime.config.SecretHandles;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.secret.SecretAction;
import dev.agentruntime.tool.Arguments;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a fork. The model is asked for what is not recorded before the fork; of tools only
 * those are called that touch nothing but the fork itself, and, when that was asked for, those that
 * only read. Whatever else is called meets the firewall: it is answered by what the original
 * recorded for the same call, or by what was ordered, or written down and not made. Owned by: the
 * process's context.
 */
final class ForkSteps implements Steps {

  static final String NOT_MADE =
      "Not made: this is a what-if run, and a call that would change something outside is only"
          + " written down. Go on as if it had worked.";
  static final String NOT_READ =
      "Not read: this is a what-if run, and nothing is recorded for this call.";

  private static final int TEXT_MAX = 100_000;

  private final ForkLog log;
  private final OpenRun run;
  private final ForkSeat seat;
  private final ForkOrder order;
  private final CancelSignal cancel = new CancelSignal();
  private final Map<CallKey, EntryData.@Nullable ToolResult> recorded;
  private final CallKey.Counter counter = new CallKey.Counter();
  private final TreeMap<Integer, Answered> answered = new TreeMap<>();
  private boolean over;

  ForkSteps(
      ForkLog log,
      OpenRun run,
      ForkSeat seat,
      ForkOrder order,
      Map<CallKey, EntryData.@Nullable ToolResult> recorded) {
    this.log = log;
    this.run = run;
    this.seat = seat;
    this.order = order;
    this.recorded = recorded;
  }

  /** Nothing of it is written any more, and what is in flight need not go on. */
  void end() {
    over = true;
    cancel.cancel();
  }

  /** Where the results of its calls outside came from, by ordinal. */
  Map<Integer, Answered> answered() {
    return answered;
  }

  @Override
  public AgentContext state() {
    return run.view();
  }

  // --- The model

  @Override
  public Future<Replied> model(
      int turn,
      Supplier<ChatRequest> request,
      Function<Message.Assistant, @Nullable String> check) {
    EntryData.ModelReply known = run.reply(turn);
    return known != null
        ? Future.succeededFuture(new Replied(known.reply(), known.usage()))
        : ask(turn, request.get(), check);
  }

  private Future<Replied> ask(
      int turn, ChatRequest request, Function<Message.Assistant, @Nullable String> check) {
    ChatRequest clean = seat.guard().clean(Repair.of(request, run.rejections(turn)));
    return home(() -> seat.model().chat(clean, cancel))
        .compose(reply -> record(turn, request, reply, check));
  }

  private Future<Replied> record(
      int turn,
      ChatRequest request,
      ChatReply reply,
      Function<Message.Assistant, @Nullable String> check) {
    String unusable = check.apply(reply.message());
    EntryData.ModelReply entry = log.write(new EntryData.ModelReply(
        run.id(), turn, reply.message(), reply.usage(), "", unusable, reply.model()));
    if (unusable == null) {
      return Future.succeededFuture(new Replied(entry.reply(), entry.usage()));
    }
    return run.rejections(turn).size() < Repair.REJECTED_MAX
        ? ask(turn, request, check)
        : Future.failedFuture(new RuntimeFault(
            ErrorCode.MODEL_MALFORMED,
            "the model gave " + Repair.REJECTED_MAX + " replies in turn " + turn
                + " that cannot be used, the last because " + unusable));
  }

  // --- Tools

  @Override
  public Future<Acted> tool(int ordinal, Message.ToolRequest request) {
    // Also of calls before the fork: the third such call here is the third such call there.
    CallKey key = counter.next(request);
    EntryData.ToolResult known = run.result(ordinal);
    if (known != null) {
      if (run.call(ordinal) != null) {
        answered.put(ordinal, Answered.KEPT);
      }
      return Future.succeededFuture(acted(known));
    }
    Tool tool = seat.tools().find(request.tool());
    if (tool == null) {
      return refuse(ordinal, request, seat.tools().unknown(request.tool()));
    }
    Json arguments;
    try {
      arguments = Arguments.parse(request.arguments(), tool.definition().parameters());
    } catch (RuntimeFault fault) {
      return refuse(ordinal, request, fault.failure().message());
    }
    Policy policy = seat.tools().policy(request.tool());
    return policy == Policy.OWN_STATE
        ? ownState(ordinal, request, tool, arguments)
        : outside(
            new EntryData.ToolCall(run.id(), ordinal, request, key(ordinal), policy, null),
            key,
            tool,
            arguments);
  }

  private Future<Acted> ownState(
      int ordinal, Message.ToolRequest request, Tool tool, Json arguments) {
    return inside(tool, arguments)
        .otherwise(failed -> Tool.Reply.error(Failure.of(failed).message()))
        .map(reply -> write(new EntryData.ToolResult(
            run.id(),
            ordinal,
            request.tool(),
            reply.error() ? ToolOutcome.ERROR : ToolOutcome.OK,
            reply.text(),
            reply.writes(),
            reply.emissions(),
            null)));
  }

  /**
   * What a manifest exposes is for the agent's own model. A fork may have another one and shows
   * what it was told, so here everybody gets the handles only.
   */
  private Future<Tool.Reply> inside(Tool tool, Json arguments) {
    List<String> secrets = tool.secrets(arguments);
    String refusal = tool.refusal(arguments);
    if (refusal == null && secrets.isEmpty()) {
      return home(() -> tool.call(call(arguments)));
    }
    Tool.Reply reply = refusal == null
        ? Tool.Reply.ok(
            Json.of(Map.of("handles", secrets.stream().map(SecretHandles::of).toList()))
                .toString())
        : Tool.Reply.error(refusal);
    return noted(tool, arguments, refusal == null ? SecretAction.READ : SecretAction.DENIED)
        .map(reply);
  }

  /** Who was given a secret is said where it is said of the original: this journal is gone soon. */
  private Future<Void> noted(Tool tool, Json arguments, SecretAction action) {
    List<Future<Void>> all = new ArrayList<>();
    for (String name : new TreeSet<>(tool.secrets(arguments))) {
      all.add(seat.guard()
          .note(SecretAccess.of(
              name,
              action.word(),
              tool.definition().name(),
              log.image().id().name().value())));
    }
    return all.isEmpty() ? Future.succeededFuture() : home(() -> Future.all(all).mapEmpty());
  }

  private Future<Acted> outside(EntryData.ToolCall call, CallKey key, Tool tool, Json arguments) {
    if (run.call(call.ordinal()) == null) {
      log.write(call);
    }
    EntryData.ToolResult original = recorded.get(key);
    boolean reads = call.policy() == Policy.READ_ONLY;
    // Nobody is asked in a fork, so what somebody has to approve is not called.
    boolean carries = tool.isOutbound() && run.isTaintedBefore(call.ordinal());
    boolean live = reads && order.liveReads() && !seat.guard().holds(key.tool(), carries);
    String given = order.answers().get(key.tool());
    if (original != null && !live) {
      return answer(call, Answered.RECORDED, original.outcome(), original.text());
    } else if (given != null) {
      return answer(call, Answered.GIVEN, ToolOutcome.OK, given);
    } else if (!reads) {
      return answer(call, Answered.DRY_RUN, ToolOutcome.OK, NOT_MADE);
    } else if (!live) {
      return answer(call, Answered.DRY_RUN, ToolOutcome.ERROR, NOT_READ);
    }
    return read(call, tool, arguments);
  }

  private Future<Acted> read(EntryData.ToolCall call, Tool tool, Json arguments) {
    String refusal = tool.refusal(arguments);
    Future<Void> noted =
        noted(tool, arguments, refusal == null ? SecretAction.USED : SecretAction.DENIED);
    if (refusal != null) {
      return noted.compose(done -> answer(call, Answered.REFUSED, ToolOutcome.ERROR, refusal));
    }
    return noted
        .compose(done -> home(() -> {
          // A secret may have ended while the journal was waited for.
          String late = tool.refusal(arguments);
          return late == null
              ? tool.call(call(arguments))
              : Future.succeededFuture(Tool.Reply.error(late));
        }))
        .otherwise(failed -> Tool.Reply.error("It failed: " + Failure.of(failed).message()))
        .compose(reply -> answer(call, Answered.LIVE, reply.outcome(), reply.text()));
  }

  private Future<Acted> answer(
      EntryData.ToolCall call, Answered how, ToolOutcome outcome, String text) {
    answered.put(call.ordinal(), how);
    // Searched whole: of a value that is cut nobody would know what is left.
    EntryData.ToolResult whole = seat.guard().clean(result(call, outcome, text));
    String kept = whole.text();
    return Future.succeededFuture(write(
        kept.length() <= TEXT_MAX ? whole : result(call, outcome, kept.substring(0, TEXT_MAX))));
  }

  private EntryData.ToolResult result(EntryData.ToolCall call, ToolOutcome outcome, String text) {
    return new EntryData.ToolResult(
        run.id(), call.ordinal(), call.request().tool(), outcome, text, List.of(), List.of(), null);
  }

  private Future<Acted> refuse(int ordinal, Message.ToolRequest request, String why) {
    answered.put(ordinal, Answered.REFUSED);
    return Future.succeededFuture(write(new EntryData.ToolResult(
        run.id(), ordinal, request.tool(), ToolOutcome.ERROR, why, List.of(), List.of(), null)));
  }

  private Acted write(EntryData.ToolResult result) {
    return acted(log.write(result));
  }

  private static Acted acted(EntryData.ToolResult result) {
    return new Acted(result.text(), result.outcome() != ToolOutcome.OK);
  }

  /** A key that no receiver has seen: nothing of a fork may pass for a call of the original. */
  private String key(int ordinal) {
    return log.image().id().name() + "." + run.id().effectKey(ordinal);
  }

  private Tool.Call call(Json arguments) {
    // No key: own state needs none, and a read that is repeated does no harm.
    return new Tool.Call(log.image().id().name(), run.id(), "", arguments, run.view(), cancel);
  }

  /** What is answered elsewhere is heard here, unless the fork has ended; who throws has failed. */
  private <T> Future<T> home(Supplier<Future<T>> step) {
    Future<T> done;
    try {
      done = Objects.requireNonNull(step.get(), "answered null");
    } catch (RuntimeException e) {
      done = Future.failedFuture(e);
    }
    if (done.isComplete()) {
      return over ? Promise.<T>promise().future() : done;
    }
    Promise<T> here = Promise.promise();
    done.onComplete(result -> seat.context().execute(() -> {
      if (!over) {
        here.handle(result);
      }
    }));
    return here.future();
  }
}
