package dev.agentruntime.codec;

import dev.agentruntime.core.Json;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.PeopleEntry;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the data of {@link PeopleEntry}; what is empty is left out (marked ?):
 *
 * <pre>
 * inbox_message      {id?, content?, type?, sender?, priority?, expires?, metadata?:{}, gone?:[..],
 *                     by}
 * escalation         {id, type, payload:{}, url?, event?, due?:[DUE]}
 * </pre>
 */
final class PeopleLines {

  private PeopleLines() {}

  static void write(PeopleEntry data, DataWriter out) throws IOException {
    if (data instanceof PeopleEntry.InboxMessage inbox) {
      PeopleEntry.Said said = inbox.message();
      if (said != null) {
        out.text("id", said.id());
        out.text("content", said.content());
        out.text("type", DataWriter.word(said.type()));
        out.optional("sender", said.sender().isEmpty() ? null : said.sender());
        out.text("priority", DataWriter.word(said.priority()));
        out.time("expires", said.expires());
        if (!said.metadata().equals(Json.EMPTY)) {
          out.json("metadata", said.metadata());
        }
      }
      out.texts("gone", inbox.gone());
      out.text("by", inbox.by());
    } else if (data instanceof PeopleEntry.Escalation escalation) {
      out.text("id", escalation.id());
      out.text("type", escalation.type());
      out.json("payload", escalation.payload());
      out.optional("url", escalation.url());
      out.optional("event", escalation.event());
      out.due("due", escalation.due());
    }
  }

  static EntryData read(String kind, Fields d) {
    return kind.equals("escalation")
        ? new PeopleEntry.Escalation(
            d.text("id"),
            d.text("type"),
            d.json("payload"),
            d.optionalText("url"),
            d.optionalText("event"),
            DataReader.due(d.objects("due")))
        : new PeopleEntry.InboxMessage(said(d), d.texts("gone"), d.text("by"));
  }

  private static PeopleEntry.@Nullable Said said(Fields d) {
    if (d.optionalText("id") == null) {
      return null;
    }
    String sender = d.optionalText("sender");
    Json metadata = d.optionalJson("metadata");
    return new PeopleEntry.Said(
        d.text("id"),
        d.text("content"),
        DataReader.constant(PeopleEntry.Type.class, d.text("type")),
        sender == null ? "" : sender,
        DataReader.constant(PeopleEntry.Priority.class, d.text("priority")),
        EntryCodec.time(d.text("expires")),
        metadata == null ? Json.EMPTY : metadata);
  }
}
