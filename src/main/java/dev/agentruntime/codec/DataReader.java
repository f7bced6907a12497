package dev.agentruntime.codec;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.Drift;
import dev.agentruntime.entry.EntryData;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads what {@link DataWriter} wrote. Safe for every thread. */
final class DataReader {

  private DataReader() {}

  /**
   * Reads the data of one entry.
   *
   * @throws RuntimeFault {@code JOURNAL_CORRUPT} for an unknown kind or a field that is missing or
   *     of another type
   */
  static EntryData read(String kind, Fields d) {
    try {
      return switch (kind) {
        case "trigger_event" -> new EntryData.TriggerAccepted(event(d));
        case "invocation_start" -> start(d);
        case "invocation_result" -> result(d);
        case "model_reply" -> reply(d);
        case "tool_call" -> toolCall(d);
        case "tool_result" -> toolResult(d);
        default -> rare(kind, d);
      };
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT, "data of " + kind + ": " + e.getMessage(), e);
    } catch (RuntimeFault e) {
      throw e.code() == ErrorCode.JOURNAL_CORRUPT
          ? e
          : EntryCodec.corrupt("data of " + kind + ": " + e.getMessage());
    }
  }

  private static @Nullable Drift drift(@Nullable Fields d) {
    return d == null ? null : new Drift(d.text("declared"), d.texts("parts"), d.texts("triggers"));
  }

  private static EntryData rare(String kind, Fields d) {
    return switch (kind) {
      case "process_deployed" ->
        new DeployEntry.ProcessDeployed(
            d.json("manifest"),
            d.text("digest"),
            d.integer("version"),
            d.text("source"),
            d.optionalText("file"),
            d.optionalNumber("restores") == null ? 0 : d.integer("restores"),
            drift(d.optionalObject("drift")));
      case "process_removed" -> new DeployEntry.ProcessRemoved(d.text("reason"));
      case "state_transition" ->
        new EntryData.StateTransition(
            ProcessState.of(d.text("from")),
            ProcessState.of(d.text("to")),
            d.text("reason"),
            d.texts("causes"));
      case "restart" ->
        new EntryData.Restart(d.integer("attempt"), d.text("reason"), d.flag("clean"));
      case "error" -> error(d);
      case "trigger_cursor" -> new EntryData.TriggerCursor(d.text("trigger"), d.json("cursor"));
      case "trigger_settled" ->
        new EntryData.TriggerSettled(d.texts("events"), d.text("outcome"), d.text("reason"));
      case "tool_set" ->
        new EntryData.ToolSet(
            d.text("digest"),
            d.json("definitions"),
            d.optionalText("server"),
            d.optionalText("by"));
      case "effect_resolved" ->
        new EntryData.EffectResolved(
            invocation(d),
            d.text("key"),
            constant(EntryData.Resolution.class, d.text("resolution")),
            d.optionalText("result"),
            d.text("by"));
      case "emitted" ->
        new EntryData.Emitted(
            d.text("id"), emission(d.object("emission")), d.text("source"), due(d.objects("due")));
      case "effect_delivered" ->
        new EntryData.EffectDelivered(
            d.text("item"),
            due(d.objects("to")),
            constant(EntryData.Delivery.class, d.text("delivery")),
            due(d.objects("moved")));
      case "context_update" ->
        new EntryData.ContextUpdate(
            writes(d),
            d.text("source"),
            d.optionalJson("clears_conversation") != null && d.flag("clears_conversation"));
      case "checkpoint" -> new EntryData.CheckpointMade(d.number("position"), d.text("digest"));
      default -> ofOperators(kind, d);
    };
  }

  private static EntryData ofOperators(String kind, Fields d) {
    if (ApprovalLines.reads(kind)) {
      return ApprovalLines.read(kind, d);
    }
    return switch (kind) {
      case "dead_letter", "secret_access", "operator_action", "verticle", "rewind" ->
        OperatorLines.read(kind, d);
      case "model_call", "budget_charge", "budget_grant" -> BudgetLines.read(kind, d);
      case "inbox_message", "escalation" -> PeopleLines.read(kind, d);
      case "health_anomaly", "mission_evaluation" -> WatchLines.read(kind, d);
      default ->
        throw EntryCodec.corrupt(
            "kind " + Json.quote(kind) + " is not known, expected=a kind of journal format 1");
    };
  }

  static Message said(Fields d) {
    return switch (d.text("role")) {
      case "user" -> new Message.UserText(d.text("text"));
      case "assistant" -> new Message.Assistant(d.text("text"), List.of());
      default ->
        throw EntryCodec.corrupt(
            "role " + Json.quote(d.text("role")) + ", expected=user or assistant");
    };
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static TriggerEvent event(Fields d) {
    return new TriggerEvent(
        d.text("id"),
        d.text("trigger"),
        d.text("type"),
        EntryCodec.time(d.text("time")),
        d.json("payload"),
        d.json("metadata"),
        d.optionalText("dedup"),
        d.flag("trusted"),
        routing(d));
  }

  private static Routing routing(Fields d) {
    Fields to = d.optionalObject("reply_to");
    Routing routing = new Routing(
        (int) orZero(d.optionalNumber("priority")),
        time(d.optionalText("expires")),
        d.optionalText("ordering_key"),
        (int) orZero(d.optionalNumber("hops")),
        to == null
            ? null
            : new Routing.ReplyTo(
                new NodeId(to.text("node")), new ProcessName(to.text("process")), to.text("key")));
    return routing.equals(Routing.NONE) ? Routing.NONE : routing;
  }

  private static Emission emission(Fields d) {
    Long ttl = d.optionalNumber("ttl_ms");
    return new Emission(
        constant(Emission.Kind.class, d.text("kind")),
        d.text("name"),
        d.json("data"),
        new Emission.Options(
            (int) orZero(d.optionalNumber("priority")),
            ttl == null ? null : Duration.ofMillis(ttl),
            d.optionalText("ordering_key")));
  }

  static List<Due> due(List<Fields> all) {
    List<Due> due = new ArrayList<>();
    for (Fields d : all) {
      due.add(new Due(
          new NodeId(d.text("node")),
          new ProcessName(d.text("process")),
          d.text("trigger"),
          d.optionalText("group")));
    }
    return due;
  }

  private static long orZero(@Nullable Long number) {
    return number == null ? 0 : number;
  }

  private static @Nullable Instant time(@Nullable String text) {
    return text == null ? null : EntryCodec.time(text);
  }

  private static EntryData error(Fields d) {
    String invocation = d.optionalText("invocation");
    return new EntryData.ErrorNoted(
        ErrorCode.valueOf(d.text("code")),
        d.text("message"),
        invocation == null ? null : new InvocationId(invocation),
        time(d.optionalText("retry_at")));
  }

  private static EntryData start(Fields d) {
    return new EntryData.InvocationStart(
        invocation(d),
        d.texts("events"),
        d.integer("attempt"),
        d.integer("manifest_version"),
        d.text("tool_set"),
        d.textMap("blocks"));
  }

  private static EntryData result(Fields d) {
    return new EntryData.InvocationResult(
        invocation(d),
        constant(EntryData.Outcome.class, d.text("outcome")),
        usage(d),
        d.number("duration_ms"),
        failure(d.optionalObject("failure")),
        d.numbers("steps"),
        d.objects("due").stream().map(each -> due(each.objects("to"))).toList(),
        d.optionalJson("tainted") != null && d.flag("tainted"));
  }

  private static EntryData reply(Fields d) {
    List<Message.ToolRequest> calls = new ArrayList<>();
    for (Fields each : d.objects("calls")) {
      calls.add(call(each));
    }
    String model = d.optionalText("model");
    return new EntryData.ModelReply(
        invocation(d),
        d.integer("turn"),
        new Message.Assistant(d.text("text"), calls, d.optionalText("signature")),
        usage(d),
        d.text("request"),
        d.optionalText("rejected"),
        model == null ? "" : model);
  }

  private static EntryData toolCall(Fields d) {
    return new EntryData.ToolCall(
        invocation(d),
        d.integer("ordinal"),
        call(d.object("call")),
        d.text("key"),
        ToolDefinition.Policy.of(d.text("policy")),
        BudgetLines.reserve(d, "reserve"));
  }

  private static EntryData toolResult(Fields d) {
    return new EntryData.ToolResult(
        invocation(d),
        d.integer("ordinal"),
        d.text("tool"),
        constant(EntryData.ToolOutcome.class, d.text("outcome")),
        d.text("text"),
        writes(d),
        d.objects("emissions").stream().map(DataReader::emission).toList(),
        BudgetLines.reserve(d, "charge"));
  }

  private static InvocationId invocation(Fields d) {
    return new InvocationId(d.text("invocation"));
  }

  private static Message.ToolRequest call(Fields d) {
    return new Message.ToolRequest(d.text("id"), d.text("tool"), d.text("arguments"));
  }

  static Message.Usage usage(Fields d) {
    Fields usage = d.object("usage");
    Long cached = usage.optionalNumber("cached");
    return new Message.Usage(
        usage.number("input"),
        usage.number("output"),
        cached == null ? 0 : cached,
        usage.optionalNumber("cost"));
  }

  private static @Nullable Failure failure(@Nullable Fields d) {
    if (d == null) {
      return null;
    }
    String retryAfter = d.optionalText("retry_after");
    return new Failure(
        ErrorCode.valueOf(d.text("code")),
        d.text("message"),
        retryAfter == null ? null : Duration.parse(retryAfter));
  }

  static List<ContextWrite> writes(Fields d) {
    List<ContextWrite> writes = new ArrayList<>();
    for (Fields each : d.objects("writes")) {
      writes.add(new ContextWrite(
          each.text("key"), each.optionalJson("value"), each.optionalNumber("if_version")));
    }
    return writes;
  }

  static <E extends Enum<E>> E constant(Class<E> type, String word) {
    return Enum.valueOf(type, word.toUpperCase(Locale.ROOT));
  }
}
