package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.past.Forks;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A copy runs again what was done, may do it otherwise, and touches nothing. */
class ForkTest {

  /** One run that is over: looks twice, charges 5, notes it, tells others, says paid. */
  private static HandProcess paid() {
    return paid(HandProcess.running());
  }

  private static HandProcess paid(HandProcess process) {
    Future<Accepted> offered = process.offer("pay");
    process.flush();
    process.want("look", "{}");
    reply(process, "look", "first look");
    process.want("look", "{}");
    reply(process, "look", "second look");
    process.want("charge", "{\"amount\":5,\"to\":{\"a\":1,\"b\":2}}");
    reply(process, "charge", "charged 5");
    process.want("context_set", "{\"key\":\"paid\",\"value\":5}");
    process.want("emit_event", "{\"event_type\":\"paid\",\"data\":5}");
    process.say("paid");
    assertTrue(offered.succeeded());
    assertEquals(1, process.image().settled());
    return process;
  }

  private static void reply(HandProcess process, String tool, String text) {
    HandProcess.Called call = process.called.remove(0);
    assertEquals(tool, call.tool());
    call.promise().complete(Tool.Reply.ok(text));
    process.flush();
  }

  private static ForkOrder order(long at) {
    return new ForkOrder(at, null, null, null, false, Map.of());
  }

  private static long start(HandProcess process) {
    return process.sequence(EntryData.InvocationStart.class, 1);
  }

  private static Fork begun(HandProcess process, ForkOrder order) {
    Future<Fork> fork = process.past().fork(order);
    process.flush();
    assertTrue(fork.succeeded(), () -> String.valueOf(fork.cause()));
    return fork.result();
  }

  private static Map<?, ?> diff(Fork fork) {
    assertTrue(fork.ended().succeeded(), "it has not ended");
    return (Map<?, ?>) Objects.requireNonNull(fork.ended().result().object().get("diff"));
  }

  private static Map<?, ?> diff(Fork fork, String part) {
    return (Map<?, ?>) Objects.requireNonNull(diff(fork).get(part));
  }

  /** {@code tool original>fork} of each effect. */
  private static List<String> effects(Fork fork) {
    return ((List<?>) Objects.requireNonNull(diff(fork).get("effects")))
        .stream()
            .map(item -> (Map<?, ?>) item)
            .map(item -> item.get("tool") + " " + item.get("original") + ">" + item.get("fork"))
            .toList();
  }

  private static String lastHeard(HandProcess process) {
    var messages = process.asked.get(0).request().messages();
    return messages.get(messages.size() - 1).toString();
  }

  @Test
  void whatIsRecordedAnswersTheSameCalls() {
    HandProcess process = paid();
    String digest = ImageDigest.of(process.image());
    int entries = process.entries().size();
    Fork fork = begun(process, order(start(process)));
    assertEquals("hand~1", fork.name().value());
    process.want("look", "");
    assertTrue(lastHeard(process).contains("first look"), lastHeard(process));
    process.want("look", "{ }");
    assertTrue(lastHeard(process).contains("second look"), lastHeard(process));
    process.want("charge", "{\"to\": {\"b\": 2.0, \"a\": 1}, \"amount\": 5e0}");
    assertTrue(lastHeard(process).contains("charged 5"), lastHeard(process));
    process.want("context_set", "{\"key\":\"paid\",\"value\":5}");
    process.want("emit_event", "{\"event_type\":\"paid\",\"data\":5}");
    process.say("paid");
    assertEquals(List.of(), process.called, "a tool was called");
    assertEquals(
        List.of("look ok>recorded", "look ok>recorded", "charge ok>recorded"), effects(fork));
    assertEquals(true, diff(fork).get("same"), () -> fork.show().toString());
    assertEquals(
        Json.parse("{\"input\":0,\"output\":0,\"cost_usd\":null}").object(),
        diff(fork, "usage").get("difference"));
    assertEquals(digest, ImageDigest.of(process.image()), "the original was touched");
    assertEquals(entries, process.entries().size());
    assertEquals(true, process.answer(process.past().replay()).get("equal"));
  }

