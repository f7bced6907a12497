package dev.agentruntime.local;

import dev.agentruntime.console.Console;
import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Entries of the journal in words, a line each: when, the entry's number, what happened. Texts of
 * others are escaped and cut.
 */
public final class JournalWords {

  private static final int TEXT_MAX = 100;

  private JournalWords() {}

  /** A line about an entry, given as the object its journal line holds. */
  @SuppressWarnings("unchecked") // Json makes maps with string keys only
  public static String line(Map<String, @Nullable Object> entry) {
    String kind = String.valueOf(entry.get("k"));
    String words = entry.get("d") instanceof Map<?, ?> data
        ? words(kind, (Map<String, @Nullable Object>) data)
        : kind + " (details dropped by compaction)";
    return String.valueOf(entry.get("t")) + "  #" + entry.get("s") + "  " + words;
  }

  private static String words(String kind, Map<String, @Nullable Object> d) {
    return switch (kind) {
      case "process_deployed" ->
        "deployed version " + of(d, "version") + " from "
            + (d.containsKey("file") ? of(d, "file") : of(d, "source"))
            + (d.containsKey("restores") ? ", version " + of(d, "restores") + " again" : "")
            + (d.get("drift") instanceof Map<?, ?> drift ? ", changed " + drift.get("parts") : "");
      case "process_removed" -> "removed: " + of(d, "reason");
      case "state_transition" ->
        of(d, "from") + " -> " + of(d, "to") + ": " + of(d, "reason") + causes(d.get("causes"));
      case "restart" ->
        "goes on, attempt " + of(d, "attempt") + ", after "
            + (Boolean.TRUE.equals(d.get("clean")) ? "a clean stop" : "a crash") + ": "
            + of(d, "reason");
      case "error" -> "error " + of(d, "code") + ": " + of(d, "message");
      case "trigger_event" ->
        "accepted " + of(d, "type") + " event " + of(d, "id") + ": " + of(d, "payload");
      case "trigger_cursor" -> "trigger " + of(d, "trigger") + " is at " + of(d, "cursor");
      case "trigger_settled" -> of(d, "outcome") + " without a run: " + of(d, "reason");
      case "tool_set" -> "tools " + toolNames(d.get("definitions"));
      case "effect_resolved" ->
        "effect " + of(d, "key") + " " + of(d, "resolution") + ", says " + of(d, "by");
      case "operator_action" ->
        of(d, "who") + " at " + of(d, "from") + ": " + of(d, "action") + ", answered "
            + of(d, "status")
            + (d.containsKey("more") ? ", " + of(d, "more") + " more within a minute" : "")
            + (d.containsKey("request") ? ", request " + of(d, "request") : "");
      case "context_update" -> "context written by " + of(d, "source") + writes(d.get("writes"));
      case "verticle" ->
        "verticle " + of(d, "name") + (d.containsKey("spec") ? " deployed" : " undeployed")
            + ", says " + of(d, "by");
      case "inbox_message" ->
        d.containsKey("id")
            ? "message of " + of(d, "by") + " (" + of(d, "type") + "): " + of(d, "content")
            : "messages taken back by " + of(d, "by");
      case "escalation" -> "calls for a person, " + of(d, "type") + ": " + of(d, "payload");
      case "secret_access" ->
        "secret " + of(d, "secret") + " " + of(d, "action")
            + (d.containsKey("tool") ? " by " + of(d, "tool") : "")
            + (d.containsKey("by") ? ", says " + of(d, "by") : "");
      case "rewind" ->
        "rewound to #" + of(d, "to") + " (" + of(d, "mode") + "), says " + of(d, "by")
            + writes(d.get("writes"));
      case "health_anomaly" ->
        "health " + (d.containsKey("type") ? of(d, "type") + ", " : "") + of(d, "action")
            + (d.containsKey("details") ? ": " + of(d, "details") : "");
      case "mission_evaluation" ->
        "mission " + of(d, "state") + ", says " + of(d, "source") + verdict(d.get("verdict"))
            + (d.containsKey("reason") ? ": " + of(d, "reason") : "");
      default -> runWords(kind, d);
    };
  }

