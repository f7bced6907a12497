package dev.agentruntime.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.Drift;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the {@code d} of an entry. A field that is null, and a list or map that is empty, is left
 * out (marked ?); fields stand in this order:
 *
 * <pre>
 * process_deployed   {manifest:{}, digest, version:1, source, file?, restores?:1, drift?:DRIFT}
 * process_removed    {reason}
 * state_transition   {from, to, reason, causes?:[..]}
 * restart            {attempt:1, reason, clean:true}
 * error              {code, message, invocation?, retry_at?}
 * trigger_event      {id, trigger, type, time, payload:any, metadata:{}, dedup?, trusted:false,
 *                     priority?:0, expires?, ordering_key?, hops?:0,
 *                     reply_to?:{node, process, key}}
 * trigger_cursor     {trigger, cursor:any}
 * trigger_settled    {events?:[..], outcome, reason}
 * tool_set           {digest, definitions:[..]}
 * invocation_start   {invocation, events?:[..], attempt:1, manifest_version:1, tool_set,
 *                     blocks?:{name: text, in order of name}}
 * model_reply        {invocation, turn:1, text, calls?:[CALL], signature?, usage:USAGE, request,
 *                     rejected?, model?}
 * tool_call          {invocation, ordinal:1, call:CALL, key, policy, reserve?:RESERVE}
 * tool_result        {invocation, ordinal:1, tool, outcome, text, writes?:[WRITE],
 *                     emissions?:[EMISSION], charge?:RESERVE}
 * effect_resolved    {invocation, key, resolution, result?, by}
 * invocation_result  {invocation, outcome, usage:USAGE, duration_ms:0,
 *                     failure?:{code, message, retry_after?:"PT5S"}, steps?:[1,2],
 *                     tainted?:true, due?:[{to?:[DUE]}]}
 * emitted            {id, emission:EMISSION, source, due?:[DUE], voice?}
 * effect_delivered   {item, to?:[DUE], delivery, moved?:[DUE]}
 * context_update     {writes?:[WRITE], source, clears_conversation?:true}
 * checkpoint         {position:1, digest}
 * DRIFT {declared, parts:[..], triggers:[..]}; CALL {id, tool, arguments:"as the model wrote it"}
 * USAGE {input:0, output:0, cached?:0, cost?:0}    cost in 1e-9 US dollars, no cost = unknown
 * EMISSION {kind, name, data:any, priority?:0, ttl_ms?:0, ordering_key?}
 * DUE {node, process, trigger, group?}
 * WRITE {key, value?:any, if_version?:0}                       no value = deleted
 * </pre>
 *
 * <p>What operators, governance and messages bring is drawn where it is written: {@link
 * OperatorLines}, {@link BudgetLines}, {@link PeopleLines}, {@link WatchLines}, {@link
 * ApprovalLines}. Owned by: one thread.
 */
final class DataWriter {

  private static final JsonFactory FACTORY = new JsonFactoryBuilder()
      .disable(JsonWriteFeature.ESCAPE_FORWARD_SLASHES)
      .rootValueSeparator("")
      .build();

  private final Bytes out;
  private final JsonGenerator json;

