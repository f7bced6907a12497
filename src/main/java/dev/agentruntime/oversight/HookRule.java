package dev.agentruntime.oversight;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.context.ConversationSummary;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.hook.HookWord;
import dev.agentruntime.hook.Hooks;
import dev.agentruntime.live.ProcessLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks lifecycle hooks before a run asks its model for the first time, before a tool is called and
 * before another process is asked, each time that it is. A word is kept until the step is in the
 * journal: a refusal as its result, leave as the step itself. What was not decided when the JVM
 * ended is asked again.
 * Owned by: the process's context.
 */
final class HookRule implements Rule {

  private static final int FIRST_TURN = ConversationSummary.TURN + 1;

  private final Hooks hooks;
  private final ProcessLog log;
  private final Oversight.Host host;
  private final Map<InvocationId, Map<String, Word>> words = new HashMap<>();
  private @Nullable ProcessImage image;

  HookRule(Hooks hooks, ProcessLog log, Oversight.Host host) {
    this.hooks = hooks;
    this.log = log;
    this.host = host;
  }

  /** What was asked, and what was said when somebody has. */
  private static final class Word {
    private final String about;
    private final Promise<Void> told = Promise.promise();
    private @Nullable HookWord said;

    Word(String about) {
      this.about = about;
    }
  }

  @Override
  public Verdict beforeTurn(OpenRun run, int turn, int attempt) {
    if (isOff() || attempt > 1 || turn > FIRST_TURN || decided(run, turn)) {
      return Verdict.GO;
    }
    Verdict verdict = ask(run, HookEvent.USER_PROMPT_SUBMIT, "", () -> prompt(run));
    if (verdict instanceof Verdict.Refuse refused) {
      return new Verdict.End(new RuntimeFault(ErrorCode.HOOK_BLOCKED, refused.text()));
    }
    if (turn > ConversationSummary.TURN || !verdict.equals(Verdict.GO)) {
      return verdict;
    }
    // What is said to it counts for nothing; it is waited for, so that it comes before.
    Verdict before = ask(run, HookEvent.PRE_COMPACT, "", () -> compact(run));
    return before instanceof Verdict.Soon ? before : Verdict.GO;
  }

  /** All work was ended at once: nobody hears what they say, so they are asked anew. */
  void halted() {
    words.clear();
  }

  /** What was said of its call was said of one time only: it is asked about anew. */
  void again(OpenRun run) {
    Map<String, Word> known = words.get(run.id());
    if (known != null) {
      known.remove(HookEvent.PERMISSION_REQUEST.word());
      known.remove(HookEvent.SUBAGENT_START.word());
    }
  }

  @Override
  public Verdict beforeTool(Act act) {
    if (isOff()) {
      return Verdict.GO;
    }
    String name = act.tool().name();
    Json arguments = arguments(act);
    String step = act.ordinal() + "/" + name + "/" + arguments;
    Verdict verdict =
        ask(act.run(), HookEvent.PERMISSION_REQUEST, step, () -> call(act, arguments));
    return verdict.equals(Verdict.GO) && name.equals(OpenRun.ASK)
        ? ask(act.run(), HookEvent.SUBAGENT_START, step, () -> call(act, arguments))
        : verdict;
  }

  @Override
  public Verdict beforeProbe(Act act) {
    if (isOff()) {
      return Verdict.GO;
    }
    String step = act.ordinal() + "?" + act.tool().name() + "/" + act.arguments();
    return ask(act.run(), HookEvent.PERMISSION_REQUEST, step, () -> {
      Map<String, @Nullable Object> data = call(act, act.arguments());
      data.put("probe", true);
      return data;
    });
  }

  /** What the tool would be given: when a person has changed it, it is asked about again. */
  private Json arguments(Act act) {
    if (act.again()) {
      return act.arguments();
    }
    Json edited = ApprovalRule.edited(
        log.image().governance().approvals().of(act.run().id(), act.ordinal()), act);
    return edited == null ? act.arguments() : edited;
  }

  /** Nobody is registered, and nothing is being asked. */
  private boolean isOff() {
    return hooks.isEmpty() && words.isEmpty();
  }