  private static String runWords(String kind, Map<String, @Nullable Object> d) {
    return switch (kind) {
      case "invocation_start" ->
        "invocation " + of(d, "invocation") + " begins, attempt " + of(d, "attempt");
      case "model_reply" -> "turn " + of(d, "turn") + ": " + said(d);
      case "approval_request" ->
        "asks whether " + of(d, "tool") + " may be called with " + of(d, "arguments") + ", request "
            + of(d, "id") + " until " + of(d, "expires");
      case "approval_decision" ->
        "request " + of(d, "id") + " " + of(d, "outcome") + ", says " + of(d, "by")
            + (of(d, "reason").isEmpty() ? "" : ": " + of(d, "reason"))
            + (d.containsKey("arguments") ? ", with " + of(d, "arguments") : "");
      case "tool_call" -> "calls " + called(d.get("call")) + " under key " + of(d, "key");
      case "tool_result" ->
        of(d, "tool") + " " + of(d, "outcome") + ": " + of(d, "text") + writes(d.get("writes"));
      case "invocation_result" ->
        "invocation " + of(d, "invocation") + " " + of(d, "outcome") + " in " + of(d, "duration_ms")
            + " ms" + failure(d.get("failure"));
      case "model_call" ->
        "asks the model, turn " + of(d, "turn") + ", attempt " + of(d, "attempt");
      case "budget_charge" ->
        "budget of " + of(d, "day") + ": " + of(d, "why")
            + (d.containsKey("limit") ? " " + of(d, "limit") : "") + amounts(d.get("amounts"));
      case "budget_grant" ->
        "budget of " + of(d, "day")
            + (d.containsKey("amounts") ? " is given more by " : " refuses a grant of ")
            + of(d, "by") + amounts(d.get("amounts"));
      default -> kind + " " + cut(Json.of(d).toString());
    };
  }

  private static String amounts(@Nullable Object amounts) {
    StringBuilder words = new StringBuilder();
    if (amounts instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> amount) {
          words.append(", ").append(shown(amount.get("of"))).append(" ").append(amount.get("n"));
        }
      }
    }
    return words.toString();
  }

  private static String said(Map<String, @Nullable Object> d) {
    if (d.containsKey("rejected")) {
      return "unusable reply: " + of(d, "rejected");
    }
    StringBuilder words = new StringBuilder();
    if (!String.valueOf(d.get("text")).isEmpty()) {
      words.append("says ").append(of(d, "text"));
    }
    if (d.get("calls") instanceof List<?> calls) {
      for (Object call : calls) {
        words.append(words.isEmpty() ? "" : ", ").append("asks for ").append(called(call));
      }
    }
    return words.isEmpty() ? "says nothing" : words.toString();
  }

  private static String called(@Nullable Object call) {
    return call instanceof Map<?, ?> map
        ? shown(map.get("tool")) + " " + shown(map.get("arguments"))
        : "nothing";
  }

  private static String failure(@Nullable Object failure) {
    return failure instanceof Map<?, ?> map
        ? ": " + shown(map.get("code")) + ", " + shown(map.get("message"))
        : "";
  }

  private static String verdict(@Nullable Object verdict) {
    return verdict instanceof Map<?, ?> map
        ? " (" + (Boolean.TRUE.equals(map.get("achieved")) ? "achieved" : "not achieved")
            + ", confidence " + shown(map.get("confidence")) + " of 1000)"
        : "";
  }

  private static String causes(@Nullable Object causes) {
    return causes instanceof List<?> list && !list.isEmpty()
        ? " (held by " + shown(list) + ")"
        : "";
  }

  private static String writes(@Nullable Object writes) {
    if (!(writes instanceof List<?> list)) {
      return "";
    }
    StringBuilder words = new StringBuilder();
    for (Object item : list) {
      if (item instanceof Map<?, ?> write) {
        words
            .append("; ")
            .append(shown(write.get("key")))
            .append(write.containsKey("value") ? " = " + shown(write.get("value")) : " deleted");
      }
    }
    return words.toString();
  }

  private static String toolNames(@Nullable Object definitions) {
    if (!(definitions instanceof List<?> list)) {
      return "unknown";
    }
    return cut(String.join(
        ", ",
        list.stream()
            .map(item -> item instanceof Map<?, ?> map ? String.valueOf(map.get("name")) : "?")
            .toList()));
  }

  private static String of(Map<String, @Nullable Object> data, String key) {
    return shown(data.get(key));
  }

  private static String shown(@Nullable Object value) {
    return cut(value instanceof String text ? text : Json.of(value).toString());
  }

  private static String cut(String text) {
    String printable =
        Console.printable(text.length() > 2 * TEXT_MAX ? text.substring(0, 2 * TEXT_MAX) : text);
    return printable.length() <= TEXT_MAX && text.length() <= 2 * TEXT_MAX
        ? printable
        : printable.substring(0, Math.min(TEXT_MAX, printable.length())) + "...";
  }
}
