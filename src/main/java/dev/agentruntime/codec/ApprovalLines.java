package dev.agentruntime.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.ApprovalEntry.Digests;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the {@code d} of entries about approvals; what is null is left out (marked ?).
 *
 * <pre>
 * approval_request   {invocation, ordinal:1, id, attempt:1, tool, arguments?:any,
 *                     digests:{arguments, schema, policy}, reasons:[..], expires}
 * approval_decision  {invocation, ordinal:1, id, outcome, by, reason, arguments?:any}
 * </pre>
 */
final class ApprovalLines {

  private ApprovalLines() {}

  static void write(JsonGenerator json, ApprovalEntry data) throws IOException {
    json.writeStringField("invocation", data.invocation().value());
    json.writeNumberField("ordinal", data.ordinal());
    text(json, "id", data.id());
    if (data instanceof ApprovalRequest request) {
      json.writeNumberField("attempt", request.attempt());
      text(json, "tool", request.tool());
      optional(json, request.arguments());
      json.writeObjectFieldStart("digests");
      text(json, "arguments", request.digests().arguments());
      text(json, "schema", request.digests().schema());
      text(json, "policy", request.digests().policy());
      json.writeEndObject();
      json.writeArrayFieldStart("reasons");
      for (String reason : request.reasons()) {
        Json.writeString(json, reason);
      }
      json.writeEndArray();
      text(json, "expires", request.expires().toString());
    } else if (data instanceof ApprovalDecision decision) {
      text(json, "outcome", decision.outcome().name().toLowerCase(Locale.ROOT));
      text(json, "by", decision.by());
      text(json, "reason", decision.reason());
      optional(json, decision.arguments());
    }
  }

  static boolean reads(String kind) {
    return kind.equals("approval_request") || kind.equals("approval_decision");
  }

  static ApprovalEntry read(String kind, Fields d) {
    InvocationId invocation = new InvocationId(d.text("invocation"));
    if (kind.equals("approval_decision")) {
      return new ApprovalDecision(
          invocation,
          d.integer("ordinal"),
          d.text("id"),
          ApprovalOutcome.valueOf(d.text("outcome").toUpperCase(Locale.ROOT)),
          d.text("by"),
          d.text("reason"),
          d.optionalJson("arguments"));
    }
    Fields digests = d.object("digests");
    return new ApprovalRequest(
        invocation,
        d.integer("ordinal"),
        d.text("id"),
        d.integer("attempt"),
        d.text("tool"),
        d.optionalJson("arguments"),
        new Digests(digests.text("arguments"), digests.text("schema"), digests.text("policy")),
        d.texts("reasons"),
        Instant.parse(d.text("expires")));
  }

  private static void optional(JsonGenerator json, @Nullable Json value) throws IOException {
    if (value != null) {
      json.writeFieldName("arguments");
      json.writeRawValue(value.toString());
    }
  }

  private static void text(JsonGenerator json, String name, String value) throws IOException {
    json.writeFieldName(name);
    Json.writeString(json, value);
  }
}