  /** A summary was made, so that the run had leave. */
  private static boolean decided(OpenRun run, int turn) {
    return turn == FIRST_TURN && run.reply(ConversationSummary.TURN) != null;
  }

  private static Map<String, @Nullable Object> prompt(OpenRun run) {
    Map<String, @Nullable Object> data = about(run);
    TriggerEvent event = run.event();
    data.put("event", event.id());
    data.put("trigger", event.triggerId());
    data.put("type", event.triggerType());
    data.put("tainted", run.isTainted());
    data.put("payload", event.payload().value());
    return data;
  }

  private static Map<String, @Nullable Object> compact(OpenRun run) {
    Map<String, @Nullable Object> data = about(run);
    data.put("messages", run.base().conversation().messages().size());
    return data;
  }

  private static Map<String, @Nullable Object> call(Act act, Json arguments) {
    Map<String, @Nullable Object> data = about(act.run());
    data.put("ordinal", act.ordinal());
    data.put("tool", act.tool().name());
    data.put("policy", act.policy().word());
    data.put("tainted", act.isTainted());
    data.put("arguments", arguments.value());
    if (act.again()) {
      data.put("again", true);
    }
    return data;
  }

  private static Map<String, @Nullable Object> about(OpenRun run) {
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("invocation", run.id().value());
    data.put("attempt", run.attempt());
    return data;
  }

  private Verdict ask(
      OpenRun run, HookEvent event, String step, Supplier<Map<String, @Nullable Object>> data) {
    if (image != log.image()) {
      // What was said was about an image that is gone.
      image = log.image();
      words.clear();
    }
    Map<String, Word> known = words.get(run.id());
    Word word = known == null ? null : known.get(event.word());
    if (word == null || !word.about.equals(step)) {
      ProcessName process = log.image().id().name();
      if (!hooks.hears(event, process)) {
        return Verdict.GO;
      }
      word = dispatch(event, process, new Word(step), data.get());
      words.computeIfAbsent(run.id(), id -> new HashMap<>()).put(event.word(), word);
    }
    HookWord said = word.said;
    if (said == null) {
      return new Verdict.Soon(word.told.future());
    }
    return said.blocked() == null
        ? Verdict.GO
        : new Verdict.Refuse(ToolOutcome.DENIED, "Blocked by a hook: " + said.blocked());
  }

  private Word dispatch(
      HookEvent event, ProcessName process, Word word, Map<String, @Nullable Object> data) {
    Future<HookWord> ignored = hooks
        .dispatch(event, process, data, Map.of())
        .onSuccess(said -> host.later(() -> {
          word.said = said;
          word.told.complete();
        }))
        .onFailure(killed -> host.later(() -> {
          // Who still waits asks anew.
          words.values().forEach(known -> known.values().remove(word));
          word.told.complete();
        }));
    return word;
  }

  /** Asks if another manifest may be in force; fails with HOOK_BLOCKED or KILLED if not. */
  Future<Void> mayChange(Map<String, @Nullable Object> data) {
    if (!hooks.hears(HookEvent.CONFIG_CHANGE, log.image().id().name())) {
      return Future.succeededFuture();
    }
    Promise<Void> answer = Promise.promise();
    Future<HookWord> ignored = hooks
        .dispatch(HookEvent.CONFIG_CHANGE, log.image().id().name(), data, Map.of())
        .onSuccess(said -> host.later(() -> {
          if (said.blocked() == null) {
            answer.complete();
          } else {
            answer.fail(new RuntimeFault(
                ErrorCode.HOOK_BLOCKED, "a hook does not let it be deployed: " + said.blocked()));
          }
        }))
        .onFailure(killed -> host.later(() -> answer.fail(killed)));
    return answer.future();
  }

  @Override
  public void wrote(EntryData data) {
    if (data instanceof EntryData.InvocationResult result) {
      words.remove(result.invocation());
    }
  }

  /** What a process may be told about a manifest. */
  static Map<String, @Nullable Object> change(Json manifest, String source, int version) {
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("source", source);
    data.put("version", version);
    data.put("manifest", manifest.value());
    return data;
  }
}
