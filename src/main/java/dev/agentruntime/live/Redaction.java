package dev.agentruntime.live;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Takes secrets out of an entry before it is written, wherever it holds text from outside, and out
 * of what a model is asked. An entry without any comes back as it is. Pure.
 */
public final class Redaction {

  /**
   * Kinds without text from outside: a manifest holds references only and its digest covers it; a
   * tool set was searched before its digest was made; the others hold names, numbers and words of
   * our own, or what an operator deploys a verticle with.
   */
  static final Set<Class<? extends EntryData>> CLEAN = Set.of(
      DeployEntry.ProcessDeployed.class,
      EntryData.ToolSet.class,
      EntryData.Restart.class,
      EntryData.EffectDelivered.class,
      EntryData.CheckpointMade.class,
      OperatorEntry.DeadLetterHandled.class,
      OperatorEntry.SecretAccess.class,
      OperatorEntry.VerticleChanged.class,
      BudgetEntry.ModelCall.class,
      BudgetEntry.BudgetCharge.class,
      BudgetEntry.BudgetGrant.class);

  private final Redactor redactor;

  private Redaction(Redactor redactor) {
    this.redactor = redactor;
  }

  @SuppressWarnings("unchecked") // It is of the kind it was.
  public static <T extends EntryData> T of(T data, Redactor redactor) {
    return redactor.isEmpty() ? data : (T) new Redaction(redactor).entry(data);
  }

  static TriggerEvent of(TriggerEvent event, Redactor redactor) {
    return redactor.isEmpty() ? event : new Redaction(redactor).event(event);
  }

  static Emission of(Emission emission, Redactor redactor) {
    return redactor.isEmpty() ? emission : new Redaction(redactor).emission(emission);
  }

  public static ChatRequest of(ChatRequest request, Redactor redactor) {
    return redactor.isEmpty()
        ? request
        : new ChatRequest(
            each(request.messages(), new Redaction(redactor)::message),
            request.tools(),
            request.turn(),
            request.invocation(),
            request.event(),
            request.listener(),
            request.spending());
  }

  private EntryData entry(EntryData data) {
    if (data instanceof EntryData.TriggerAccepted accepted) {
      return new EntryData.TriggerAccepted(event(accepted.event()));
    } else if (data instanceof EntryData.InvocationStart start) {
      if (start.blocks().isEmpty()) {
        return start;
      }
      Map<String, String> blocks = new LinkedHashMap<>();
      start.blocks().forEach((name, block) -> blocks.put(name, text(block)));
      return new EntryData.InvocationStart(
          start.invocation(),
          start.eventIds(),
          start.attempt(),
          start.manifestVersion(),
          start.toolSet(),
          blocks);
    } else if (data instanceof EntryData.ModelReply reply) {
      return new EntryData.ModelReply(
          reply.invocation(),
          reply.turn(),
          assistant(reply.reply()),
          reply.usage(),
          reply.request(),
          optional(reply.rejected()),
          reply.model());
    } else if (data instanceof EntryData.ToolCall call) {
      return new EntryData.ToolCall(
          call.invocation(),
          call.ordinal(),
          request(call.request()),
          call.key(),
          call.policy(),
          call.reserve());
    } else if (data instanceof EntryData.ToolResult result) {
      return new EntryData.ToolResult(
          result.invocation(),
          result.ordinal(),
          result.tool(),
          result.outcome(),
          text(result.text()),
          writes(result.writes()),
          each(result.emissions(), this::emission),
          result.charge());
    } else {
      return rare(data);
    }
  }

  private EntryData rare(EntryData data) {
    if (data instanceof EntryData.InvocationResult result) {
      Failure failure = result.failure();
      if (failure == null) {
        return result;
      }
      return new EntryData.InvocationResult(
          result.invocation(),
          result.outcome(),
          result.usage(),
          result.durationMs(),
          new Failure(failure.code(), text(failure.message()), failure.retryAfter()),
          result.steps(),
          result.due(),
          result.tainted());
    } else if (data instanceof EntryData.TriggerSettled settled) {
      return new EntryData.TriggerSettled(
          settled.eventIds(), settled.outcome(), text(settled.reason()));
    } else if (data instanceof EntryData.ErrorNoted error) {
      return new EntryData.ErrorNoted(
          error.code(), text(error.message()), error.invocation(), error.retryAt());
    } else if (data instanceof EntryData.StateTransition move) {
      return new EntryData.StateTransition(
          move.from(), move.to(), text(move.reason()), move.causes());
    } else if (data instanceof DeployEntry.ProcessRemoved removed) {
      return new DeployEntry.ProcessRemoved(text(removed.reason()));
    } else if (data instanceof EntryData.TriggerCursor cursor) {
      return new EntryData.TriggerCursor(cursor.triggerId(), json(cursor.cursor()));
    } else if (data instanceof EntryData.EffectResolved word) {
      return new EntryData.EffectResolved(
          word.invocation(),
          word.key(),
          word.resolution(),
          optional(word.result()),
          text(word.by()));
    } else if (data instanceof EntryData.Emitted emitted) {
      return new EntryData.Emitted(
          emitted.id(),
          emission(emitted.emission()),
          emitted.source(),
          emitted.due(),
          emitted.voice());
    } else if (data instanceof OperatorEntry.OperatorAction action) {
      return new OperatorEntry.OperatorAction(
          action.who(),
          action.from(),
          text(action.action()),
          action.status(),
          text(action.request()),
          action.more());
    } else if (data instanceof OperatorEntry.Rewound back) {
      return new OperatorEntry.Rewound(
          back.to(),
          back.mode(),
          each(back.conversation(), this::message),
          writes(back.context()),
          back.by());
    } else if (data instanceof WatchEntry watch) {
      return watch(watch);
    } else if (data instanceof EntryData.ContextUpdate update) {
      return new EntryData.ContextUpdate(
          writes(update.writes()), update.source(), update.clearsConversation());
    } else if (data instanceof ApprovalEntry approval) {
      return approval(approval);
    } else if (data instanceof PeopleEntry people) {
      return people(people);
    }
    return data;
  }

