package dev.agentruntime.console;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Prints an answer while it comes. */
public final class AskPrinter implements BiConsumer<String, String> {

  private final Console console;
  private final boolean json;
  private final StringBuilder words = new StringBuilder();
  private String event = "";
  private @Nullable Json reply;

  /**
   * A printer of one answer.
   *
   * @param json whether each event is a line of JSON
   */
  public AskPrinter(Console console, boolean json) {
    this.console = console;
    this.json = json;
  }

  /** What the stream ended with; fails with UNREACHABLE when it broke off before. */
  public Json reply() {
    Json answer = reply;
    if (answer == null) {
      throw new RuntimeFault(
          ErrorCode.UNREACHABLE,
          "the answer broke off"
              + (event.isEmpty() ? "" : "; the event " + event + " stays and will run"));
    }
    return answer;
  }

  @Override
  public void accept(String name, String data) {
    Json told = Json.parse(data);
    Map<String, @Nullable Object> fields = told.object();
    if (name.equals("accepted")) {
      event = Console.text(fields.get("event_id"));
    } else if (name.equals("reply")) {
      reply = told;
    }
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("event", name);
      line.put("data", told);
      console.json(Json.of(line));
    } else {
      print(name, fields);
    }
    if (!console.flushed()) {
      throw new RuntimeFault(ErrorCode.CANCELLED, "nobody reads the answer");
    }
  }

  private void print(String name, Map<String, @Nullable Object> fields) {
    Map<?, ?> data = fields.get("d") instanceof Map<?, ?> entry ? entry : Map.of();
    switch (name) {
      case "token" -> {
        if (fields.get("text") instanceof String text) {
          words.append(text);
          console.piece(text);
        } else if (fields.containsKey("again")) {
          note("again: " + fields.get("again"));
        }
      }
      case "tool_call" -> {
        Object call = data.get("call");
        note("calls " + (call instanceof Map<?, ?> one ? one.get("tool") : call));
      }
      case "tool_result" -> note(data.get("tool") + " " + data.get("outcome"));
      case "approval_request" -> note("waits for approval " + data.get("id"));
      case "approval_decision" -> note(data.get("id") + " " + data.get("outcome"));
      case "reply" -> {
        String answer = Console.text(fields.get("answer"));
        if (!"answered".equals(fields.get("status"))) {
          endWords();
        } else if (answer.contentEquals(words)) {
          console.line("");
        } else {
          endWords();
          console.line(answer);
        }
      }
      default -> {
        // Of the other events nothing is said to a person.
      }
    }
  }

  /** About the answer, not part of it. */
  private void note(String text) {
    endWords();
    console.note("[" + text + "]");
  }

  private void endWords() {
    if (!words.isEmpty()) {
      console.line("");
      words.setLength(0);
    }
  }
}
