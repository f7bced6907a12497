package dev.agentruntime.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.WatchEntry;
import dev.agentruntime.entry.WatchEntry.HealthAction;
import dev.agentruntime.entry.WatchEntry.MissionSource;
import dev.agentruntime.entry.WatchEntry.MissionState;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The {@code d} of entries of those who watch, in the notation of {@link DataWriter}:
 *
 * <pre>
 * health_anomaly      {type?, action, invocation?, ordinal?:1, details?}
 * mission_evaluation  {state, source, number:0,
 *                      verdict?:{achieved:false, confidence:0..1000, reasoning, progress},
 *                      usage?:USAGE, model?, reason?}
 * </pre>
 */
final class WatchLines {

  private WatchLines() {}

  static void write(WatchEntry data, JsonGenerator json) throws IOException {
    if (data instanceof WatchEntry.HealthAnomaly anomaly) {
      InvocationId invocation = anomaly.invocation();
      optional(json, "type", anomaly.type());
      text(json, "action", word(anomaly.action()));
      optional(json, "invocation", invocation == null ? "" : invocation.value());
      if (anomaly.ordinal() != 0) {
        json.writeNumberField("ordinal", anomaly.ordinal());
      }
      optional(json, "details", anomaly.details());
    } else if (data instanceof WatchEntry.MissionEvaluation evaluation) {
      text(json, "state", word(evaluation.state()));
      text(json, "source", word(evaluation.source()));
      json.writeNumberField("number", evaluation.number());
      WatchEntry.MissionVerdict verdict = evaluation.verdict();
      if (verdict != null) {
        json.writeObjectFieldStart("verdict");
        json.writeBooleanField("achieved", verdict.achieved());
        json.writeNumberField("confidence", verdict.confidence());
        text(json, "reasoning", verdict.reasoning());
        text(json, "progress", verdict.progress());
        json.writeEndObject();
      }
      if (!evaluation.usage().equals(Message.Usage.NONE)) {
        DataWriter.usage(json, evaluation.usage());
      }
      optional(json, "model", evaluation.model());
      optional(json, "reason", evaluation.reason());
    }
  }

  static WatchEntry read(String kind, Fields d) {
    return kind.equals("health_anomaly") ? anomaly(d) : evaluation(d);
  }

  private static WatchEntry anomaly(Fields d) {
    String invocation = d.optionalText("invocation");
    Long ordinal = d.optionalNumber("ordinal");
    return new WatchEntry.HealthAnomaly(
        orEmpty(d.optionalText("type")),
        constant(HealthAction.class, d.text("action")),
        invocation == null ? null : new InvocationId(invocation),
        ordinal == null ? 0 : Math.toIntExact(ordinal),
        orEmpty(d.optionalText("details")));
  }

  private static WatchEntry evaluation(Fields d) {
    Fields verdict = d.optionalObject("verdict");
    return new WatchEntry.MissionEvaluation(
        constant(MissionState.class, d.text("state")),
        constant(MissionSource.class, d.text("source")),
        d.integer("number"),
        verdict == null
            ? null
            : new WatchEntry.MissionVerdict(
                verdict.flag("achieved"),
                verdict.integer("confidence"),
                verdict.text("reasoning"),
                verdict.text("progress")),
        d.optionalObject("usage") == null ? Message.Usage.NONE : DataReader.usage(d),
        orEmpty(d.optionalText("model")),
        orEmpty(d.optionalText("reason")));
  }

  private static void text(JsonGenerator json, String name, String text) throws IOException {
    json.writeFieldName(name);
    Json.writeString(json, text);
  }

  private static void optional(JsonGenerator json, String name, String text) throws IOException {
    if (!text.isEmpty()) {
      text(json, name, text);
    }
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String word) {
    return Enum.valueOf(type, word.toUpperCase(Locale.ROOT));
  }
}
