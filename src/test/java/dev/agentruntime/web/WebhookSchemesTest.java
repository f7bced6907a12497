package dev.agentruntime.web;

import static dev.agentruntime.web.IngressFixture.SMALL;
import static dev.agentruntime.web.IngressFixture.post;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.WebhookPolicy;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.guard.Hmac;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.http.RawHttp.Reply;
import dev.agentruntime.trigger.ListSink;
import dev.agentruntime.trigger.TriggerSink.End;
import dev.agentruntime.trigger.TriggerSink.Settled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Senders with ways of their own, against a real listener. */
class WebhookSchemesTest {

  private static final String JSON = "content-type: application/json|";
  private static final WebhookPolicy USUAL = WebhookPolicy.DEFAULT;

  private final IngressFixture fixture = IngressFixture.serving(SMALL);
  private final ListSink sink = new ListSink();

  @AfterEach
  void close() {
    fixture.close();
  }

  private void open(String scheme, WebhookPolicy policy, String... secrets) {
    fixture.open(
        "agent",
        new TriggerConfig.Webhook(
            "hook",
            "/hook",
            null,
            0,
            Arrays.stream(secrets)
                .map(secret -> new SecretRef(SecretRef.Kind.LITERAL, secret))
                .toList(),
            scheme,
            null,
            secrets.length == 0,
            List.of(),
            policy,
            TriggerConfig.Rules.NONE),
        sink);
  }

  private Reply send(String headers, String body) throws IOException {
    return RawHttp.exchange(fixture.port(), post("/hook", headers, body));
  }

  private static byte[] code(byte[] key, String signed) {
    return new Hmac(key).of(signed.getBytes(StandardCharsets.UTF_8));
  }

  private static String hex(String key, String signed) {
    return HexFormat.of().formatHex(code(key.getBytes(StandardCharsets.UTF_8), signed));
  }

  private long now() {
    return fixture.timers.now().getEpochSecond();
  }

  private String slack(long time, String body) {
    return "x-slack-request-timestamp: " + time + "|x-slack-signature: v0="
        + hex("s", "v0:" + time + ":" + body);
  }

  private String stripe(long time, String body) {
    return JSON + "stripe-signature: t=" + time + ",v1=" + hex("s", time + "." + body);
  }

  private String standard(String id, long time, String body) {
    String code = Base64.getEncoder()
        .encodeToString(code(new byte[] {1, 2, 3}, id + "." + time + "." + body));
    return JSON + "webhook-id: " + id + "|webhook-timestamp: " + time + "|webhook-signature: v1,"
        + code;
  }

  private static void refused(Reply reply, ErrorCode code) {
    assertEquals(code.status(), reply.status(), reply.toString());
    assertEquals(code.name(), Json.parse(reply.body()).object().get("code"), reply.body());
  }

  @Test
  void namesAStripeEventByItsBody() throws IOException {
    open("stripe", USUAL, "old", "s");
    String body = "{\"id\":\"evt_1\",\"type\":\"charge.succeeded\"}";
    assertEquals(202, send(stripe(now(), body), body).status());
    Reply again = send(stripe(now() - 1, body) + "|idempotency-key: other", body);
    assertTrue(again.body().contains("\"duplicate\":true"), again.body());
    TriggerEvent event = sink.events().get(0);
    assertEquals("evt_1", event.dedupKey());
    assertFalse(event.metadata().toString().contains("stripe-signature"));
    refused(send(stripe(now() - 400, body), body), ErrorCode.INVALID_SIGNATURE);
    refused(send(stripe(now() + 400, body), body), ErrorCode.INVALID_SIGNATURE);
    refused(send(stripe(now() * 1_000, body), body), ErrorCode.INVALID_SIGNATURE);
    refused(send(stripe(-now(), body), body), ErrorCode.INVALID_SIGNATURE);
    assertEquals(1, sink.events().size());
  }

