package dev.agentruntime.agent;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run: asks the model, calls the tools it asks for, in order and one at a time, until it
 * answers in words. Owned by: the process's context; all steps are asked for there.
 *
 * <p>Steps that are handed back complete at once, so the loop walks over completed futures in
 * place: a resumed run of any length takes no stack.
 */
public final class AgentLoop {

  /** Most tool calls in one reply. */
  public static final int CALLS_PER_REPLY_MAX = 100;

  /** Longest reply, words and arguments together, in characters. */
  public static final int REPLY_CHARS_MAX = 8_000_000;

  private static final int SHOWN_CHARS_MAX = 200;

  private final RunInput input;
  private final Steps steps;
  private final Prompt prompt;
  private final Promise<End> ended = Promise.promise();
  private final List<Message> since = new ArrayList<>();
  private final Deque<Message.ToolRequest> calls = new ArrayDeque<>();
  private Message.Usage usage = Message.Usage.NONE;
  private int turn;
  private int ordinal;

  private AgentLoop(RunInput input, Steps steps) {
    this.input = input;
    this.steps = steps;
    this.prompt = new Prompt(input);
  }

  /**
   * Runs to the end.
   *
   * @return fails with {@link ErrorCode#TURNS_EXHAUSTED} when the last turn still asks for tools,
   *     which are then not called; and with whatever a step fails with
   */
  public static Future<End> run(RunInput input, Steps steps) {
    AgentLoop loop = new AgentLoop(input, steps);
    loop.advance();
    return loop.ended.future();
  }

  /**
   * How a run ended.
   *
   * @param text the final reply
   * @param usage of all turns
   * @param turns how many model calls it took, rejected replies not counted
   */
  public record End(String text, Message.Usage usage, int turns) {}

  private void advance() {
    boolean again = true;
    while (again && !ended.future().isComplete()) {
      try {
        again = calls.isEmpty() ? askModel() : callTool(calls.remove());
      } catch (RuntimeException e) {
        ended.tryFail(e);
      }
    }
  }

  private boolean askModel() {
    turn++;
    int asked = turn;
    return proceed(
        steps.model(asked, () -> prompt.request(asked, since), AgentLoop::unusable), this::onReply);
  }

  private boolean callTool(Message.ToolRequest request) {
    ordinal++;
    return proceed(
        steps.tool(ordinal, request),
        acted -> since.add(
            new Message.ToolText(request.callId(), request.tool(), acted.text(), acted.error())));
  }

  /** Takes the answer of a step; true = it was there at once, false = the loop goes on later. */
  private <T> boolean proceed(Future<T> step, Consumer<T> then) {
    if (step.isComplete()) {
      settle(step, then);
      return true;
    }
    step.onComplete(done -> {
      try {
        settle(step, then);
      } catch (RuntimeException e) {
        ended.tryFail(e);
        return;
      }
      advance();
    });
    return false;
  }

  private <T> void settle(Future<T> step, Consumer<T> then) {
    if (step.failed()) {
      ended.tryFail(step.cause());
    } else {
      then.accept(step.result());
    }
  }

  private void onReply(Steps.Replied replied) {
    Message.Assistant message = replied.message();
    usage = usage.plus(replied.usage());
    if (message.calls().isEmpty()) {
      ended.tryComplete(new End(message.text(), usage, turn));
      return;
    }
    if (turn >= input.maxTurns()) {
      ended.tryFail(new RuntimeFault(
          ErrorCode.TURNS_EXHAUSTED,
          "no answer, expected=one within max_turns " + input.maxTurns()
              + ", actual=the model still calls "
              + message.calls().get(0).tool() + "; raise config.max_turns or change the agent"));
      return;
    }
    since.add(message);
    calls.addAll(message.calls());
  }

  /** Why a reply cannot be used, null when it can. */
  static @Nullable String unusable(Message.Assistant reply) {
    if (reply.calls().isEmpty() && reply.text().isBlank()) {
      return "empty reply, expected=text or tool calls, actual=neither";
    }
    if (reply.calls().size() > CALLS_PER_REPLY_MAX) {
      return "too many tool calls in one reply, expected=at most " + CALLS_PER_REPLY_MAX
          + ", actual=" + reply.calls().size();
    }
    long chars = reply.text().length();
    for (Message.ToolRequest call : reply.calls()) {
      chars += call.arguments().length();
    }
    if (chars > REPLY_CHARS_MAX) {
      return "reply too long, expected=at most " + REPLY_CHARS_MAX + " characters, actual=" + chars;
    }
    for (Message.ToolRequest call : reply.calls()) {
      String wrong = malformed(call.arguments());
      if (wrong != null) {
        return "arguments of " + call.tool() + ", expected=one JSON object and nothing around it,"
            + " actual=" + wrong;
      }
    }
    return null;
  }

  private static @Nullable String malformed(String arguments) {
    if (arguments.isBlank()) {
      return null;
    }
    try {
      return Json.parse(arguments).isObject() ? null : shown(arguments);
    } catch (RuntimeFault notJson) {
      return shown(arguments) + " (" + notJson.failure().message() + ")";
    }
  }

  private static String shown(String arguments) {
    return arguments.length() <= SHOWN_CHARS_MAX
        ? arguments
        : arguments.substring(0, SHOWN_CHARS_MAX) + "...";
  }
}