  /** An address stays as the manifest has it, or nobody could be reached there. */
  private PeopleEntry people(PeopleEntry data) {
    if (data instanceof PeopleEntry.Escalation call) {
      return new PeopleEntry.Escalation(
          call.id(), call.type(), json(call.payload()), call.url(), call.event(), call.due());
    } else if (data instanceof PeopleEntry.InboxMessage inbox && inbox.message() != null) {
      PeopleEntry.Said said = inbox.message();
      return new PeopleEntry.InboxMessage(
          new PeopleEntry.Said(
              said.id(),
              text(said.content()),
              said.type(),
              text(said.sender()),
              said.priority(),
              said.expires(),
              json(said.metadata())),
          inbox.gone(),
          text(inbox.by()));
    }
    return data;
  }

  private WatchEntry watch(WatchEntry data) {
    if (data instanceof WatchEntry.HealthAnomaly anomaly) {
      return new WatchEntry.HealthAnomaly(
          anomaly.type(),
          anomaly.action(),
          anomaly.invocation(),
          anomaly.ordinal(),
          text(anomaly.details()));
    }
    WatchEntry.MissionEvaluation evaluation = (WatchEntry.MissionEvaluation) data;
    WatchEntry.MissionVerdict verdict = evaluation.verdict();
    return new WatchEntry.MissionEvaluation(
        evaluation.state(),
        evaluation.source(),
        evaluation.number(),
        verdict == null
            ? null
            : new WatchEntry.MissionVerdict(
                verdict.achieved(),
                verdict.confidence(),
                text(verdict.reasoning()),
                text(verdict.progress())),
        evaluation.usage(),
        evaluation.model(),
        text(evaluation.reason()));
  }

  private TriggerEvent event(TriggerEvent event) {
    return new TriggerEvent(
        event.id(),
        event.triggerId(),
        event.triggerType(),
        event.time(),
        json(event.payload()),
        json(event.metadata()),
        key(event.dedupKey()),
        event.trusted(),
        new Routing(
            event.routing().priority(),
            event.routing().expires(),
            key(event.routing().orderingKey()),
            event.routing().hops(),
            event.routing().replyTo()));
  }

  /** Keys are compared only: one with a secret becomes a digest, always the same. */
  private @Nullable String key(@Nullable String key) {
    return key == null || text(key).equals(key) ? key : Hex.sha256(key);
  }

  private EntryData approval(ApprovalEntry approval) {
    if (approval instanceof ApprovalEntry.ApprovalRequest request) {
      Json shown = request.arguments();
      return new ApprovalEntry.ApprovalRequest(
          request.invocation(),
          request.ordinal(),
          request.id(),
          request.attempt(),
          request.tool(),
          shown == null ? null : json(shown),
          request.digests(),
          request.reasons(),
          request.expires());
    } else if (approval instanceof ApprovalEntry.ApprovalDecision decision) {
      Json edited = decision.arguments();
      return new ApprovalEntry.ApprovalDecision(
          decision.invocation(),
          decision.ordinal(),
          decision.id(),
          decision.outcome(),
          text(decision.by()),
          text(decision.reason()),
          edited == null ? null : json(edited));
    }
    return approval;
  }

  private Message message(Message message) {
    if (message instanceof Message.SystemText system) {
      return new Message.SystemText(text(system.text()));
    } else if (message instanceof Message.UserText user) {
      return new Message.UserText(text(user.text()));
    } else if (message instanceof Message.ToolText tool) {
      return new Message.ToolText(tool.callId(), tool.tool(), text(tool.text()), tool.error());
    } else if (message instanceof Message.Assistant said) {
      return assistant(said);
    }
    return message;
  }

  private Message.Assistant assistant(Message.Assistant said) {
    String signature = said.signature();
    // Its provider takes it back unchanged or not at all.
    boolean clean = signature != null && text(signature).equals(signature);
    return new Message.Assistant(
        text(said.text()), each(said.calls(), this::request), clean ? signature : null);
  }

  private Message.ToolRequest request(Message.ToolRequest call) {
    return new Message.ToolRequest(call.callId(), call.tool(), text(call.arguments()));
  }

  private List<ContextWrite> writes(List<ContextWrite> writes) {
    return each(
        writes,
        write -> new ContextWrite(
            text(write.key()),
            write.value() == null ? null : json(write.value()),
            write.ifVersion()));
  }

  private Emission emission(Emission emission) {
    Emission.Options options = emission.options();
    return new Emission(
        emission.kind(),
        text(emission.name()),
        json(emission.data()),
        new Emission.Options(options.priority(), options.ttl(), key(options.orderingKey())));
  }

  /** Without a stream: every entry and every question passes here. */
  private static <T> List<T> each(List<T> items, UnaryOperator<T> clean) {
    if (items.isEmpty()) {
      return items;
    }
    List<T> all = new ArrayList<>(items.size());
    for (T item : items) {
      all.add(clean.apply(item));
    }
    return all;
  }

  private Json json(Json json) {
    return redactor.redact(json);
  }

  private String text(String text) {
    return redactor.redact(text);
  }

  private @Nullable String optional(@Nullable String text) {
    return text == null ? null : text(text);
  }
}