  @Test
  void takesARepeatedRequestForWhatItIsAlsoWithoutAName() throws IOException {
    open("stripe", USUAL, "s");
    long time = now();
    assertEquals(202, send(stripe(time, "{}"), "{}").status());
    Reply replayed = send(stripe(time, "{}") + "|idempotency-key: other", "{}");
    assertTrue(replayed.body().contains("\"duplicate\":true"), replayed.body());
    assertEquals(202, send(stripe(time - 1, "{}"), "{}").status());
    assertEquals(2, sink.events().size());
  }

  @Test
  void takesPagerDutyInAndItsTwoSignaturesWhileASecretIsChanged() throws IOException {
    open("pagerduty", USUAL, "new", "old");
    String body = "{\"event\":{\"id\":\"01DEN\",\"event_type\":\"incident.triggered\"}}";
    String signed = JSON + "x-pagerduty-signature: v1=" + hex("gone", body) + ",v1=";
    assertEquals(202, send(signed + hex("old", body), body).status());
    Reply again = send(signed + hex("new", body) + "|idempotency-key: other", body);
    assertTrue(again.body().contains("\"duplicate\":true"), again.body());
    assertEquals("01DEN", sink.events().get(0).dedupKey());
    assertFalse(sink.events().get(0).metadata().toString().contains("x-pagerduty-signature"));
    refused(send(signed + hex("other", body), body), ErrorCode.INVALID_SIGNATURE);
    refused(send(signed + hex("old", body), body + " "), ErrorCode.INVALID_SIGNATURE);
    refused(send(JSON + "x-none: of them", body), ErrorCode.INVALID_SIGNATURE);
    for (String nameless : List.of("{}", "[]", "{\"event\":7}", "{\"event\":{\"id\":\"\"}}")) {
      String its = JSON + "x-pagerduty-signature: v1=" + hex("old", nameless);
      assertEquals(202, send(its, nameless).status());
      assertTrue(send(its, nameless).body().contains("\"duplicate\":true"), nameless);
    }
    assertEquals(5, sink.events().size());
  }

  @Test
  void answersSlacksChallengeOnlyWhenItIsSigned() throws IOException {
    open("slack", USUAL, "s");
    String body = "{\"token\":\"t\",\"challenge\":\"3eZb\",\"type\":\"url_verification\"}";
    Reply reply = send(JSON + slack(now(), body), body);
    assertEquals(200, reply.status());
    assertEquals("{\"challenge\":\"3eZb\"}", reply.body());
    refused(send(JSON + slack(now() - 301, body), body), ErrorCode.INVALID_SIGNATURE);
    refused(send(JSON + "x-none: of them", body), ErrorCode.INVALID_SIGNATURE);
    assertEquals(0, sink.offers());
  }

  @Test
  void namesASlackEventAndReadsItsForms() throws IOException {
    open("slack", USUAL, "s");
    String body = "{\"type\":\"event_callback\",\"event_id\":\"Ev1\"}";
    assertEquals(202, send(JSON + slack(now(), body), body).status());
    assertTrue(send(JSON + slack(now() - 1, body), body).body().contains("duplicate"));
    String form = "command=%2Fweather&text=94070+x&text=&empty";
    assertEquals(
        202,
        send("content-type: application/x-www-form-urlencoded|" + slack(now(), form), form)
            .status());
    assertEquals("Ev1", sink.events().get(0).dedupKey());
    assertEquals(
        "{\"command\":\"/weather\",\"text\":[\"94070 x\",\"\"],\"empty\":\"\"}",
        sink.events().get(1).payload().toString());
    String broken = "a=%zz";
    refused(
        send("content-type: application/x-www-form-urlencoded|" + slack(now(), broken), broken),
        ErrorCode.INVALID_REQUEST);
  }

