package dev.agentruntime.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plays: who speaks, what is said, and what is refused. */
final class ScriptedChatTest {

  private final ManualTimers timers = new ManualTimers(Instant.EPOCH);

  private ScriptedChat play(String rules) {
    return new ScriptedChat(Json.parse("{\"rules\":[" + rules.replace('\'', '"') + "]}"), timers);
  }

  private static Future<ChatReply> ask(ScriptedChat chat, String payload, Message... since) {
    return chat.chat(Samples.request(payload.replace('\'', '"'), since), new CancelSignal());
  }

  private static String said(ScriptedChat chat, String payload, Message... since) {
    return ask(chat, payload, since).result().message().text();
  }

  private static ErrorCode failure(Future<ChatReply> reply) {
    return ((RuntimeFault) reply.cause()).code();
  }

  @Test
  void theExampleOfTheManualPlays() {
    ScriptedChat chat = play("{'when':{'contains':'refs/heads/main','turn':1},'call':[{'tool':"
        + "'context_set','args':{'key':'last_push','value':'{{payload.head_commit.id}}'}}]},"
        + "{'when':{'tool_result':'context_set'},'say':'Recorded {{payload.head_commit.id}}.'},"
        + "{'say':'Nothing to do.'}");
    String push = "{'ref':'refs/heads/main','head_commit':{'id':'abc'}}";
    Message.Assistant first = ask(chat, push).result().message();
    assertEquals(
        new Message.ToolRequest(
            "script-1-1", "context_set", "{\"key\":\"last_push\",\"value\":\"abc\"}"),
        first.calls().get(0));
    assertEquals("Recorded abc.", said(chat, push, first, Samples.answered("context_set")));
    assertEquals("Nothing to do.", said(chat, "{'ref':'other'}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'contains':'\"a\":1'} | true",
        "{'contains':'\"a\": 1'} | false",
        "{'regex':'\"a\":[0-9]+'} | true",
        "{'regex':'^x'} | false",
        "{'trigger_type':'webhook'} | true",
        "{'trigger_type':'cron'} | false",
        "{'turn':1} | true",
        "{'turn':2} | false",
        "{'not':{'turn':2}} | true",
        "{'not':{'not':{'turn':2}}} | false",
        "{'tool_result':'a'} | false",
        "{'result_contains':'a'} | false",
        "{'turn':1,'contains':'nowhere'} | false",
      })
  void conditionsMustAllHold(String when, boolean holds) {
    String escaped = when.replace("\"", "\\\"");
    ScriptedChat chat = play("{'when':" + escaped + ",'say':'yes'},{'say':'no'}");
    assertEquals(holds ? "yes" : "no", said(chat, "{ 'a' : 1 }"));
  }

  @Test
  void looksAtWhatToolsSaid() {
    ScriptedChat chat = play("{'when':{'tool_result':'look','result_contains':'red'},'say':'stop'},"
        + "{'when':{'result_contains':'red'},'say':'who?'},{'say':'go'}");
    Message.Assistant call = Samples.calls("look");
    assertEquals("go", said(chat, "{'a':'red'}"));
    assertEquals(
        "stop", said(chat, "{}", call, new Message.ToolText("1", "look", "it is red", false)));
    assertEquals(
        "who?", said(chat, "{}", call, new Message.ToolText("1", "ask", "it is red", true)));
    assertEquals("go", said(chat, "{}", call, new Message.ToolText("1", "look", "green", false)));
    // What was said before the model last spoke is over.
    Message.ToolText red = new Message.ToolText("1", "look", "red", false);
    Message.ToolText green = new Message.ToolText("1", "look", "green", false);
    assertEquals("go", said(chat, "{}", call, red, call, green));
  }

  @Test
  void timesIsFoundInTheExchangeByAnyInstance() {
    String rules = "{'times':2,'call':[{'tool':'t'}]},{'say':'end'}";
    Message.Assistant call = Samples.calls("t");
    Message.ToolText done = Samples.answered("t");
    assertFalse(ask(play(rules), "{}").result().message().calls().isEmpty());
    assertFalse(ask(play(rules), "{}", call, done).result().message().calls().isEmpty());
    assertEquals("end", said(play(rules), "{}", call, done, call, done));
  }

  @Test
  void aFailingRuleFailsSoOftenAndThenTheNextSpeaks() {
    ScriptedChat chat = play("{'fail':429,'times':2},{'fail':'empty','times':1},{'say':'ok'}");
    assertEquals(ErrorCode.MODEL_RATE_LIMITED, failure(ask(chat, "{}")));
    assertEquals(ErrorCode.MODEL_RATE_LIMITED, failure(ask(chat, "{}")));
    assertEquals(Samples.says(""), ask(chat, "{}").result().message());
    assertEquals("ok", said(chat, "{}"));
  }

  @ParameterizedTest
  @CsvSource({
    "429, MODEL_RATE_LIMITED",
    "500, MODEL_UNAVAILABLE",
    "'''timeout''', MODEL_TIMEOUT",
    "'''malformed''', MODEL_MALFORMED",
  })
  void failuresAreTyped(String fail, ErrorCode expected) {
    assertEquals(expected, failure(ask(play("{'fail':" + fail + "}"), "{}")));
  }

  @Test
  void aDelayIsWaitedForAndCanBeCancelled() {
    ScriptedChat chat = play("{'say':'late','delay_ms':500}");
    Future<ChatReply> reply = ask(chat, "{}");
    timers.advance(Duration.ofMillis(499));
    assertFalse(reply.isComplete());
    timers.advance(Duration.ofMillis(1));
    assertEquals("late", reply.result().message().text());
    CancelSignal cancel = new CancelSignal();
    Future<ChatReply> never = chat.chat(Samples.request("{}"), cancel);
    cancel.cancel();
    assertEquals(ErrorCode.CANCELLED, failure(never));
    assertEquals(0, timers.pending());
  }

  @Test
  void templatesKeepTypesWhereTheyStandAlone() {
    ScriptedChat chat =
        play("{'call':[{'tool':'t','args':{'n':'{{payload.a.0.b}}','o':'{{payload.a}}"
            + "','s':'#{{payload.a.0.b}} {{ event.id }}','gone':'{{payload.x.y}}',"
            + "'e':'-{{payload.x}}-',"
            + "'type':'{{event.type}}','time':'{{event.time}}',"
            + "'list':['{{event.trigger}}',1.50]}}]}");
    assertEquals(
        "{\"n\":7,\"o\":[{\"b\":7}],\"s\":\"#7 01K0000000000000000000000E\",\"gone\":null,"
            + "\"e\":\"--\",\"type\":\"webhook\",\"time\":\"2026-11-22T08:00:00Z\","
            + "\"list\":[\"push\",1.50]}",
        ask(chat, "{'a':[{'b':7}]}").result().message().calls().get(0).arguments());
  }

  @Test
  void whatIsFilledInIsNotExpandedAgain() {
    assertEquals("{{event.id}}", said(play("{'say':'{{payload}}'}"), "'{{event.id}}'"));
  }

  @Test
  void usageAndMalformedArgumentsAreSaidAsWritten() {
    ChatReply reply = ask(
            play("{'call':[{'tool':'t','args':'{not json'}],'usage':{'input':5,'output':2}}"), "{}")
        .result();
    assertEquals("{not json", reply.message().calls().get(0).arguments());
    assertEquals(new Message.Usage(5, 2), reply.usage());
    ChatReply paid =
        ask(play("{'say':'x','usage':{'input':5,'cost':0.0125}}"), "{}").result();
    assertEquals(new Message.Usage(5, 0, 0, 12_500_000L), paid.usage());
  }

  @Test
  void noRuleIsAnErrorThatSaysSo() {
    Future<ChatReply> reply = ask(play("{'when':{'turn':2},'say':'x'}"), "{}");
    assertEquals(ErrorCode.MODEL_REFUSED, failure(reply));
    assertTrue(
        ((RuntimeFault) reply.cause()).failure().message().contains("no rule matches turn 1"));
  }

  @ParameterizedTest
  @CsvSource({"(a+)+$", "(a|aa)*b", "(.*a){20}"})
  void aPatternCannotHangTheEventLoop(String regex) {
    ScriptedChat chat = play("{'when':{'regex':'" + regex + "'},'say':'x'},{'say':'no'}");
    Future<ChatReply> reply = ask(chat, "'" + "a".repeat(19_000) + "!'");
    assertTrue(reply.isComplete());
    if (reply.failed()) {
      assertEquals(ErrorCode.MODEL_REFUSED, failure(reply));
      assertTrue(((RuntimeFault) reply.cause()).failure().message().contains("simpler pattern"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'sya':'x'} | rules[0], expected=one of the keys when, call, say",
        "{'say':'x'},{'when':{'turn':-1},'say':'x'} | rules[1].when.turn, expected=a whole number",
        "{'when':{'trun':1},'say':'x'} | rules[0].when, expected=one of the keys contains",
        "{'when':{},'say':'x'} | rules[0].when, expected=at least one of",
        "{'when':{'regex':'('},'say':'x'} | rules[0].when.regex, expected=a pattern",
        "{'say':1} | rules[0].say, expected=a text, actual=1",
        "{'say':'{{secret.key}}'} | rules[0].say, expected={{payload...}}",
        "{'call':[{'args':{}}]} | rules[0].call[0].tool, expected=a text, actual=nothing",
        "{'call':[{'tool':'t','args':[1]}]} | rules[0].call[0].args, expected=an object",
        "{'call':{}} | rules[0].call, expected=a list",
        "{'say':'x','fail':500} | rules[0], expected=either call and say, or fail",
        "{'times':1} | rules[0], expected=either call and say, or fail, actual=neither",
        "{'fail':418} | rules[0].fail, expected=429, 500, timeout, malformed or empty",
        "{'say':'x','times':0} | rules[0].times, expected=a whole number from 1",
        "{'say':'x','delay_ms':-1} | rules[0].delay_ms, expected=a whole number from 0",
        "{'say':'x','usage':{'input':-1}} | rules[0].usage.input, expected=a whole number",
        "{'say':'x','usage':{'cost':-1}} | rules[0].usage.cost, expected=US dollars",
        "7 | rules[0], expected=an object",
        "'[]' | rules, expected=a list of 1 to 1000 rules, actual=0 rules",
      })
  void aPlayWithAMistakeIsRefusedByName(String rules, String message) {
    String given = rules.equals("[]") ? "" : rules;
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> play(given));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(
        fault.failure().message().startsWith("script: " + message),
        fault.failure().message());
  }

  @Test
  void anEchoAnswersWithThePayload() {
    EchoChat echo = new EchoChat();
    for (String payload : new String[] {"{\"a\":[1]}", "\"\"", "null", "7"}) {
      assertEquals(
          payload,
          echo.chat(Samples.request(payload), new CancelSignal())
              .result()
              .message()
              .text());
    }
    assertEquals(
        "hi",
        echo.chat(Samples.request("\"hi\""), new CancelSignal())
            .result()
            .message()
            .text());
  }
}