  @Test
  void otherCallsMeetTheFirewall() {
    HandProcess process = paid();
    String digest = ImageDigest.of(process.image());
    Fork fork =
        begun(process, new ForkOrder(start(process), null, null, "Be bold.", false, Map.of()));
    assertTrue(process.asked.get(0).request().messages().toString().contains("Be bold."));
    process.want("charge", "{\"amount\":500}");
    assertTrue(lastHeard(process).contains("Not made"), lastHeard(process));
    process.want("put", "{}");
    process.want("look", "{\"deep\":true}");
    assertTrue(lastHeard(process).contains("Not read"), lastHeard(process));
    process.want("ask_process", "{\"process\":\"other\",\"content\":\"?\"}");
    process.want("frobnicate", "{}");
    assertTrue(lastHeard(process).contains("unknown tool"), lastHeard(process));
    process.want("context_set", "{\"key\":\"paid\",\"value\":500}");
    process.want("emit_event", "{\"event_type\":\"bold\",\"data\":1}");
    process.say("done");
    assertEquals(List.of(), process.called, "a tool was called");
    List<String> effects = effects(fork);
    assertTrue(
        effects.containsAll(List.of(
            "charge null>dry_run",
            "put null>dry_run",
            "look null>dry_run",
            "look ok>null",
            "charge ok>null")),
        effects::toString);
    assertEquals(false, diff(fork).get("same"));
    assertEquals(
        Json.parse("[{\"key\":\"paid\",\"original\":{\"written\":true,\"value\":5},"
                + "\"fork\":{\"written\":true,\"value\":500}}]")
            .value(),
        diff(fork).get("context"));
    String said = String.valueOf(diff(fork).get("said"));
    assertTrue(said.contains("name=bold") && said.contains("name=paid"), said);
    assertEquals(digest, ImageDigest.of(process.image()), "the original was touched");
  }

  @Test
  void aThirdLookIsNotAnsweredByTheFirst() {
    HandProcess process = paid();
    Fork fork = begun(process, order(start(process)));
    for (String heard : List.of("first look", "second look", "Not read")) {
      process.want("look", "{}");
      assertTrue(lastHeard(process).contains(heard), lastHeard(process));
    }
    fork.cancel();
    assertEquals("cancelled", fork.show().object().get("state"));
  }

  @Test
  void readsGoLiveWhenAskedAndWritesDoNot() {
    HandProcess process = paid();
    Fork fork = begun(process, new ForkOrder(start(process), null, null, null, true, Map.of()));
    process.want("look", "{}");
    HandProcess.Called call = process.called.remove(0);
    assertEquals("hand~1", call.call().process().value());
    assertEquals("", call.call().effectKey());
    call.promise().complete(Tool.Reply.ok("as of today"));
    process.flush();
    assertTrue(lastHeard(process).contains("as of today"), lastHeard(process));
    process.want("charge", "{\"amount\":6}");
    process.want("put", "{}");
    assertEquals(List.of(), process.called);
    process.want("look", "{\"n\":2}");
    process.called.remove(0).promise().fail(new IllegalStateException("gone"));
    process.flush();
    assertTrue(lastHeard(process).contains("It failed"), lastHeard(process));
    process.say("done");
    assertTrue(effects(fork).contains("look ok>live"), () -> effects(fork).toString());
  }

  @Test
  void whatWasOrderedAnswers() {
    HandProcess process = paid();
    Fork fork = begun(
        process,
        new ForkOrder(start(process), null, null, null, false, Map.of("charge", "declined")));
    process.want("charge", "{\"amount\":7}");
    assertTrue(lastHeard(process).contains("declined"), lastHeard(process));
    process.say("no");
    assertTrue(effects(fork).contains("charge null>given"), () -> effects(fork).toString());
  }