  @Test
  void namesAStandardWebhookByItsSignedId() throws IOException {
    open("standard", USUAL, "whsec_AQID");
    assertEquals(202, send(standard("msg.1", now(), "{}"), "{}").status());
    assertTrue(send(standard("msg.1", now() - 1, "{}"), "{}").body().contains("duplicate"));
    refused(send(standard("msg.1", now(), "{\"a\":1}"), "{\"a\":1}"), ErrorCode.KEY_REUSED);
    refused(
        send(standard("msg.1", now(), "{}").replace("msg.1", "msg.2"), "{}"),
        ErrorCode.INVALID_SIGNATURE);
    refused(send(standard("x".repeat(257), now(), "{}"), "{}"), ErrorCode.INVALID_REQUEST);
    assertEquals("msg.1", sink.events().get(0).dedupKey());
  }

  @Test
  void answersGitHubsPing() throws IOException {
    open("github", USUAL, "s");
    String signed = JSON + "x-hub-signature-256: sha256=" + hex("s", "{}");
    Reply pong = send(signed + "|x-github-event: ping", "{}");
    assertEquals(200, pong.status());
    assertEquals("{\"status\":\"pong\"}", pong.body());
    refused(send(JSON + "x-github-event: ping", "{}"), ErrorCode.INVALID_SIGNATURE);
    assertEquals(0, sink.offers());
    assertEquals(202, send(signed + "|x-github-event: push", "{}").status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"generic", "github", "stripe", "slack", "standard"})
  void refusesWhatIsNotSigned(String scheme) throws IOException {
    open(scheme, USUAL, "whsec_AQID");
    refused(send(JSON + "x-none: of them", "{}"), ErrorCode.INVALID_SIGNATURE);
    assertEquals(0, sink.offers());
  }

  @Test
  void limitsTheRateOfWhatIsSignedOnly() throws IOException {
    open("github", new WebhookPolicy(USUAL.tolerance(), Duration.ZERO, 2), "s");
    String signed = JSON + "x-hub-signature-256: sha256=" + hex("s", "{}");
    for (int i = 0; i < 5; i++) {
      refused(send(JSON + "x-none: of them", "{}"), ErrorCode.INVALID_SIGNATURE);
    }
    assertEquals(202, send(signed, "{}").status());
    assertEquals(202, send(signed, "{}").status());
    Reply third = send(signed, "{}");
    refused(third, ErrorCode.RATE_LIMITED);
    int after = Integer.parseInt(third.header("retry-after"));
    assertTrue(after >= 1 && after <= 30, "retry-after " + after);
    assertEquals(2, sink.offers());
  }

  @Test
  void answersWithTheEndOfTheRun() throws IOException {
    open("generic", new WebhookPolicy(USUAL.tolerance(), Duration.ofSeconds(5), 0));
    sink.end(new Settled(End.COMPLETED, "01RUN", "all good", null));
    Reply reply = send(JSON + "idempotency-key: k", "{}");
    String id = sink.events().get(0).id();
    assertEquals(200, reply.status());
    assertEquals(
        "{\"status\":\"completed\",\"event_id\":\"" + id
            + "\",\"invocation\":\"01RUN\",\"result\":\"all good\"}",
        reply.body());
    assertTrue(send(JSON + "idempotency-key: k", "{}").body().contains("\"duplicate\":true"));
    sink.end(new Settled(
        End.FAILED, "01RUN", null, new Failure(ErrorCode.MODEL_UNAVAILABLE, "the model is away")));
    Reply failed = send(JSON + "idempotency-key: l", "{}");
    assertEquals(500, failed.status());
    assertEquals("", failed.header("retry-after"));
    assertTrue(failed.body().contains("\"code\":\"MODEL_UNAVAILABLE\""), failed.body());
    assertTrue(failed.body().contains("\"invocation\":\"01RUN\""), failed.body());
    sink.end(null);
    assertEquals(202, send(JSON + "idempotency-key: m", "{}").status());
  }
}