  DataWriter(Bytes out) {
    this.out = out;
    try {
      this.json = FACTORY.createGenerator(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(EntryData data) {
    try {
      json.writeStartObject();
      fields(data);
      json.writeEndObject();
      json.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void fields(EntryData data) throws IOException {
    if (data instanceof EntryData.TriggerAccepted accepted) {
      event(accepted.event());
    } else if (data instanceof EntryData.InvocationStart start) {
      invocation(start.invocation());
      texts("events", start.eventIds());
      json.writeNumberField("attempt", start.attempt());
      json.writeNumberField("manifest_version", start.manifestVersion());
      text("tool_set", start.toolSet());
      blocks(start.blocks());
    } else if (data instanceof EntryData.InvocationResult result) {
      result(result);
    } else if (data instanceof EntryData.ModelReply reply) {
      reply(reply);
    } else if (data instanceof EntryData.ToolCall call) {
      invocation(call.invocation());
      json.writeNumberField("ordinal", call.ordinal());
      json.writeFieldName("call");
      call(call.request());
      text("key", call.key());
      text("policy", call.policy().word());
      BudgetLines.reserve(json, "reserve", call.reserve());
    } else if (data instanceof EntryData.ToolResult result) {
      invocation(result.invocation());
      json.writeNumberField("ordinal", result.ordinal());
      text("tool", result.tool());
      text("outcome", word(result.outcome()));
      text("text", result.text());
      writes(result.writes());
      if (!result.emissions().isEmpty()) {
        json.writeArrayFieldStart("emissions");
        for (Emission emission : result.emissions()) {
          emission(emission);
        }
        json.writeEndArray();
      }
      BudgetLines.reserve(json, "charge", result.charge());
    } else {
      rareFields(data);
    }
  }

  private void drift(@Nullable Drift drift) throws IOException {
    if (drift != null) {
      json.writeObjectFieldStart("drift");
      text("declared", drift.declared());
      texts("parts", drift.parts());
      texts("triggers", drift.triggers());
      json.writeEndObject();
    }
  }

  private void rareFields(EntryData data) throws IOException {
    if (data instanceof DeployEntry.ProcessDeployed deployed) {
      json("manifest", deployed.manifest());
      text("digest", deployed.digest());
      json.writeNumberField("version", deployed.version());
      text("source", deployed.source());
      optional("file", deployed.file());
      if (deployed.restores() > 0) {
        json.writeNumberField("restores", deployed.restores());
      }
      drift(deployed.drift());
    } else if (data instanceof DeployEntry.ProcessRemoved removed) {
      text("reason", removed.reason());
    } else if (data instanceof EntryData.StateTransition move) {
      text("from", move.from().word());
      text("to", move.to().word());
      text("reason", move.reason());
      texts("causes", move.causes());
    } else if (data instanceof EntryData.Restart restart) {
      json.writeNumberField("attempt", restart.attempt());
      text("reason", restart.reason());
      json.writeBooleanField("clean", restart.clean());
    } else if (data instanceof EntryData.ErrorNoted error) {
      text("code", error.code().name());
      text("message", error.message());
      InvocationId invocation = error.invocation();
      optional("invocation", invocation == null ? null : invocation.value());
      time("retry_at", error.retryAt());
    } else if (data instanceof EntryData.TriggerCursor cursor) {
      text("trigger", cursor.triggerId());
      json("cursor", cursor.cursor());
    } else if (data instanceof EntryData.TriggerSettled settled) {
      texts("events", settled.eventIds());
      text("outcome", settled.outcome());
      text("reason", settled.reason());
    } else if (data instanceof EntryData.ToolSet tools) {
      text("digest", tools.digest());
      json("definitions", tools.definitions());
      optional("server", tools.server());
      optional("by", tools.by());
    } else if (data instanceof EntryData.EffectResolved resolved) {
      invocation(resolved.invocation());
      text("key", resolved.key());
      text("resolution", word(resolved.resolution()));
      optional("result", resolved.result());
      text("by", resolved.by());
    } else if (data instanceof EntryData.ContextUpdate update) {
      writes(update.writes());
      text("source", update.source());
      if (update.clearsConversation()) {
        json.writeBooleanField("clears_conversation", true);
      }
    } else {
      busFields(data);
    }
  }

  private void busFields(EntryData data) throws IOException {
    if (data instanceof EntryData.Emitted emitted) {
      text("id", emitted.id());
      json.writeFieldName("emission");
      emission(emitted.emission());
      text("source", emitted.source());
      due("due", emitted.due());
      optional("voice", emitted.voice().written());
    } else if (data instanceof EntryData.EffectDelivered delivered) {
      text("item", delivered.item());
      due("to", delivered.to());
      text("delivery", word(delivered.delivery()));
      due("moved", delivered.moved());
    } else if (data instanceof EntryData.CheckpointMade made) {
      json.writeNumberField("position", made.position());
      text("digest", made.digest());
    } else if (data instanceof OperatorEntry operator) {
      OperatorLines.write(operator, this);
    } else if (data instanceof BudgetEntry budget) {
      BudgetLines.write(budget, json);
    } else if (data instanceof PeopleEntry people) {
      PeopleLines.write(people, this);
    } else if (data instanceof WatchEntry watch) {
      WatchLines.write(watch, json);
    } else if (data instanceof ApprovalEntry approval) {
      ApprovalLines.write(json, approval);
    } else {
      throw new IllegalArgumentException("no format for kind " + data.kind());
    }
  }

  /** What was asked and answered; a conversation has no tool calls. */
  void conversation(List<Message> messages) throws IOException {
    if (messages.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("conversation");
    for (Message message : messages) {
      json.writeStartObject();
      if (message instanceof Message.UserText user) {
        text("role", "user");
        text("text", user.text());
      } else if (message instanceof Message.Assistant reply && reply.calls().isEmpty()) {
        text("role", "assistant");
        text("text", reply.text());
      } else {
        throw new IllegalArgumentException("no format for a conversation with " + message);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void event(TriggerEvent event) throws IOException {
    text("id", event.id());
    text("trigger", event.triggerId());
    text("type", event.triggerType());
    json.writeFieldName("time");
    time(event.time());
    json("payload", event.payload());
    json("metadata", event.metadata());
    optional("dedup", event.dedupKey());
    json.writeBooleanField("trusted", event.trusted());
    routing(event.routing());
  }

  private void routing(Routing routing) throws IOException {
    if (routing.priority() != 0) {
      json.writeNumberField("priority", routing.priority());
    }
    time("expires", routing.expires());
    optional("ordering_key", routing.orderingKey());
    if (routing.hops() != 0) {
      json.writeNumberField("hops", routing.hops());
    }
    Routing.ReplyTo replyTo = routing.replyTo();
    if (replyTo != null) {
      json.writeObjectFieldStart("reply_to");
      text("node", replyTo.node().value());
      text("process", replyTo.process().value());
      text("key", replyTo.key());
      json.writeEndObject();
    }
  }

  private void emission(Emission emission) throws IOException {
    json.writeStartObject();
    text("kind", word(emission.kind()));
    text("name", emission.name());
    json("data", emission.data());
    Emission.Options options = emission.options();
    if (options.priority() != 0) {
      json.writeNumberField("priority", options.priority());
    }
    Duration ttl = options.ttl();
    if (ttl != null) {
      json.writeNumberField("ttl_ms", ttl.toMillis());
    }
    optional("ordering_key", options.orderingKey());
    json.writeEndObject();
  }

  void due(String name, List<Due> due) throws IOException {
    if (!due.isEmpty()) {
      json.writeArrayFieldStart(name);
      for (Due each : due) {
        json.writeStartObject();
        text("node", each.node().value());
        text("process", each.process().value());
        text("trigger", each.trigger());
        optional("group", each.group());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  private void result(EntryData.InvocationResult result) throws IOException {
    invocation(result.invocation());
    text("outcome", word(result.outcome()));
    usage(json, result.usage());
    json.writeNumberField("duration_ms", result.durationMs());
    Failure failure = result.failure();
    if (failure != null) {
      json.writeObjectFieldStart("failure");
      text("code", failure.code().name());
      text("message", failure.message());
      optional(
          "retry_after",
          failure.retryAfter() == null ? null : failure.retryAfter().toString());
      json.writeEndObject();
    }
    if (!result.steps().isEmpty()) {
      json.writeArrayFieldStart("steps");
      for (long step : result.steps()) {
        json.writeNumber(step);
      }
      json.writeEndArray();
    }
    if (result.tainted()) {
      json.writeBooleanField("tainted", true);
    }
    if (!result.due().isEmpty()) {
      json.writeArrayFieldStart("due");
      for (List<Due> each : result.due()) {
        json.writeStartObject();
        due("to", each);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  private void reply(EntryData.ModelReply reply) throws IOException {
    invocation(reply.invocation());
    json.writeNumberField("turn", reply.turn());
    text("text", reply.reply().text());
    if (!reply.reply().calls().isEmpty()) {
      json.writeArrayFieldStart("calls");
      for (Message.ToolRequest call : reply.reply().calls()) {
        call(call);
      }
      json.writeEndArray();
    }
    optional("signature", reply.reply().signature());
    usage(json, reply.usage());
    text("request", reply.request());
    optional("rejected", reply.rejected());
    optional("model", reply.model().isEmpty() ? null : reply.model());
  }

  private void blocks(Map<String, String> blocks) throws IOException {
    if (!blocks.isEmpty()) {
      json.writeObjectFieldStart("blocks");
      for (Map.Entry<String, String> block : blocks.entrySet()) {
        text(block.getKey(), block.getValue());
      }
      json.writeEndObject();
    }
  }

  private void call(Message.ToolRequest call) throws IOException {
    json.writeStartObject();
    text("id", call.callId());
    text("tool", call.tool());
    text("arguments", call.arguments());
    json.writeEndObject();
  }

  static void usage(JsonGenerator json, Message.Usage usage) throws IOException {
    json.writeObjectFieldStart("usage");
    json.writeNumberField("input", usage.input());
    json.writeNumberField("output", usage.output());
    if (usage.cached() != 0) {
      json.writeNumberField("cached", usage.cached());
    }
    Long cost = usage.cost();
    if (cost != null) {
      json.writeNumberField("cost", cost);
    }
    json.writeEndObject();
  }

  void writes(List<ContextWrite> writes) throws IOException {
    if (writes.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("writes");
    for (ContextWrite write : writes) {
      json.writeStartObject();
      text("key", write.key());
      Json value = write.value();
      if (value != null) {
        json("value", value);
      }
      Long version = write.ifVersion();
      if (version != null) {
        json.writeNumberField("if_version", version);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void invocation(InvocationId id) throws IOException {
    text("invocation", id.value());
  }

  void number(String name, long value) throws IOException {
    json.writeNumberField(name, value);
  }

  void flag(String name, boolean value) throws IOException {
    json.writeBooleanField(name, value);
  }

  void text(String name, String text) throws IOException {
    json.writeFieldName(name);
    Json.writeString(json, text);
  }

  void optional(String name, @Nullable String text) throws IOException {
    if (text != null) {
      text(name, text);
    }
  }

  void texts(String name, List<String> texts) throws IOException {
    if (!texts.isEmpty()) {
      json.writeArrayFieldStart(name);
      for (String text : texts) {
        Json.writeString(json, text);
      }
      json.writeEndArray();
    }
  }

  void json(String name, Json value) throws IOException {
    json.writeFieldName(name);
    splice();
    value.writeTo(out);
  }

  private void time(Instant time) throws IOException {
    splice();
    out.write('"');
    out.time(time).write('"');
  }

  void time(String name, @Nullable Instant time) throws IOException {
    if (time != null) {
      json.writeFieldName(name);
      time(time);
    }
  }

  /** Puts the generator behind a value that it did not write, its bytes all in the buffer. */
  private void splice() throws IOException {
    json.writeRawValue("");
    json.flush();
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
