package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.access.Scope;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.process.AgentProcess;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decisions over HTTP, by a signed webhook and by an event, for a call that really acts. */
class ApprovalApiTest extends ApprovalFixture {

  private static final String PERSON =
      "{tools: [pay], tainted: false, decided_by: [verdict, review]}";

  private static final Map<String, Object> YES = Map.of("decision", "approve", "reason", "fair");
  private static final Map<String, Object> NO = Map.of("decision", "deny", "reason", "too much");

  private List<?> ended() throws Exception {
    return (List<?>)
        Objects.requireNonNull(say(Scope.READ, "GET", APPROVALS, null).body().get("ended"));
  }

  /** What the newest run was told by the tool. */
  private String lastRun() throws Exception {
    Map<String, @Nullable Object> page =
        say(Scope.READ, "GET", CLERK + "/invocations?limit=1", null).body();
    Map<?, ?> run = (Map<?, ?>)
        Objects.requireNonNull(((List<?>) Objects.requireNonNull(page.get("invocations"))).get(0));
    return Json.of(say(Scope.READ, "GET", CLERK + "/invocations/" + run.get("id"), null)
            .body())
        .toString();
  }

  // --- By an operator

  @Test
  void whatIsApprovedIsDoneOnceHoweverOftenItIsSaid() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    Map<?, ?> shown = say(Scope.READ, "GET", APPROVALS + "/" + id, null).is(200);
    assertEquals("pending", shown.get("status"));
    assertEquals(Map.of("amount", 5L, "api_key", "[masked]"), shown.get("arguments"));
    assertEquals(List.of("tool"), shown.get("reasons"));
    assertEquals(
        shown.get("id"),
        ((Map<?, ?>) ((List<?>) Objects.requireNonNull(
                    say(Scope.READ, "GET", "/api/v1/approvals", null).is(200).get("approvals")))
                .get(0))
            .get("id"));
    assertTrue(paid.isEmpty());

    Map<String, @Nullable Object> first = decide(id, YES).is(200);
    assertEquals("approved", first.get("status"));
    assertEquals("OPERATE", first.get("decided_by"));
    assertEquals(first, decide(id, YES).is(200));
    ended(1);

