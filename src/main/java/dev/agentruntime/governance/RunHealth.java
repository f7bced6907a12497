package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.policy.HealthConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is watched of one open run: its own tool calls, whatever other runs do beside it. Part of
 * the fold. Owned by: the process's context.
 */
final class RunHealth {

  /** Of a run whose final reply is not known. */
  static final int UNKNOWN = -1;

  private final Deque<String> made = new ArrayDeque<>();
  private final Deque<String> asked = new ArrayDeque<>();
  private final List<String> said = new ArrayList<>();
  private boolean progress;
  private int replyChars = UNKNOWN;
  private int reported;
  private int question;

  /**
   * A run.
   *
   * @param progress whether it is known to have changed something
   */
  RunHealth(boolean progress) {
    this.progress = progress;
  }

  void replied(EntryData.ModelReply reply) {
    asked.clear();
    for (Message.ToolRequest call : reply.reply().calls()) {
      asked.add(Canonical.call(call.tool(), call.arguments()));
    }
    replyChars = reply.reply().text().strip().length();
  }

  void answered(EntryData.ToolResult result, HealthConfig config) {
    String call = asked.poll();
    if (call != null) {
      made.add(call);
    }
    int kept = Math.max(config.loopWindow(), config.stuckThreshold());
    while (made.size() > kept) {
      made.remove();
    }
    progress |= !result.writes().isEmpty() || !result.emissions().isEmpty();
    for (Emission emission : result.emissions()) {
      said.add(Canonical.value(emission.data().value()));
    }
  }

  /** It reached outside. */
  void acted() {
    progress = true;
  }

  /** Whether a question was not announced before: on a word it is once more, and is the same. */
  boolean asksFirst(int ordinal) {
    boolean first = ordinal > question;
    question = Math.max(question, ordinal);
    return first;
  }

  /** Something was found before the tool call with this ordinal. */
  void reported(int ordinal) {
    reported = ordinal;
  }

  /** What it did counts no more. */
  void reset() {
    made.clear();
    reported = 0;
  }

  /** What was called, and what is to be called next. */
  List<String> calls() {
    List<String> all = new ArrayList<>(made);
    if (!asked.isEmpty()) {
      all.add(asked.element());
    }
    return all;
  }

  /** Digests of what it emitted, in order. */
  List<String> said() {
    return said;
  }

  boolean progress() {
    return progress;
  }

  int replyChars() {
    return replyChars;
  }

  int reported() {
    return reported;
  }

  Map<String, Object> toValues() {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("made", List.copyOf(made));
    out.put("asked", List.copyOf(asked));
    out.put("said", List.copyOf(said));
    out.put("progress", progress);
    out.put("reply_chars", replyChars);
    out.put("reported", reported);
    if (question > 0) {
      out.put("question", question);
    }
    return out;
  }

  static RunHealth read(Fields values) {
    RunHealth run = new RunHealth(values.flag("progress"));
    run.made.addAll(values.texts("made"));
    run.asked.addAll(values.texts("asked"));
    run.said.addAll(values.texts("said"));
    run.replyChars = values.integer("reply_chars");
    run.reported = values.integer("reported");
    Long question = values.optionalNumber("question");
    run.question = question == null ? 0 : question.intValue();
    return run;
  }
}
