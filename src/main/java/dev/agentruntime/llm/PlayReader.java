package dev.agentruntime.llm;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.Play.Call;
import dev.agentruntime.llm.Play.Fail;
import dev.agentruntime.llm.Play.Rule;
import dev.agentruntime.llm.Play.When;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a play from its JSON form. Every error is {@link ErrorCode#INVALID_CONFIG} and names the
 * rule and the key, as in {@code script: rules[1].when.turn = -1, expected=a whole number from 0}.
 */
final class PlayReader {

  private static final int RULES_MAX = 1_000;
  private static final int NOT_DEPTH_MAX = 16;
  private static final int DELAY_MS_MAX = 3_600_000;
  private static final List<String> WHEN_KEYS =
      List.of("contains", "regex", "tool_result", "result_contains", "trigger_type", "turn", "not");
  private static final List<String> RULE_KEYS =
      List.of("when", "call", "say", "times", "delay_ms", "usage", "fail");

  private PlayReader() {}

  static Play read(Json play) {
    Map<?, ?> root = object("the play", play.value(), List.of("rules"));
    List<?> items = list("rules", root.get("rules"));
    if (items.isEmpty() || items.size() > RULES_MAX) {
      throw bad("rules", "a list of 1 to " + RULES_MAX + " rules", items.size() + " rules");
    }
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      rules.add(rule("rules[" + i + "]", items.get(i)));
    }
    return new Play(rules);
  }

  private static Rule rule(String at, @Nullable Object value) {
    Map<?, ?> rule = object(at, value, RULE_KEYS);
    Fail fail = rule.containsKey("fail") ? fail(at + ".fail", rule.get("fail")) : null;
    boolean speaks = rule.containsKey("call") || rule.containsKey("say");
    if (speaks == (fail != null)) {
      throw bad(at, "either call and say, or fail", speaks ? "both" : "neither");
    }
    return new Rule(
        rule.containsKey("when") ? when(at + ".when", rule.get("when"), 0) : null,
        rule.containsKey("call") ? calls(at + ".call", rule.get("call")) : List.of(),
        rule.containsKey("say")
            ? template(at + ".say", text(at + ".say", rule.get("say")))
            : Template.EMPTY,
        rule.containsKey("times")
            ? (int) number(at + ".times", rule.get("times"), 1, 1_000_000)
            : 0,
        rule.containsKey("delay_ms")
            ? Duration.ofMillis(number(at + ".delay_ms", rule.get("delay_ms"), 0, DELAY_MS_MAX))
            : Duration.ZERO,
        rule.containsKey("usage") ? usage(at + ".usage", rule.get("usage")) : Message.Usage.NONE,
        fail);
  }

  private static When when(String at, @Nullable Object value, int depth) {
    Map<?, ?> when = object(at, value, WHEN_KEYS);
    if (when.isEmpty()) {
      throw bad(at, "at least one of " + String.join(", ", WHEN_KEYS), "none");
    }
    if (depth >= NOT_DEPTH_MAX) {
      throw bad(at, "at most " + NOT_DEPTH_MAX + " nested 'not'", "more");
    }
    return new When(
        optional(at + ".contains", when, "contains"),
        when.containsKey("regex") ? regex(at + ".regex", when.get("regex")) : null,
        optional(at + ".tool_result", when, "tool_result"),
        optional(at + ".result_contains", when, "result_contains"),
        optional(at + ".trigger_type", when, "trigger_type"),
        when.containsKey("turn")
            ? (Integer) (int) number(at + ".turn", when.get("turn"), 0, 1_000)
            : null,
        when.containsKey("not") ? when(at + ".not", when.get("not"), depth + 1) : null);
  }

  private static @Nullable String optional(String at, Map<?, ?> map, String key) {
    return map.containsKey(key) ? text(at, map.get(key)) : null;
  }

  private static Pattern regex(String at, @Nullable Object value) {
    String text = text(at, value);
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw bad(
          at, "a pattern of java.util.regex", Json.quote(text) + " (" + e.getDescription() + ")");
    }
  }

  private static List<Call> calls(String at, @Nullable Object value) {
    List<?> items = list(at, value);
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      String here = at + "[" + i + "]";
      Map<?, ?> call = object(here, items.get(i), List.of("tool", "args"));
      Object args = call.containsKey("args") ? call.get("args") : Map.of();
      if (!(args instanceof Map) && !(args instanceof String)) {
        throw bad(here + ".args", "an object, or a text to send as it is", shown(args));
      }
      calls.add(new Call(text(here + ".tool", call.get("tool")), template(here + ".args", args)));
    }
    return calls;
  }

  private static Template template(String at, @Nullable Object value) {
    Template template = new Template(value);
    if (!template.unknown().isEmpty()) {
      throw bad(
          at,
          "{{payload...}}, {{event.id}}, {{event.type}}, {{event.trigger}} or {{event.time}}",
          "{{" + template.unknown().get(0) + "}}");
    }
    return template;
  }

  private static Message.Usage usage(String at, @Nullable Object value) {
    Map<?, ?> usage = object(at, value, List.of("input", "output", "cost"));
    long input = tokens(at, usage, "input");
    long output = tokens(at, usage, "output");
    return usage.containsKey("cost")
        ? new Message.Usage(input, output, 0, cost(at + ".cost", usage.get("cost")))
        : new Message.Usage(input, output);
  }

  /** Dollars, as billionths of one. */
  private static long cost(String at, @Nullable Object value) {
    if (value instanceof Number) {
      BigDecimal billionths = new BigDecimal(value.toString()).movePointRight(9);
      if (billionths.signum() >= 0
          && billionths.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 1_000)) < 0
          && billionths.stripTrailingZeros().scale() <= 0) {
        return billionths.longValueExact();
      }
    }
    throw bad(at, "US dollars with at most 9 decimals", shown(value));
  }

  private static long tokens(String at, Map<?, ?> usage, String key) {
    return usage.containsKey(key) ? number(at + "." + key, usage.get(key), 0, 1_000_000_000) : 0;
  }

  private static Fail fail(String at, @Nullable Object value) {
    Fail fail = value instanceof String || value instanceof Long ? Play.fail("" + value) : null;
    if (fail == null) {
      throw bad(at, "429, 500, timeout, malformed or empty", shown(value));
    }
    return fail;
  }

  private static Map<?, ?> object(String at, @Nullable Object value, List<String> keys) {
    if (!(value instanceof Map<?, ?> map)) {
      throw bad(at, "an object with " + String.join(", ", keys), shown(value));
    }
    for (Object key : map.keySet()) {
      if (!keys.contains(key)) {
        throw bad(
            at, "one of the keys " + String.join(", ", keys), "the key " + Json.quote("" + key));
      }
    }
    return map;
  }

  private static List<?> list(String at, @Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw bad(at, "a list", shown(value));
  }

  private static String text(String at, @Nullable Object value) {
    if (value instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw bad(at, "a text", shown(value));
  }

  private static long number(String at, @Nullable Object value, long min, long max) {
    if (value instanceof Long number && number >= min && number <= max) {
      return number;
    }
    throw bad(at, "a whole number from " + min + " to " + max, shown(value));
  }

  private static String shown(@Nullable Object value) {
    String text = Json.of(value).toString();
    return value == null ? "nothing" : text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  private static RuntimeFault bad(String at, String expected, String actual) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "script: " + at + ", expected=" + expected + ", actual=" + actual);
  }
}
