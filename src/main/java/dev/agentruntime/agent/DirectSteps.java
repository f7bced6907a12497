package dev.agentruntime.agent;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Arguments;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Steps that nobody records: each is simply done. Owned by: one run, on its context. */
final class DirectSteps implements Steps {

  private static final ProcessName NAME = new ProcessName("agent");

  private final ChatClient model;
  private final Toolbox tools;
  private final InvocationId invocation;
  private final Timers timers;
  private final CancelSignal cancel;
  private ReplyListener listener = ReplyListener.NOBODY;
  private AgentContext state = AgentContext.EMPTY;

  DirectSteps(
      ChatClient model,
      Toolbox tools,
      InvocationId invocation,
      Timers timers,
      CancelSignal cancel) {
    this.model = model;
    this.tools = tools;
    this.invocation = invocation;
    this.timers = timers;
    this.cancel = cancel;
  }

  /** Lets somebody hear the replies while they are written. */
  DirectSteps heardBy(ReplyListener other) {
    listener = other;
    return this;
  }

  @Override
  public AgentContext state() {
    return state;
  }

  @Override
  public Future<Replied> model(
      int turn,
      Supplier<ChatRequest> request,
      Function<Message.Assistant, @Nullable String> check) {
    return ask(request.get().heardBy(listener), check, List.of(), Message.Usage.NONE);
  }

  private Future<Replied> ask(
      ChatRequest request,
      Function<Message.Assistant, @Nullable String> check,
      List<String> rejected,
      Message.Usage before) {
    return model.chat(Repair.of(request, rejected), cancel).compose(reply -> {
      Message.Usage usage = before.plus(reply.usage());
      String wrong = check.apply(reply.message());
      if (wrong == null) {
        return Future.succeededFuture(new Replied(reply.message(), usage));
      }
      List<String> all = new ArrayList<>(rejected);
      all.add(wrong);
      if (all.size() >= Repair.REJECTED_MAX) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.MODEL_MALFORMED, wrong + "; " + all.size() + " replies in a row"));
      }
      if (listener.listening()) {
        listener.hear(new ReplyListener.Again(wrong));
      }
      return ask(request, check, all, usage);
    });
  }

  @Override
  public Future<Acted> tool(int ordinal, Message.ToolRequest request) {
    Tool tool = tools.find(request.tool());
    if (tool == null) {
      return Future.succeededFuture(new Acted(tools.unknown(request.tool()), true));
    }
    try {
      var arguments = Arguments.parse(request.arguments(), tool.definition().parameters());
      Tool.Call call =
          new Tool.Call(NAME, invocation, invocation.effectKey(ordinal), arguments, state, cancel);
      return tool.call(call)
          .transform(done -> done.succeeded()
              ? Future.succeededFuture(acted(done.result()))
              : Future.succeededFuture(failed(done.cause())));
    } catch (RuntimeFault refusal) {
      return Future.succeededFuture(new Acted(refusal.failure().message(), true));
    } catch (RuntimeException broken) {
      return Future.succeededFuture(failed(broken));
    }
  }

  private Acted acted(Tool.Reply reply) {
    state = state.with(reply.writes(), "agent", invocation, timers.now());
    return new Acted(reply.text(), reply.error());
  }

  private static Acted failed(Throwable cause) {
    return new Acted(
        "The tool failed, and whether it acted is not known: "
            + Failure.of(cause).message(),
        true);
  }
}
