package dev.agentruntime.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.http.Problem;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Fields;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerSink.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the resources make of what they are sent, and of what they are told. */
class RequestsTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void limitsHaveARange() {
    assertEquals(50, Call.limit(null));
    assertEquals(1, Call.limit("1"));
    assertEquals(500, Call.limit("500"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "501", "1000000000", "1e9", "", "ten", "+5", " 5", "٣"})
  void otherLimitsAreRefused(String text) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> Call.limit(text));
    assertEquals(ErrorCode.INVALID_TYPE, fault.code());
    assertEquals(422, fault.code().status());
    assertTrue(fault.failure().message().startsWith("limit, expected=1..500, actual="));
  }

  @Test
  void flagsAreTrueOrFalse() {
    assertTrue(Call.flag("digest", null, true));
    assertTrue(Call.flag("digest", "true", false));
    assertFalse(Call.flag("digest", "false", true));
    assertThrows(RuntimeFault.class, () -> Call.flag("digest", "1", true));
    assertThrows(RuntimeFault.class, () -> Call.flag("digest", "", true));
  }

  @Test
  void cursorsAreBounded() {
    assertNull(Call.cursor(null));
    assertEquals("17", Call.cursor("17"));
    assertThrows(RuntimeFault.class, () -> Call.cursor(""));
    assertThrows(RuntimeFault.class, () -> Call.cursor("9".repeat(513)));
  }

  @Test
  void idempotencyKeysAreVisibleText() {
    assertNull(TriggerResource.key(null));
    assertEquals("a-1", TriggerResource.key("a-1"));
    for (String bad : List.of("", " ", "a b", "a\u0000", "\u00e9", "x".repeat(256))) {
      RuntimeFault fault = assertThrows(RuntimeFault.class, () -> TriggerResource.key(bad));
      assertEquals(ErrorCode.INVALID_TYPE, fault.code());
    }
  }

  @Test
  void anAcceptedEventIsAnsweredLikeAWebhook() {
    Answer answer = TriggerResource.answer(new Accepted("01J", Outcome.ACCEPTED, true));
    assertEquals(202, answer.status());
    assertEquals("{\"status\":\"accepted\",\"event_id\":\"01J\"}", String.valueOf(answer.body()));
    assertEquals(
        "{\"status\":\"accepted\",\"event_id\":\"01J\",\"duplicate\":true,\"durable\":false}",
        String.valueOf(TriggerResource.answer(new Accepted("01J", Outcome.DUPLICATE, false))
            .body()));
  }

  private static List<ContextWrite> writes(String body) {
    return ContextResource.writes(Fields.of(bytes(body), "state", "if_version"));
  }

  @Test
  void contextWritesAreRead() {
    assertEquals(
        List.of(
            new ContextWrite("a", Json.of(1L), null),
            new ContextWrite("b", null, 3L),
            new ContextWrite("c", Json.parse("{\"d\":[null]}"), 0L)),
        writes("{\"state\":{\"a\":1,\"b\":null,\"c\":{\"d\":[null]}},"
            + "\"if_version\":{\"b\":3,\"c\":0}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"state\":{}}",
        "{\"state\":null}",
        "{\"state\":[]}",
        "{\"state\":{\"a\":1},\"if_version\":{\"b\":1}}",
        "{\"state\":{\"a\":1},\"if_version\":{\"a\":-1}}",
        "{\"state\":{\"a\":1},\"if_version\":{\"a\":\"1\"}}",
        "{\"state\":{\"a\":1},\"if_version\":{\"a\":1.5}}",
        "{\"state\":{\"a\":1},\"if_version\":7}"
      })
  void otherContextWritesAreRefused(String body) {
    assertEquals(
        422, assertThrows(RuntimeFault.class, () -> writes(body)).code().status());
  }

  private static HistoryResource.Word word(String body) {
    return HistoryResource.Word.of(Fields.of(bytes(body), "resolution", "result", "note"), "ops");
  }

  @Test
  void theOperatorsWordIsRead() {
    assertEquals(
        new HistoryResource.Word(Resolution.LANDED, "paid", "ops: seen in the bank"),
        word("{\"resolution\":\"landed\",\"result\":\"paid\",\"note\":\"seen in the bank\"}"));
    assertEquals(
        new HistoryResource.Word(Resolution.LANDED, "{\"id\":7}", "ops"),
        word("{\"resolution\":\"landed\",\"result\":{\"id\":7}}"));
    assertEquals(
        new HistoryResource.Word(Resolution.DID_NOT_HAPPEN, null, "ops"),
        word("{\"resolution\":\"did_not_happen\"}"));
    assertEquals(
        new HistoryResource.Word(Resolution.RETRY, null, "ops"),
        word("{\"resolution\":\"retry\"}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"resolution\":\"Landed\"}",
        "{\"resolution\":7}",
        "{\"resolution\":\"retry\",\"result\":\"x\"}",
        "{\"resolution\":\"retry\",\"note\":7}"
      })
  void otherWordsAreRefused(String body) {
    assertEquals(422, assertThrows(RuntimeFault.class, () -> word(body)).code().status());
  }

  @ParameterizedTest
  @CsvSource({
    "recovering,503,recovering",
    "running,200,ok",
    "draining,503,draining",
    "journal-closed,503,journal-closed"
  })
  void healthSpeaksTheWordsOfProbes(String state, int status, String word) {
    Json node = Json.parse("{\"node\":\"node-1\",\"state\":\"" + state
        + "\",\"processes\":2,\"version\":\"0.1.0\",\"journal\":{\"path\":\"/secret\"}}");
    Answer answer = NodeResource.health(node, false);
    assertEquals(status, answer.status());
    assertEquals(
        "{\"status\":\"" + word + "\",\"node\":\"node-1\",\"version\":\"0.1.0\",\"processes\":2}",
        String.valueOf(answer.body()));
    assertEquals(503, NodeResource.health(node, true).status());
  }

  @Test
  void problemsCarryWhatProgramsNeed() {
    Problem busy =
        Problem.of(new Failure(ErrorCode.INBOX_FULL, "inbox of a is full", Duration.ofSeconds(7)));
    assertEquals(
        "{\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"INBOX_FULL\","
            + "\"detail\":\"inbox of a is full\"}",
        busy.toJson().toString());
    assertEquals("7", Answer.of(busy).headers().get("Retry-After"));
    assertEquals("application/problem+json", Answer.of(busy).mediaType());
    assertEquals("5", Answer.of(Problem.of(ErrorCode.DRAINING, "x")).headers().get("Retry-After"));
    assertEquals(
        "{\"title\":\"Unprocessable Content\",\"status\":422,\"code\":\"INVALID_CONFIG\","
            + "\"detail\":\"a\",\"errors\":[\"a\",\"b\"]}",
        Problem.of(ErrorCode.INVALID_CONFIG, "a")
            .withErrors(List.of("a", "b"))
            .toJson()
            .toString());
    assertFalse(Problem.internal("01J").toJson().toString().contains("Exception"));
    assertTrue(Problem.internal("01J").toJson().toString().contains("\"error_id\":\"01J\""));
  }

  @Test
  void everyErrorCodeHasATitle() {
    for (ErrorCode code : ErrorCode.values()) {
      assertFalse(
          Problem.of(code, "x").toJson().toString().contains("\"title\":\"Error\""), code.name());
    }
  }
}
