package dev.agentruntime.history;

import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.DeadLetters;
import dev.agentruntime.fold.DeadLetters.DeadLetter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How dead letters are shown. Pure. */
public final class DeadLetterViews {

  private DeadLetterViews() {}

  /**
   * {@code {"dead_letters":[...],"total":n,"dropped":n,"next_cursor":...}}, oldest first.
   *
   * @param cursor the id of the last one that was shown; when it is gone, the list begins anew
   */
  public static Json page(DeadLetters letters, int limit, @Nullable String cursor) {
    boolean skip = cursor != null && letters.find(cursor) != null;
    List<Object> shown = new ArrayList<>();
    String next = null;
    String last = null;
    for (DeadLetter letter : letters.all()) {
      if (skip) {
        skip = !letter.id().equals(cursor);
        continue;
      }
      if (shown.size() == limit) {
        next = last;
        break;
      }
      shown.add(letter(letter));
      last = letter.id();
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("dead_letters", shown);
    all.put("total", letters.size());
    all.put("dropped", letters.dropped());
    all.put("next_cursor", next);
    return Json.of(all);
  }

  private static Map<String, @Nullable Object> letter(DeadLetter letter) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", letter.id());
    all.put("reason", letter.reason());
    all.put("dead_lettered_at", letter.at().toString());
    if (letter instanceof DeadLetters.FailedRun failed) {
      TriggerEvent event = failed.run().events().get(0);
      all.put("kind", "invocation");
      all.put("trigger_id", event.triggerId());
      all.put("trigger_type", event.triggerType());
      all.put("event_ids", failed.head().eventIds());
      all.put("attempts", failed.head().attempt());
      Failure failure = failed.head().result().failure();
      if (failure != null) {
        all.put("failure", Map.of("code", failure.code().name(), "message", failure.message()));
      }
      // Given up, not known to have happened or not: whoever clears the letter must have seen it.
      EntryData.ToolCall call = failed.run().openCall();
      if (call != null) {
        all.put(
            "in_doubt", List.of(Map.of("key", call.key(), "tool", call.request().tool())));
      }
    } else if (letter instanceof DeadLetters.Undelivered undelivered) {
      all.put("kind", undelivered.item().emission().kind().name().toLowerCase(Locale.ROOT));
      all.put("name", undelivered.item().emission().name());
      List<Object> due = new ArrayList<>();
      for (Due one : undelivered.item().due()) {
        due.add(Map.of(
            "node",
            one.node().value(),
            "process",
            one.process().value(),
            "trigger",
            one.trigger()));
      }
      all.put("due", due);
    }
    return all;
  }
}
