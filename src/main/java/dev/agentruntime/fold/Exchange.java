package dev.agentruntime.fold;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.TriggerEvent;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is remembered of a run by itself: what woke it and what it answered. Pure.
 *
 * <pre>
 * {"content":"Woken by webhook push: {...}\nAnswered: ...","origin":"webhook:push",
 *  "untrusted":true,"invocation":"01J..."}
 * </pre>
 */
final class Exchange {

  /** Names the kind of memory in the outbox. */
  static final String NAME = "exchange";

  private static final int EVENT_CHARS_MAX = 2_000;
  private static final int ANSWER_CHARS_MAX = 4_000;

  private Exchange() {}

  /** The same in every attempt: the memory is stored once. */
  static String id(OpenRun run) {
    return run.id() + "-" + NAME;
  }

  static Json of(OpenRun run) {
    TriggerEvent event = run.event();
    Message.Assistant reply = run.lastReply();
    // In this order: the image has a digest.
    Map<String, Object> said = new LinkedHashMap<>();
    said.put(
        "content",
        "Woken by " + event.triggerType() + " " + event.triggerId() + ": "
            + cut(event.payload().toString(), EVENT_CHARS_MAX) + "\nAnswered: "
            + cut(reply == null ? "" : reply.text(), ANSWER_CHARS_MAX));
    said.put("origin", run.origin());
    said.put("untrusted", run.isTainted());
    said.put("invocation", run.id().value());
    return Json.of(said);
  }

  private static String cut(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
    return text.substring(0, end) + " [cut]";
  }
}