    assertEquals(List.of("{\"amount\":5,\"api_key\":\"k-1\"}"), List.copyOf(paid));
    decide(id, NO).refuses(409, "APPROVAL_DECIDED");
    assertEquals("approved", decide(id, YES).is(200).get("status"), "also when it is over");
    assertEquals(1, paid.size());
  }

  @Test
  void whatIsDeniedIsNotDone() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    assertEquals("denied", decide(id, NO).is(200).get("status"));
    ended(1);
    assertTrue(paid.isEmpty());
    assertTrue(lastRun().contains("Denied by OPERATE: too much"), this::run);
  }

  private String run() {
    try {
      return lastRun();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatNobodyDecidesExpiresAndLaterIsTooLate() throws Exception {
    deployClerk(manifest("{tools: [pay], tainted: false, timeout: 300ms}"));
    String id = request(5);
    ended(1);
    decide(id, YES).refuses(409, "APPROVAL_EXPIRED");
    assertEquals("expired", ((Map<?, ?>) Objects.requireNonNull(ended().get(0))).get("status"));
    assertTrue(paid.isEmpty());
    assertTrue(lastRun().contains("expired"), this::run);
  }

  @Test
  void anotherToolOrPolicyMakesItLapse() throws Exception {
    AgentProcess clerk = deployClerk(manifest(PERSON));
    String old = request(5);
    replace(clerk, manifest("{tools: ['p*'], tainted: false}"));
    eventually("asked anew", () -> !old.equals(waits().get("id")));
    decide(old, YES).refuses(409, "APPROVAL_STALE");
    assertEquals("lapsed", ((Map<?, ?>) Objects.requireNonNull(ended().get(0))).get("status"));
    assertTrue(paid.isEmpty());
    decide(String.valueOf(waits().get("id")), YES).is(200);
    ended(1);
    assertEquals(1, paid.size());
  }

  @Test
  void aRequestIsGoneWithItsProcess() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    say(Scope.DEPLOY, "DELETE", CLERK, null).is(204);
    decide(id, YES).refuses(404, "PROCESS_NOT_FOUND");
    deployClerk(manifest(PERSON));
    decide(id, YES).refuses(404, "APPROVAL_NOT_FOUND");
    assertTrue(paid.isEmpty());
  }

  @Test
  void argumentsThatSomebodyChangedAreWhatTheToolGets() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    Map<String, @Nullable Object> told = decide(
            id, Map.of("decision", "approve", "arguments", Map.of("amount", 2)))
        .is(200);
    assertEquals(Map.of("amount", 2L), told.get("edited_arguments"));
    ended(1);
    assertEquals(List.of("{\"amount\":2}"), List.copyOf(paid));
    assertTrue(lastRun().contains("changed its arguments"), this::run);
  }

  @Test
  void whatSomebodyLeavesMaskedIsTheValueItself() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    Map<String, ?> edit =
        Map.of("decision", "approve", "arguments", Map.of("amount", 2, "api_key", "[masked]"));
    Map<String, @Nullable Object> told = decide(id, edit).is(200);
    assertEquals(Map.of("amount", 2L, "api_key", "[masked]"), told.get("edited_arguments"));
    assertEquals(told, decide(id, edit).is(200));
    ended(1);
    assertEquals(List.of(Map.of("amount", 2L, "api_key", "k-1")), paidAs());
  }

  @Test
  void whatIsOnlyLeftMaskedIsNoChange() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    Map<String, @Nullable Object> told = decide(
            id,
            Map.of("decision", "approve", "arguments", Map.of("amount", 5, "api_key", "[masked]")))
        .is(200);
    assertFalse(told.containsKey("edited_arguments"));
    ended(1);
    assertEquals(List.of(Map.of("amount", 5L, "api_key", "k-1")), paidAs());
  }

  @Test
  void aSecretThatSomebodyTypesIsRefusedByItsPath() throws Exception {
    deployClerk(manifest(PERSON) + "secrets: {secrets: {BANK: \"${PAGER}\"}}\n");
    String id = request(5);
    Map<?, ?> told = decide(
            id, Map.of("decision", "approve", "arguments", Map.of("amount", 2, "api_key", PAGER)))
        .is(400);
    String detail = String.valueOf(told.get("detail"));
    assertTrue(detail.contains("\"/api_key\"") && detail.contains("[secret:BANK]"), detail);
    assertFalse(detail.contains(PAGER), "told to nobody");
    assertEquals(id, waits().get("id"));
  }

  private List<?> paidAs() {
    return paid.stream().map(body -> Json.parse(body).value()).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"decision\":\"approve\",\"arguments\":{\"amount\":\"[masked]\"}} | 422 | \"/amount\"",
        "{\"decision\":\"approve\",\"arguments\":{\"amount\":1,\"api_key\":\"x[masked]\"}} | 422 |"
            + " \"/api_key\"",
        "{\"decision\":\"approve\",\"arguments\":{\"amount\":101}}     | 422 | amount",
        "{\"decision\":\"approve\",\"arguments\":{\"amount\":\"two\"}} | 422 | amount",
        "{\"decision\":\"approve\",\"arguments\":{}}                   | 422 | amount",
        "{\"decision\":\"approve\",\"arguments\":{\"amount\":1,\"x\":1}} | 422 | x",
        "{\"decision\":\"approve\",\"arguments\":[1]}                  | 422 | arguments",
        "{\"decision\":\"deny\",\"arguments\":{\"amount\":1}}          | 422 | arguments",
        "{\"decision\":\"maybe\"}                                      | 422 | approve or deny",
        "{\"decision\":1}                                              | 422 | decision",
        "{\"reason\":\"x\"}                                            | 422 | decision",
        "{\"decision\":\"approve\",\"epoch\":\"1\"}                    | 422 | epoch",
        "{\"decision\":\"approve\",\"who\":\"me\"}                     | 422 | who",
        "{\"decision\":\"approve\",\"epoch\":7}                        | 409 | epoch",
        "{\"decision\":\"approve\",\"arguments_digest\":\"00\"}        | 409 | arguments_digest",
        "not JSON                                                      | 400 | ",
      })
  void aWordThatMakesNoSenseDecidesNothing(String body, int status, @Nullable String expected)
      throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    Told told = ask(
        "POST",
        APPROVALS + "/" + id,
        body,
        "Authorization",
        "Bearer " + tokens.get(Scope.OPERATE),
        "Content-Type",
        "application/json");
    assertTrue(told.status() == status || (status == 422 && told.status() == 400), told::toString);
    assertTrue(
        expected == null || String.valueOf(told.body().get("detail")).contains(expected),
        told::toString);
    assertEquals(id, waits().get("id"));
    assertTrue(paid.isEmpty());
  }

  @Test
  void whoMayNotDecideDoesNot() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    say(Scope.READ, "POST", APPROVALS + "/" + id, YES).refuses(403, "FORBIDDEN");
    ask("POST", APPROVALS + "/" + id, Json.of(YES).toString(), "Content-Type", "application/json")
        .refuses(401, "UNAUTHORIZED");
    decide(id + "-9", YES).refuses(404, "APPROVAL_NOT_FOUND");
    say(Scope.READ, "GET", APPROVALS + "/nothing", null).refuses(404, "APPROVAL_NOT_FOUND");
    say(Scope.OPERATE, "POST", PROCESSES + "/nobody/approvals/" + id, YES)
        .refuses(404, "PROCESS_NOT_FOUND");
    assertEquals(id, waits().get("id"));
    assertTrue(paid.isEmpty());
  }

  @Test
  void aRestartOfTheNodeKeepsWhatWaits() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    Object epoch = waits().get("epoch");
    await(runtime.close());
    begin();
    assertEquals(id, waits().get("id"));
    assertEquals("awaiting", say(Scope.READ, "GET", CLERK, null).body().get("state"));
    Map<String, Object> word = new HashMap<>(YES);
    word.put("epoch", Objects.requireNonNull(epoch));
    assertEquals("approved", decide(id, word).is(200).get("status"));
    ended(1);
    assertEquals(1, paid.size());
  }

  // --- By a webhook whose signature is checked

  @CanIgnoreReturnValue
  private HttpResponse<String> hook(String body, @Nullable String signature) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + ingress.port() + "/verdicts"))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
    if (signature != null) {
      request.header("X-Webhook-Signature", signature);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static String word(String id, String decision) {
    return "{\"id\":\"" + id + "\",\"decision\":\"" + decision + "\",\"reason\":\"by hand\"}";
  }

  @Test
  void aSignedWebhookDecides() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    String yes = word(id, "approve");
    HttpResponse<String> told = hook(yes, signature(yes));
    assertEquals(202, told.statusCode(), told::body);
    ended(1);
    assertEquals(1, paid.size());
    Map<?, ?> one = (Map<?, ?>) Objects.requireNonNull(ended().get(0));
    assertEquals("webhook:verdict", one.get("decided_by"));
    assertEquals("by hand", one.get("reason"));
    // The same bytes again, as somebody who listened might send them: nothing more happens.
    assertEquals(202, hook(yes, signature(yes)).statusCode());
    String no = word(id, "deny");
    HttpResponse<String> late = hook(no, signature(no));
    assertEquals(409, late.statusCode(), late::body);
    assertTrue(late.body().contains("APPROVAL_DECIDED"), late::body);
    assertEquals(1, paid.size());
    assertEquals(
        "1",
        String.valueOf(say(Scope.READ, "GET", CLERK, null).body().get("accepted_count")),
        "a decision wakes nobody");
  }

  @Test
  void aWebhookThatIsNotSignedRightDecidesNothing() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    String yes = word(id, "approve");
    assertEquals(401, hook(yes, null).statusCode());
    assertEquals(401, hook(yes, "sha256=" + "0".repeat(64)).statusCode());
    assertEquals(401, hook(word(id, "deny"), signature(yes)).statusCode());
    assertEquals(id, waits().get("id"));
    // A recorded word for another request does not fit this one.
    decide(id, NO).is(200);
    ended(1);
    String next = request(6);
    assertNotEquals(id, next);
    assertEquals(409, hook(yes, signature(yes)).statusCode());
    assertEquals(next, waits().get("id"));
    assertTrue(paid.isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"id\":\"ID\"}                                              | decision",
        "{\"decision\":\"approve\"}                                   | id",
        "{\"id\":\"ID\",\"decision\":\"yes\"}                         | approve or deny",
        "{\"id\":\"ID\",\"decision\":\"approve\",\"epoch\":\"1\"}     | epoch",
        "{\"id\":\"ID\",\"decision\":\"approve\",\"arguments\":{\"amount\":999}} | amount",
        "{\"id\":\"ID\",\"decision\":\"approve\",\"argument\":{}}     | \\\"argument\\\" is"
            + " unknown",
        "[]                                                           | object",
      })
  void aSignedWordThatMakesNoSenseIsAnsweredSo(String body, String expected) throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    String said = body.replace("ID", id);
    HttpResponse<String> told = hook(said, signature(said));
    assertTrue(told.statusCode() == 400 || told.statusCode() == 422, told::body);
    assertTrue(told.body().contains(expected), told::body);
    assertEquals(id, waits().get("id"));
    assertTrue(paid.isEmpty());
  }

  // --- By an event on the bus

  private void emit(Map<String, ?> data) throws Exception {
    say(
            Scope.OPERATE,
            "POST",
            "/api/v1/events",
            Map.of("event_type", "refund.decided", "data", data, "source", "ops"))
        .is(202);
  }

  @Test
  void anEventOfAnOperatorDecides() throws Exception {
    deployClerk(manifest(PERSON));
    String id = request(5);
    emit(Map.of("id", "nothing", "decision", "approve"));
    emit(Map.of("id", id, "decision", "yes"));
    assertEquals(id, waits().get("id"));
    emit(Map.of("id", id, "decision", "approve", "reason", "seen"));
    ended(1);
    assertEquals(1, paid.size());
    Map<?, ?> one = (Map<?, ?>) Objects.requireNonNull(ended().get(0));
    assertEquals("event:ops", one.get("decided_by"));
    assertFalse(Objects.requireNonNull(one.get("reason")).toString().isEmpty());
  }

  // --- Who is told

  @Test
  void whoIsToldBySignedWebhookDecidesAtTheAddressThatItNames() throws Exception {
    hears.set(false);
    deployClerk(manifest("{tools: [pay], tainted: false, address: " + url()
            + ", escalation: {webhook_url: 'http://127.0.0.1:" + bank.actualPort() + "/asked'}}")
        + "secrets:\n  secrets:\n    PAGER: ${PAGER}\nescalation:\n  secret: PAGER\n");
    String id = request(5);
    eventually("it is called", () -> !asked.isEmpty());
    assertEquals(1L, say(Scope.READ, "GET", CLERK, null).body().get("outbox_size"));
    // Nobody heard it, and the node ends: it calls again.
    await(runtime.close());
    hears.set(true);
    begin();
    eventually(
        "it is heard",
        () ->
            Long.valueOf(0).equals(say(Scope.READ, "GET", CLERK, null).body().get("outbox_size")));
    Asked call = List.copyOf(asked).get(asked.size() - 1);
    Signatures check = Signatures.of("standard", List.of(PAGER), null, Duration.ofMinutes(5));
    assertNull(check.verify(call.headers(), call.body(), Instant.now()).problem());
    Map<String, @Nullable Object> told = Json.parse(call.body()).object();
    assertEquals("approval.requested", told.get("type"));
    Map<?, ?> data = (Map<?, ?>) Objects.requireNonNull(told.get("data"));
    assertEquals(id, data.get("id"));
    assertEquals(Map.of("amount", 5L, "api_key", "[masked]"), data.get("arguments"));
    Map<?, ?> decide = (Map<?, ?>) Objects.requireNonNull(data.get("decide"));
    String path = String.valueOf(decide.get("path"));
    assertTrue(String.valueOf(decide.get("url")).endsWith(path), decide::toString);
    Map<String, Object> word = new HashMap<>(YES);
    word.put("arguments_digest", Objects.requireNonNull(data.get("arguments_digest")));
    say(Scope.OPERATE, String.valueOf(decide.get("method")), path, word).is(200);
    ended(1);
    assertEquals(1, paid.size());
    assertEquals(
        1, asked.stream().map(one -> one.headers().get("webhook-id")).distinct().count());
  }

  // --- Whoever vouches for what a run reads

  /** What is noted in the node's own journal of who vouched. */
  private List<String> vouched() throws Exception {
    List<String> notes = new ArrayList<>();
    await(runtime.journal().replay((entry, hash) -> {
      if (entry.data() instanceof OperatorAction action && action.action().contains("vouching")) {
        notes.add(action.who() + " " + action.from() + " " + action.action());
      }
    }));
    return notes;
  }

  @Test
  void anOperatorVouchesAndThatIsWrittenDown() throws Exception {
    deployClerk(manifest("{irreversible: false}\ntaint: ask"));
    Map<String, Object> body = Map.of("payload", Map.of("amount", 3), "trusted", true);
    say(Scope.READ, "POST", CLERK + "/trigger", body).refuses(403, "FORBIDDEN");
    String event = String.valueOf(
        say(Scope.OPERATE, "POST", CLERK + "/trigger", body).is(202).get("event_id"));
    ended(1);
    assertEquals(1, paid.size(), "nobody is asked about what somebody vouched for");
    assertEquals(
        List.of("OPERATE 127.0.0.1 POST " + CLERK + "/trigger vouching for " + event), vouched());
  }
}