  @Test
  void whatStandsBeforeTheForkIsKept() {
    HandProcess process = paid();
    long at = process.sequence(EntryData.ToolResult.class, 2);
    Fork fork = begun(process, order(at));
    assertEquals(1, process.asked.size());
    assertEquals(3, process.asked.get(0).request().turn());
    assertTrue(lastHeard(process).contains("second look"), lastHeard(process));
    process.say("enough");
    List<?> decisions = (List<?>) Objects.requireNonNull(diff(fork).get("decisions"));
    assertEquals(
        List.of(true, true, false, false, false, false),
        decisions.stream().map(item -> ((Map<?, ?>) item).get("kept")).toList());
    assertEquals("look ok>kept", effects(fork).get(0));
    assertEquals(
        Json.parse("{\"input\":3,\"output\":2,\"cached\":0,\"cost_usd\":null}").object(),
        diff(fork, "usage").get("spent"));
  }

  @Test
  void aCallThatWasAnnouncedAndNotAnsweredIsAnsweredByWhatBecameOfIt() {
    HandProcess process = paid();
    Fork fork = begun(process, order(process.sequence(EntryData.ToolCall.class, 3)));
    assertTrue(lastHeard(process).contains("charged 5"), lastHeard(process));
    process.say("fine");
    assertEquals("charge ok>recorded", effects(fork).get(2));
  }

  @Test
  void anEntryOutsideOfAnyRunStandsForTheNextRun() {
    HandProcess process = paid();
    Fork fork = begun(process, order(1));
    assertEquals(start(process), fork.show().object().get("begins_at"));
    process.say("nothing");
    assertEquals("completed", fork.show().object().get("state"));
  }

  @Test
  void anOpenRunOfTheOriginalIsNotDisturbed() {
    HandProcess process = HandProcess.running();
    HandProcess.Called call = process.inCall("charge");
    long at = process.image().sequence();
    Fork fork = begun(process, order(at));
    assertTrue(lastHeard(process).contains("Not made"), lastHeard(process));
    process.say("fork says");
    assertEquals("charge open>dry_run", effects(fork).get(0));
    assertEquals("open", diff(fork, "original").get("outcome"));
    assertEquals(1, process.image().runs().size());
    call.promise().complete(Tool.Reply.ok("done"));
    process.flush();
    process.say("original says");
    assertEquals(1, process.image().settled());
    assertTrue(process.image().conversation().messages().toString().contains("original says"));
  }

  @Test
  void aPlayUnderAnotherModelRunsToItsEnd() {
    HandProcess process = paid();
    Json play = Json.parse("{\"rules\":[{\"when\":{\"turn\":1},\"call\":[{\"tool\":\"look\","
        + "\"args\":{}}]},{\"say\":\"seen\",\"usage\":{\"input\":10,\"output\":1}}]}");
    Fork fork =
        begun(process, new ForkOrder(start(process), "script:bold", play, null, false, Map.of()));
    assertEquals(0, process.asked.size(), "the model of the original was asked");
    Map<?, ?> said = diff(fork, "fork");
    assertEquals("script:bold", said.get("model"));
    assertEquals("seen", said.get("text"));
    assertEquals("echo", diff(fork, "original").get("model"));
    assertEquals(List.of("look ok>recorded", "look ok>null", "charge ok>null"), effects(fork));
    assertEquals("echo", process.image().config().model());
  }

  @Test
  void aProcessWhoseTriggersHaveRulesIsForkedWithoutThem() {
    HandProcess process = paid(HandProcess.running(HandProcess.config(
        ProcessConfig.Run.DEFAULT,
        ProcessConfig.Delivery.DEFAULT,
        new TriggerConfig.Rules(
            "", TriggerConfig.OnBusy.SKIP, Duration.ZERO, TriggerConfig.Batch.NONE))));
    Fork fork = begun(process, order(start(process)));
    process.say("x");
    assertEquals("completed", fork.show().object().get("state"));
    assertEquals(2, process.image().config().triggers().size());
  }

  @Test
  void aRunThatFailsIsADifferenceToo() {
    HandProcess process = paid();
    Fork fork = begun(process, order(start(process)));
    process.breakModel();
    Map<String, @Nullable Object> shown = fork.show().object();
    assertEquals("failed", shown.get("state"));
    assertTrue(String.valueOf(shown.get("failure")).contains("MODEL_UNAVAILABLE"));
    assertEquals("failed", diff(fork, "fork").get("outcome"));
    assertEquals(0, process.image().consecutiveFailures());
  }

