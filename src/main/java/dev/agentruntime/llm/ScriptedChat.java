package dev.agentruntime.llm;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.Play.Rule;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The model {@code script:FILE}: for each call the first rule of a play that matches speaks.
 *
 * <pre>
 * rules:
 *   - when: {contains: TEXT, regex: PATTERN, tool_result: TOOL, result_contains: TEXT,
 *            trigger_type: TYPE, turn: N, not: {...}}
 *     call: [{tool: NAME, args: {...}}]    # args may be a text, which is sent as it is
 *     say: TEXT
 *     times: N                             # within one invocation
 *     delay_ms: N
 *     usage: {input: N, output: N, cost: DOLLARS}
 *     fail: 429 | 500 | timeout | malformed | empty
 * </pre>
 *
 * <p>{@code contains} and {@code regex} (a find, on the first {@value Play#REGEX_CHARS_MAX}
 * characters, within {@value Play#REGEX_STEPS_MAX} steps) look at the trigger's payload written as
 * compact JSON; {@code tool_result} asks whether that tool answered since the model last spoke, and
 * {@code result_contains} what it said, or without the other what any tool said. All conditions of
 * a rule must hold. {@code turn: 0} is the summary of a conversation, which only a
 * rule that names it gives. {@code say} and {@code args} may hold <code>{{payload.a.0.b}}
 * {{event.id}} {{event.type}} {{event.trigger}} {{event.time}}</code>.
 *
 * <p>{@code times} of a rule that speaks is counted in the exchange itself and so survives a crash;
 * of a rule that fails it is counted in memory, for the newest {@value #INVOCATIONS_MAX}
 * invocations. Owned by: the process whose model it is; called on its context only.
 */
public final class ScriptedChat implements ChatClient {

  private static final int INVOCATIONS_MAX = 1_000;

  private final Play play;
  private final Timers timers;
  private final Map<InvocationId, Map<Integer, Integer>> failures = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<InvocationId, Map<Integer, Integer>> eldest) {
      return size() > INVOCATIONS_MAX;
    }
  };

  /**
   * Reads a play.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} naming the rule and the key
   */
  public ScriptedChat(Json play, Timers timers) {
    this.play = PlayReader.read(play);
    this.timers = timers;
  }

  @Override
  public boolean insideJvm() {
    return true;
  }

  /** The most that any rule of the play says. */
  @Override
  public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    long input = 0;
    long output = 0;
    long cost = 0;
    for (Rule rule : play.rules()) {
      input = Math.max(input, rule.usage().input());
      output = Math.max(output, rule.usage().output());
      Long said = rule.usage().cost();
      cost = Math.max(cost, said == null ? 0 : said);
    }
    return new Message.Usage(input, output, 0, cost);
  }

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    try {
      Rule rule = speaker(request);
      return rule.delay().isZero() ? answer(rule, request) : later(rule, request, cancel);
    } catch (RuntimeFault e) {
      return Future.failedFuture(e);
    }
  }

  private Rule speaker(ChatRequest request) {
    Map<Integer, Integer> failed = failures.getOrDefault(request.invocation(), Map.of());
    String payload = Json.of(request.event().payload().value()).toString();
    String type = request.event().triggerType();
    int index = request.turn() == 0
        ? play.summariser(payload, type)
        : play.speaker(
            payload, type, exchange(request.messages()), rule -> failed.getOrDefault(rule, 0));
    if (index < 0) {
      throw new RuntimeFault(
          ErrorCode.MODEL_REFUSED,
          "script: no rule matches turn " + request.turn()
              + (request.turn() == 0
                  ? ", the summary, expected=a rule with when: {turn: 0}"
                  : ", expected=a last rule without 'when' and 'times'"));
    }
    Rule rule = play.rules().get(index);
    if (rule.fail() != null) {
      failures
          .computeIfAbsent(request.invocation(), id -> new HashMap<>())
          .merge(index, 1, Integer::sum);
    }
    return rule;
  }

  private static List<Message> exchange(List<Message> messages) {
    int from = messages.size();
    while (from > 0 && !(messages.get(from - 1) instanceof Message.UserText)) {
      from--;
    }
    return messages.subList(from, messages.size());
  }

  private Future<ChatReply> later(Rule rule, ChatRequest request, CancelSignal cancel) {
    Promise<ChatReply> promise = Promise.promise();
    Timers.Armed armed =
        timers.after(rule.delay(), () -> answer(rule, request).onComplete(promise));
    cancel.onCancel(() -> {
      armed.cancel();
      promise.tryFail(new RuntimeFault(ErrorCode.CANCELLED, "script: the call was cancelled"));
    });
    return promise.future();
  }

  private static Future<ChatReply> answer(Rule rule, ChatRequest request) {
    if (rule.fail() != null && rule.fail().code() != null) {
      return Future.failedFuture(new RuntimeFault(
          rule.fail().code(), "script: the play says fail: " + rule.fail().word()));
    }
    List<Message.ToolRequest> calls = new ArrayList<>();
    for (Play.Call call : rule.calls()) {
      calls.add(new Message.ToolRequest(
          "script-" + request.turn() + "-" + (calls.size() + 1),
          call.tool(),
          call.arguments().text(request.event())));
    }
    return Future.succeededFuture(new ChatReply(
        new Message.Assistant(rule.say().text(request.event()), calls), rule.usage()));
  }
}
