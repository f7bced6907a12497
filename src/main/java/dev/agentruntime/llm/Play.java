package dev.agentruntime.llm;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a {@code script:} model as values: which rule speaks is decided here, without clock,
 * timer or memory. Safe on every thread.
 */
record Play(List<Rule> rules) {

  /** Longest payload text a pattern is tried on, in characters. */
  static final int REGEX_CHARS_MAX = 20_000;

  /** Most characters a pattern may look at in one try, so that none can hang the event loop. */
  static final int REGEX_STEPS_MAX = 2_000_000;

  Play {
    rules = List.copyOf(rules);
  }

  /** What a failing rule pretends. */
  enum Fail {
    RATE_LIMIT("429", ErrorCode.MODEL_RATE_LIMITED),
    SERVER_ERROR("500", ErrorCode.MODEL_UNAVAILABLE),
    TIMEOUT("timeout", ErrorCode.MODEL_TIMEOUT),
    MALFORMED("malformed", ErrorCode.MODEL_MALFORMED),
    /** A reply without words and calls, which the agent loop refuses. */
    EMPTY("empty", null);

    private final String word;
    private final @Nullable ErrorCode code;

    Fail(String word, @Nullable ErrorCode code) {
      this.word = word;
      this.code = code;
    }

    String word() {
      return word;
    }

    /** The code it fails with, null when it answers. */
    @Nullable
    ErrorCode code() {
      return code;
    }
  }

  /**
   * One rule.
   *
   * @param when null = always
   * @param times how often it speaks within one invocation, 0 = without limit
   */
  record Rule(
      @Nullable When when,
      List<Call> calls,
      Template say,
      int times,
      Duration delay,
      Message.Usage usage,
      @Nullable Fail fail) {
    Rule {
      calls = List.copyOf(calls);
    }
  }

  /** A tool call to make; {@code arguments} is an object, or a text to be sent as it is. */
  record Call(String tool, Template arguments) {}

  /** Conditions that must all hold; those that are null do not matter. */
  record When(
      @Nullable String contains,
      @Nullable Pattern regex,
      @Nullable String toolResult,
      @Nullable String resultContains,
      @Nullable String triggerType,
      @Nullable Integer turn,
      @Nullable When not) {

    boolean holds(Moment moment) {
      return (contains == null || moment.payload().contains(contains))
          && (triggerType == null || triggerType.equals(moment.triggerType()))
          && (turn == null || turn == moment.turn())
          && (toolResult == null || moment.toolResults().containsKey(toolResult))
          && (resultContains == null || moment.said(toolResult, resultContains))
          && (not == null || !not.holds(moment))
          && (regex == null || finds(regex, moment.payload()));
    }
  }

  /**
   * What the conditions look at.
   *
   * @param payload the trigger's payload as compact JSON
   * @param toolResults what tools answered since the model last spoke, by their names
   */
  record Moment(
      String payload, String triggerType, int turn, Map<String, List<String>> toolResults) {

    /** Whether a tool's answers hold a text; null = those of any. */
    boolean said(@Nullable String tool, String text) {
      return toolResults.entrySet().stream()
          .filter(entry -> tool == null || tool.equals(entry.getKey()))
          .anyMatch(entry -> entry.getValue().stream().anyMatch(said -> said.contains(text)));
    }
  }

  /** How often a failing rule failed in this invocation so far; nothing else has to be counted. */
  interface FailCount {
    int of(int rule);
  }

  /**
   * The rule that speaks now, by its index. Which rules spoke in earlier turns, so that {@code
   * times} holds, is found by playing the exchange again from its beginning: a process that comes
   * back after a crash goes on in the same place.
   *
   * @param exchange the messages of this run: what follows the trigger's own message
   * @return -1 when no rule matches
   */
  int speaker(String payload, String triggerType, List<Message> exchange, FailCount failed) {
    int[] spoken = new int[rules.size()];
    Map<String, List<String>> results = new HashMap<>();
    int turn = 1;
    for (Message message : exchange) {
      if (message instanceof Message.Assistant) {
        // A rule that fails leaves no message, so it is not the one that spoke here.
        int spoke = first(
            new Moment(payload, triggerType, turn, results), spoken, rule -> Integer.MAX_VALUE);
        if (spoke >= 0) {
          spoken[spoke]++;
        }
        results = new HashMap<>();
        turn++;
      } else if (message instanceof Message.ToolText answer) {
        results.computeIfAbsent(answer.tool(), first -> new ArrayList<>()).add(answer.text());
      }
    }
    return first(new Moment(payload, triggerType, turn, results), spoken, failed);
  }

  /** The rule that summarises a conversation, by its index: the first for turn 0; -1 for none. */
  int summariser(String payload, String triggerType) {
    Moment moment = new Moment(payload, triggerType, 0, Map.of());
    for (int i = 0; i < rules.size(); i++) {
      When when = rules.get(i).when();
      if (when != null && Integer.valueOf(0).equals(when.turn()) && when.holds(moment)) {
        return i;
      }
    }
    return -1;
  }

  private int first(Moment moment, int[] spoken, FailCount failed) {
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      int used = rule.fail() == null ? spoken[i] : failed.of(i);
      boolean left = rule.times() == 0 ? used != Integer.MAX_VALUE : used < rule.times();
      if (left && (rule.when() == null || rule.when().holds(moment))) {
        return i;
      }
    }
    return -1;
  }

  private static boolean finds(Pattern pattern, String payload) {
    int end = Math.min(payload.length(), REGEX_CHARS_MAX);
    try {
      return pattern.matcher(new Counted(payload, 0, end, new Steps(pattern))).find();
    } catch (StackOverflowError e) {
      // java.util.regex recurses for some patterns; the stack is whole again once it is unwound.
      throw tooHard(pattern.pattern(), "it recurses too deeply");
    }
  }

  private static RuntimeFault tooHard(String pattern, String why) {
    return new RuntimeFault(
        ErrorCode.MODEL_REFUSED,
        "when.regex " + Json.quote(pattern) + " cannot be tried on this payload: " + why
            + ", expected=a simpler pattern");
  }

  static @Nullable Fail fail(String word) {
    for (Fail fail : Fail.values()) {
      if (fail.word.equals(word.toLowerCase(Locale.ROOT))) {
        return fail;
      }
    }
    return null;
  }

  /** A text that counts how often it is looked at and gives up beyond the limit. */
  private record Counted(String text, int from, int to, Steps steps) implements CharSequence {
    @Override
    public int length() {
      return to - from;
    }

    @Override
    public char charAt(int index) {
      steps.count();
      return text.charAt(from + index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text, from + start, from + end, steps);
    }

    @Override
    public String toString() {
      return text.substring(from, to);
    }
  }

  private static final class Steps {
    private final Pattern pattern;
    private int taken;

    Steps(Pattern pattern) {
      this.pattern = pattern;
    }

    void count() {
      if (++taken > REGEX_STEPS_MAX) {
        throw tooHard(pattern.pattern(), "it takes more than " + REGEX_STEPS_MAX + " steps");
      }
    }
  }
}
