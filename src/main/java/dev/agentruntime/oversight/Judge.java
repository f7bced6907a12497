package dev.agentruntime.oversight;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.desk.ChargedModel;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.JudgePrompt;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.live.Redaction;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.policy.MissionConfig;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The model that judges a mission: the process's own, or the one the mission names. It is given no
 * tools. A play hears of it as an event of the type {@value #TYPE}. Owned by: the process's
 * context.
 */
final class Judge {

  /** The type of the event that a play sees. */
  static final String TYPE = "mission";

  private final MissionConfig mission;
  private final ProcessLog log;
  private final ProcessDeps deps;
  private final ChargedModel charged;
  private CancelSignal cancel = new CancelSignal();
  private @Nullable ChatClient client;
  private int version;

  Judge(MissionConfig mission, ProcessLog log, ProcessDeps deps) {
    this.mission = mission;
    this.log = log;
    this.deps = deps;
    this.charged = new ChargedModel(
        new BudgetDesk(log, deps),
        "judge",
        "not asked, for too little is left of the day's budget");
  }

  /**
   * Asks once; outside this JVM only when what it is asked about is durable.
   *
   * @param number how many runs have succeeded
   */
  Future<ChatReply> ask(int number) {
    cancel = new CancelSignal();
    try {
      ChatClient asked = client();
      ChatRequest request = Redaction.of(request(number), log.redactor());
      if (!asked.insideJvm()) {
        return log.durable().compose(durable -> charged.chat(asked, request, cancel));
      }
      return asked.most(request, null).equals(Message.Usage.NONE)
          ? asked.chat(request, cancel)
          : charged.chat(asked, request, cancel);
    } catch (RuntimeFault cannotBeMade) {
      return Future.failedFuture(cannotBeMade);
    }
  }

  /** Nobody waits for an answer any more. */
  void cancel() {
    cancel.cancel();
  }

  private ChatClient client() {
    ProcessImage.Deployment now = log.image().deployment();
    int latest = now == null ? 0 : now.entry().version();
    ChatClient known = client;
    if (known == null || version != latest) {
      ProcessConfig config = log.image().config();
      String named = mission.evalModel();
      known = deps.models().create(named == null ? config : config.withModel(named));
      client = known;
      version = latest;
    }
    return known;
  }

  private ChatRequest request(int number) {
    ProcessImage image = log.image();
    JudgePrompt.Shown shown = new JudgePrompt.Shown(
        deps.ids().next(),
        image.context().toJson(),
        image.conversation().messages(),
        image.governance().mission());
    TriggerEvent event = new TriggerEvent(
        deps.ids().next(),
        TYPE,
        TYPE,
        deps.timers().now(),
        Json.of(Map.of("objective", mission.objective(), "successful_runs", number)),
        Json.EMPTY,
        null,
        true);
    return new ChatRequest(
        JudgePrompt.of(mission, shown),
        List.of(),
        1,
        new InvocationId(deps.ids().next()),
        event);
  }
}