  @Test
  void theirTimeAndNumberHaveAnEnd() {
    HandProcess process = paid();
    for (int i = 1; i <= Forks.RUNNING_MAX; i++) {
      assertEquals("hand~" + i, begun(process, order(1)).name().value());
    }
    RuntimeFault many =
        assertThrows(RuntimeFault.class, () -> process.past().fork(order(1)).result());
    assertEquals(ErrorCode.OVERLOADED, many.code());
    process.pass(Duration.ofMinutes(10));
    process.flush();
    Json first = process.kernel().hindsight().forks().show("hand~1");
    assertTrue(first.toString().contains("INVOCATION_TIMEOUT"), first::toString);
    assertTrue(process.asked.stream().allMatch(ask -> ask.promise().future().failed()));
    process.asked.clear();
    process.kernel().hindsight().forks().remove("hand~1");
    RuntimeFault gone = assertThrows(
        RuntimeFault.class, () -> process.kernel().hindsight().forks().show("hand~1"));
    assertEquals(ErrorCode.FORK_NOT_FOUND, gone.code());
    for (int i = 0; i < Forks.ENDED_MAX; i++) {
      begun(process, order(1)).cancel();
    }
    List<String> names = process.kernel().hindsight().forks().names();
    assertEquals(Forks.ENDED_MAX, names.size());
    assertEquals("hand~" + (Forks.RUNNING_MAX + Forks.ENDED_MAX), names.get(names.size() - 1));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      0    |             |      | NOT_FOUND      | expected=1..
      9999 |             |      | NOT_FOUND      | actual=9999
      -1   |             |      | NOT_FOUND      | expected=1..
      end  |             |      | NOT_FOUND      | nothing to run again
      1    | script:x    |      | INVALID_CONFIG | play, expected=
      1    | echo        | play | INVALID_CONFIG | play, expected=
      1    |             | play | INVALID_CONFIG | play, expected=
      1    | nobody:else |      | INVALID_CONFIG | nobody
      1    | script:x    | play | INVALID_CONFIG | rules
      """)
  void whatCannotBeForkedIsRefused(
      String at, @Nullable String model, @Nullable String play, ErrorCode code, String named) {
    HandProcess process = paid();
    ForkOrder order = new ForkOrder(
        at.equals("end") ? process.image().sequence() : Long.parseLong(at),
        model,
        play == null ? null : Json.parse("{\"frobnicate\":1}"),
        null,
        false,
        Map.of());
    RuntimeFault fault = fault(process, order);
    assertEquals(code, fault.code(), fault::getMessage);
    assertTrue(fault.failure().message().contains(named), fault::getMessage);
    assertEquals(List.of(), process.kernel().hindsight().forks().names());
  }

  @Test
  void anAnswerForNoToolIsRefused() {
    HandProcess process = paid();
    RuntimeFault fault =
        fault(process, new ForkOrder(1, null, null, null, false, Map.of("chrge", "x")));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().startsWith("answers: unknown tool \"chrge\""));
  }

  private static RuntimeFault fault(HandProcess process, ForkOrder order) {
    try {
      Future<Fork> fork = process.past().fork(order);
      process.flush();
      return (RuntimeFault) fork.cause();
    } catch (RuntimeFault refused) {
      return refused;
    }
  }

  @Test
  void noProcessCanHaveTheNameOfAFork() {
    assertFalse(ProcessName.isValid("hand~1"));
    assertEquals("hand~1", HandProcess.ID.name().fork(1).value());
    RuntimeFault fault = assertThrows(
        RuntimeFault.class, () -> AgentProcess.create("hand~1", ProcessConfig.ofModel("echo")));
    assertEquals(ErrorCode.INVALID_NAME, fault.code());
    assertThrows(RuntimeFault.class, () -> new ProcessName("hand~0"));
    assertThrows(RuntimeFault.class, () -> new ProcessName("hand~1~2"));
  }
}
