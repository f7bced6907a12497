package dev.agentruntime.codec;

import dev.agentruntime.core.Json;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import java.io.IOException;
import java.util.Objects;

/**
 * Writes and reads the data of {@link OperatorEntry}; what is empty is left out (marked ?):
 *
 * <pre>
 * dead_letter        {ids?:[..], action, fresh:false, by}
 * secret_access      {secret, action, by, run?, source?}
 * rewind             {to:1, mode, conversation?:[{role:user|assistant, text}], writes?:[WRITE], by}
 * verticle           {name, spec?:{}, by}
 * operator_action    {who, from, action, status:200, request?, more?:12}
 * </pre>
 */
final class OperatorLines {

  private OperatorLines() {}

  static void write(OperatorEntry data, DataWriter out) throws IOException {
    if (data instanceof OperatorEntry.DeadLetterHandled letters) {
      out.texts("ids", letters.ids());
      out.text("action", DataWriter.word(letters.action()));
      out.flag("fresh", letters.fresh());
      out.text("by", letters.by());
    } else if (data instanceof OperatorEntry.SecretAccess access) {
      out.text("secret", access.secret());
      out.text("action", access.action());
      out.text("by", access.by());
      out.optional("run", access.run().isEmpty() ? null : access.run());
      out.optional("source", access.source().isEmpty() ? null : access.source());
    } else if (data instanceof OperatorEntry.OperatorAction action) {
      out.text("who", action.who());
      out.text("from", action.from());
      out.text("action", action.action());
      out.number("status", action.status());
      out.optional("request", action.request().isEmpty() ? null : action.request());
      if (action.more() > 0) {
        out.number("more", action.more());
      }
    } else if (data instanceof OperatorEntry.VerticleChanged verticle) {
      out.text("name", verticle.name());
      Json spec = verticle.spec();
      if (spec != null) {
        out.json("spec", spec);
      }
      out.text("by", verticle.by());
    } else if (data instanceof OperatorEntry.Rewound rewound) {
      out.number("to", rewound.to());
      out.text("mode", DataWriter.word(rewound.mode()));
      out.conversation(rewound.conversation());
      out.writes(rewound.context());
      out.text("by", rewound.by());
    }
  }

  static EntryData read(String kind, Fields d) {
    return switch (kind) {
      case "dead_letter" ->
        new OperatorEntry.DeadLetterHandled(
            d.texts("ids"),
            DataReader.constant(OperatorEntry.DeadLetterAction.class, d.text("action")),
            d.flag("fresh"),
            d.text("by"));
      case "secret_access" ->
        new OperatorEntry.SecretAccess(
            d.text("secret"),
            d.text("action"),
            d.text("by"),
            DataReader.orEmpty(d.optionalText("run")),
            DataReader.orEmpty(d.optionalText("source")));
      case "operator_action" ->
        new OperatorEntry.OperatorAction(
            d.text("who"),
            d.text("from"),
            d.text("action"),
            d.integer("status"),
            DataReader.orEmpty(d.optionalText("request")),
            Objects.requireNonNullElse(d.optionalNumber("more"), 0L));
      case "verticle" ->
        new OperatorEntry.VerticleChanged(d.text("name"), d.optionalJson("spec"), d.text("by"));
      case "rewind" ->
        new OperatorEntry.Rewound(
            d.number("to"),
            DataReader.constant(OperatorEntry.RewindMode.class, d.text("mode")),
            d.objects("conversation").stream().map(DataReader::said).toList(),
            DataReader.writes(d),
            d.text("by"));
      default -> throw new IllegalArgumentException("no kind of operators: " + kind);
    };
  }
}
