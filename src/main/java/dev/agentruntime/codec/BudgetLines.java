package dev.agentruntime.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The data of what a budget says; fields as in {@link DataWriter}:
 *
 * <pre>
 * model_call         {invocation, turn:1, attempt:1, tokens?:0, money?:0}
 * budget_charge      {why, day, invocation?, limit?, amounts?:[AMOUNT]}
 * budget_grant       {day, amounts?:[AMOUNT], by, item?}
 *
 * AMOUNT  {of, n:0}                      in order of what it is of; cost and money in billionths
 * RESERVE {cost:0, irreversible?:true}   in billionths; of tool_call and tool_result
 * </pre>
 */
final class BudgetLines {

  private BudgetLines() {}

  static EntryData read(String kind, Fields d) {
    return switch (kind) {
      case "model_call" ->
        new BudgetEntry.ModelCall(
            new InvocationId(d.text("invocation")),
            d.integer("turn"),
            d.integer("attempt"),
            orZero(d.optionalNumber("tokens")),
            orZero(d.optionalNumber("money")));
      case "budget_charge" -> {
        String run = d.optionalText("invocation");
        yield new BudgetEntry.BudgetCharge(
            d.text("why"),
            d.text("day"),
            run == null ? null : new InvocationId(run),
            d.optionalText("limit"),
            amounts(d));
      }
      default ->
        new BudgetEntry.BudgetGrant(
            d.text("day"), amounts(d), d.text("by"), d.optionalText("item"));
    };
  }

  private static long orZero(@Nullable Long number) {
    return number == null ? 0 : number;
  }

  private static Map<String, Long> amounts(Fields d) {
    Map<String, Long> amounts = new LinkedHashMap<>();
    d.objects("amounts").forEach(each -> amounts.put(each.text("of"), each.number("n")));
    return amounts;
  }

  /** What a call of a tool is charged, null when nobody counts. */
  static BudgetEntry.@Nullable Reserve reserve(Fields d, String name) {
    Fields reserve = d.optionalObject(name);
    return reserve == null
        ? null
        : new BudgetEntry.Reserve(
            reserve.number("cost"), reserve.optionalJson("irreversible") != null);
  }

  static void write(BudgetEntry data, JsonGenerator json) throws IOException {
    if (data instanceof BudgetEntry.ModelCall call) {
      text(json, "invocation", call.invocation().value());
      json.writeNumberField("turn", call.turn());
      json.writeNumberField("attempt", call.attempt());
      number(json, "tokens", call.tokens());
      number(json, "money", call.money());
    } else if (data instanceof BudgetEntry.BudgetCharge charge) {
      text(json, "why", charge.why());
      text(json, "day", charge.day());
      InvocationId run = charge.invocation();
      if (run != null) {
        text(json, "invocation", run.value());
      }
      String limit = charge.limit();
      if (limit != null) {
        text(json, "limit", limit);
      }
      amounts(json, charge.amounts());
    } else if (data instanceof BudgetEntry.BudgetGrant grant) {
      text(json, "day", grant.day());
      amounts(json, grant.amounts());
      text(json, "by", grant.by());
      String item = grant.item();
      if (item != null) {
        text(json, "item", item);
      }
    }
  }

  static void reserve(JsonGenerator json, String name, BudgetEntry.@Nullable Reserve reserve)
      throws IOException {
    if (reserve != null) {
      json.writeObjectFieldStart(name);
      json.writeNumberField("cost", reserve.cost());
      if (reserve.irreversible()) {
        json.writeBooleanField("irreversible", true);
      }
      json.writeEndObject();
    }
  }

  private static void amounts(JsonGenerator json, Map<String, Long> amounts) throws IOException {
    if (amounts.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("amounts");
    for (Map.Entry<String, Long> amount : amounts.entrySet()) {
      json.writeStartObject();
      text(json, "of", amount.getKey());
      json.writeNumberField("n", amount.getValue());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void number(JsonGenerator json, String name, long number) throws IOException {
    if (number != 0) {
      json.writeNumberField(name, number);
    }
  }

  private static void text(JsonGenerator json, String name, String text) throws IOException {
    json.writeFieldName(name);
    Json.writeString(json, text);
  }
}
