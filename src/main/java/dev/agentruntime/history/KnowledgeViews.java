package dev.agentruntime.history;

import dev.agentruntime.context.ContextTrail;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.fold.ProcessImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How what an agent knows is shown: context, who changed it, conversation. Pure. */
public final class KnowledgeViews {

  private static final int TAG_LENGTH = 32;

  private KnowledgeViews() {}

  /** {@code {"state":{...},"versions":{...},"bytes":n,"writable_keys":[...]}}. */
  public static Json context(ProcessImage image) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("state", image.context().toJson());
    all.put("versions", versions(image));
    all.put("bytes", image.context().bytes());
    all.put("writable_keys", image.config().context().writableKeys());
    return Json.of(all);
  }

  /**
   * A strong validator (RFC 9110, 8.8) of the context: the same exactly while no key is written or
   * deleted, for a version is never used twice.
   */
  public static String tag(ProcessImage image) {
    Json seen = Json.of(List.of(image.id().toString(), versions(image)));
    return "\"" + Hex.sha256(seen.bytes()).substring(0, TAG_LENGTH) + "\"";
  }

  private static Map<String, Long> versions(ProcessImage image) {
    Map<String, Long> versions = new LinkedHashMap<>();
    image.context().entries().forEach((key, entry) -> versions.put(key, entry.version()));
    return versions;
  }

  /**
   * {@code {"key":...,"changes":[...],"older_in_journal":false}}, each change with {@code value} or
   * {@code deleted}, {@code version, source, invocation, time}, oldest first; null when nothing is
   * known of the key.
   */
  public static @Nullable Json changes(ProcessImage image, String key) {
    ContextTrail trail = image.trail();
    List<ContextTrail.Change> known = trail.changes(key);
    if (known.isEmpty() && image.context().get(key) == null) {
      return null;
    }
    List<Object> changes = new ArrayList<>();
    for (ContextTrail.Change change : known) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      if (change.value() == null) {
        one.put("deleted", true);
      } else {
        one.put("value", change.value());
      }
      one.put("version", change.version());
      one.put("source", change.source());
      one.put(
          "invocation", change.invocation() == null ? null : change.invocation().value());
      one.put("time", change.time().toString());
      changes.add(one);
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("key", key);
    all.put("changes", changes);
    all.put("older_in_journal", trail.isCut(key));
    return Json.of(all);
  }

  /** {@code {"messages":[{"role":"user|assistant","text":...},...],"tokens":n}}, oldest first. */
  public static Json conversation(ProcessImage image) {
    Conversation conversation = image.conversation();
    List<Object> messages = new ArrayList<>();
    for (Message message : conversation.messages()) {
      boolean user = message instanceof Message.UserText;
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("role", user ? "user" : "assistant");
      one.put("text", text(message));
      messages.add(one);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("messages", messages);
    all.put("tokens", conversation.tokens());
    return Json.of(all);
  }

  private static String text(Message message) {
    if (message instanceof Message.UserText user) {
      return user.text();
    }
    return message instanceof Message.Assistant said ? said.text() : "";
  }
}
