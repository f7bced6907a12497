package dev.agentruntime.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterExpressionTest {

  private static final Json PAYLOAD = Json.parse("""
      {"action":"opened","amount":120,"ratio":0.5,"big":123456789012345678901234567890,
       "draft":false,"merged":true,"nothing":null,"empty":"","none":[],"no":{},"zero":0,
       "labels":["bug","p1",3],"user":{"login":"Ada","tags":{"team":"core"}},"text":" Hi ß😀 ",
       "count":"42","price":"19.90","len":7,"huge":1e999999,"tiny":1e-999999}\
      """);

  private static final List<String> WORDS = Stream.concat(
          Stream.of(
              ("payload metadata labels user text amount huge tiny missing and or not in is == != <"
                      + " <= > >= ( ) [ ] , . - len str int float bool lower upper startswith"
                      + " endswith contains strip 'bug' 1 0.5 1e9 true null ' é $")
                  .split(" ")),
          Stream.of("\"x\"", "\\", "\n", "\uD83D", "\u0000"))
      .toList();

  private static final TriggerEvent EVENT = event(PAYLOAD);

  private static TriggerEvent event(Json payload) {
    return new TriggerEvent(
        "01EVENT",
        "hook",
        "webhook",
        Instant.EPOCH,
        payload,
        Json.parse("{\"headers\":{\"x-github-event\":\"push\"}}"),
        null,
        false);
  }

  private static boolean matches(String text) {
    return FilterExpression.parse(text).matches(EVENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "action == 'opened'",
        "payload['action'] == \"opened\"",
        "metadata['headers']['x-github-event'] == 'push'",
        "trigger_type == 'webhook' and trigger_id == 'hook' and event_id == '01EVENT'",
        "amount > 100 and amount <= 120",
        "100 < amount < 200",
        "not (100 < amount < 110)",
        "amount == 120.0 and amount == 1.2e2 and amount != 121",
        "ratio == 0.50 and ratio < 1 and ratio > -1",
        "big == 123456789012345678901234567890 and big > 1e29 and big < 2e29",
        "huge > big and tiny > 0 and tiny < ratio and huge == huge",
        "int(tiny) == 0",
        "draft is false and merged is true and nothing is null",
        "draft == false and draft is not null",
        "missing is null and payload['a']['b']['c'] is null and labels[9] is null",
        "missing != 'x' and missing == null and not missing",
        "not empty and not none and not no and not zero and not draft",
        "labels and user and text",
        "'bug' in labels and 3 in labels and 3.0 in labels and 'x' not in labels",
        "'pen' in action and '' in action and 'penx' not in action",
        "'login' in user and 'name' not in user",
        "action in ['opened', 'reopened']",
        "null in [null] and [1, 'a'] == [1.0, 'a'] and [] == none",
        "user == user and user['tags'] != user and labels == payload['labels']",
        "labels[0] == 'bug' and labels[-1] == 3 and labels[1.0] == 'p1' and labels[-9] is null",
        "len(labels) == 3 and len('') == 0 and len(user) == 2 and len(text) == 7",
        "lower(user['login']) == 'ada' and upper('ß') == 'SS' and 'A'.lower() == 'a'",
        "text.strip().startswith('Hi') and text.strip().upper().endswith('😀')",
        "startswith(action, 'op') and endswith(action, 'ed') and contains(action, 'pen')",
        "contains(labels, 'bug') and contains(user, 'login') and contains(action, '')",
        "int(count) == 42 and float(price) == 19.9 and int(float(price)) == 19 and int(' 7 ') == 7",
        "int(-1.9) == -1 and int('-3') == -3 and int(true) == 1 and float('1e3') == 1000",
        "str(amount) == '120' and str(ratio) == '0.5' and str(nothing) == 'null'",
        "str(true) == 'true' and str('x') == 'x' and bool('0') and not bool(0) and not bool('')",
        "(missing or 'x') == 'x' and (action and 5) == 5 and (zero and 1) == 0",
        "missing is null or missing < 5",
        "not (missing is not null and missing < 5)",
        "True and not False and None is null",
        "'a' < 'b' and 'B' < 'a' and 'a' <= 'a' and 'b' > 'a' and 'b' >= 'b'",
        "true != 1 and '1' != 1 and null != false and 'it\\'s' == \"it's\"",
        "'a\\n\\t\\r\\\\\\\"' != 'x'",
        "len == 7",
        "1 == 1.0 == 1e0",
        " \n\t action\n==\n'opened' ",
        "true or payload['text'][0] == ' '",
      })
  void holds(String text) {
    assertTrue(matches(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "action == 'closed'",
        "missing",
        "missing < 5",
        "not (missing < 5)",
        "missing < 5 or true",
        "amount < '200'",
        "amount > labels",
        "true < false",
        "null < null",
        "[1] < [2]",
        "user > 1",
        "len(amount) == 3",
        "len(null) == 0",
        "lower(amount) == '120'",
        "amount.lower() == '120'",
        "startswith(labels, 'bug')",
        "labels['bug'] == 1",
        "labels[0.5] == 1",
        "user[0] == 1",
        "action[0] == 'o'",
        "amount[0] == 1",
        "'x' in missing",
        "3 in action",
        "3 in user",
        "1 in 1",
        "int('4x') == 4",
        "int('') == 0",
        "int('1.5') == 1",
        "int('--1') == -1",
        "int('٣') == 3",
        "float('nan') == 1",
        "float('.') == 0",
        "int(huge) == 1",
        "float('1e99999999999') > 0",
        "int('00000000000000000000000000000000000000000000000000000000000000001') == 1",
        "int(null) == 0",
        "int([]) == 0",
        "str(user) == ''",
        "str([]) == ''",
      })
  void doesNotHold(String text) {
    assertFalse(matches(text));
  }

  @Test
  void readsPayloadsThatAreNoObjects() {
    assertTrue(FilterExpression.parse("payload == 'hello' and x is null")
        .matches(event(Json.parse("\"hello\""))));
    assertTrue(FilterExpression.parse("payload[0]['a'] == 1 and a is null")
        .matches(event(Json.parse("[{\"a\":1}]"))));
    assertTrue(FilterExpression.parse("payload is null").matches(event(Json.NULL)));
    assertFalse(FilterExpression.parse("payload").matches(event(Json.parse("1e99999999999"))));
  }

  @Test
  void takesNamesFromAnybody() {
    FilterExpression expression = FilterExpression.parse("payload['done'] and trigger_type == 'x'");
    assertTrue(
        expression.matches(name -> name.equals("payload") ? Json.parse("{\"done\":true}") : "x"));
    assertFalse(expression.matches(name -> null));
    assertEquals("payload['done'] and trigger_type == 'x'", expression.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | 1 | a name, a value, a function, '[' or '(' | the end",
        "a == | 5 | a name, a value, a function, '[' or '(' | the end",
        "a = 1 | 3 | a name, a value or an operator | \"=\"",
        "a && b | 3 | a name, a value or an operator | \"&\"",
        "a b | 3 | an operator or the end | \"b\"",
        "a 'b' | 3 | an operator or the end | a text",
        "1x | 2 | the end of the number | \"x\"",
        "1. | 3 | a digit after the point | the end",
        "1e+ | 4 | a digit of the exponent | the end",
        "- a | 3 | a number after '-' | \"a\"",
        "'abc | 1 | a text that ends with ' | no second '",
        "'a\\x' | 4 | one of \\ ' \" n t r after a backslash | \"x\"",
        "(a | 3 | ')' | the end",
        "a[1 | 4 | ']' | the end",
        "[1 2] | 4 | ',' or ']' | \"2\"",
        "[1,] | 4 | a name, a value, a function, '[' or '(' | \"]\"",
        "a not b | 7 | 'in' after 'not' | \"b\"",
        "and | 1 | a name, a value, a function, '[' or '(' | \"and\"",
        "len(a, b) | 1 | len with 1 argument(s) | 2",
        "startswith(a) | 1 | startswith with 2 argument(s) | 1",
        "a.startswith() | 3 | startswith with 1 argument(s) | 0",
        "eval(a) | 1 | a function, one of [len, str, int, float, bool, lower, upper, startswith,"
            + " endswith, contains] | \"eval\"",
        "strip(a) | 1 | a function, one of [len, str, int, float, bool, lower, upper, startswith,"
            + " endswith, contains] | \"strip\"",
        "a.b | 3 | a method of texts, one of [lower, upper, strip, startswith, endswith]; a key is"
            + " read as payload['key'] | \"b\"",
        "a.getClass() | 3 | a method of texts, one of [lower, upper, strip, startswith, endswith];"
            + " a key is read as payload['key'] | \"getClass\"",
        "😀 | 1 | a name, a value or an operator | \"\\uD83D\\uDE00\"",
        "1e99999999999 | 1 | an exponent of at most 9 digits | \"1e99999999999\"",
      })
  void saysWhereAndWhatWasExpected(String text, int at, String expected, String actual) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> FilterExpression.parse(text));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(
        "filter, at character " + at + ", expected=" + expected + ", actual=" + actual,
        fault.getMessage());
  }

  @Test
  void hasALengthAndANumberOfNodes() {
    String longest = "'" + "x".repeat(FilterExpression.LENGTH_MAX - 2) + "'";
    assertTrue(matches(longest));
    refused(longest + " ", "at most 2000 characters, actual=2001");
    assertTrue(matches("(".repeat(199) + "1" + ")".repeat(199)));
    refused("(".repeat(200) + "1" + ")".repeat(200), "at most 200 nodes, actual=one more");
    assertTrue(matches("not ".repeat(198) + "1"));
    refused("not ".repeat(200) + "1", "at most 200 nodes, actual=one more");
    refused("[".repeat(1_000), "at most 200 nodes, actual=one more");
    refused("a" + "[0]".repeat(600), "at most 200 nodes, actual=one more");
    refused("1" + "<1".repeat(600), "at most 200 nodes, actual=one more");
  }

  private static void refused(String text, String end) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> FilterExpression.parse(text));
    String message = fault.failure().message();
    assertTrue(message.endsWith(end), message);
  }

  /** What would be quadratic: a part that nearly matches everywhere, and the same work again. */
  @Test
  void takesLinearlyManySteps() {
    long one = steps("payload['part'] in payload['text']", 50_000);
    long two = steps("payload['part'] in payload['text']", 100_000);
    assertTrue(two <= 2 * one + 1_000, one + " " + two);
    String again = "('b' in payload['text'] or lower(payload['text']) == '')";
    long all = steps(again + (" or " + again).repeat(10), 100_000);
    assertTrue(all <= 11 * 5 * 100_000L + 400_000, "steps " + all);
  }

  private static long steps(String text, int size) {
    Json payload = Json.of(Map.of(
        "text", "a".repeat(size), "part", "a".repeat(size / 2) + "b" + "a".repeat(size / 4)));
    FilterRun run = new FilterRun(name -> payload, FilterExpression.STEPS_MAX);
    boolean ignored = FilterExpression.parse(text).answer(run);
    return run.steps();
  }

  @Test
  void endsWithoutAnAnswerWhenThereAreTooManySteps() {
    Json payload = Json.of("x".repeat(1_000));
    FilterExpression expression = FilterExpression.parse("'x' in payload");
    assertFalse(expression.answer(new FilterRun(name -> payload, 1_500)));
    assertTrue(expression.answer(new FilterRun(name -> payload, 3_000)));
  }

  /** Whatever is written, it is either refused with the fault or answers, within its steps. */
  @Test
  void survivesAnything() {
    Random random = new Random(20_261_122);
    int parsed = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        text.append(WORDS.get(random.nextInt(WORDS.size())))
            .append(random.nextBoolean() ? " " : "");
      }
      parsed += survives(text.toString()) ? 1 : 0;
    }
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder("amount > 1 and 'a' in labels[0].lower()");
      for (int n = random.nextInt(6); n >= 0; n--) {
        text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(0x100));
      }
      parsed += survives(text.toString()) ? 1 : 0;
    }
    assertTrue(parsed > 1_000, "only " + parsed + " were expressions");
  }

  private static boolean survives(String text) {
    try {
      FilterRun run = new FilterRun(
          name -> name.equals("payload") ? PAYLOAD : null, FilterExpression.STEPS_MAX);
      boolean ignored = FilterExpression.parse(text).answer(run);
      assertTrue(run.steps() < 10_000, text);
      return true;
    } catch (RuntimeFault refused) {
      assertEquals(ErrorCode.INVALID_CONFIG, refused.code());
      return false;
    }
  }
}
