package dev.agentruntime.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stripe, Slack and Standard Webhooks: what signs the time together with the body. */
class TimedSignaturesTest {

  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  /** The example of docs.slack.dev, "Verifying requests from Slack": a slash command. */
  private static final String SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

  private static final long SLACK_TIME = 1_531_420_618;
  private static final String SLACK_BODY = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J"
      + "&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA"
      + "&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
      + "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
      + "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  private static final String SLACK_SIGNATURE =
      "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

  /** The vector of the Standard Webhooks reference libraries (and of Svix, where it began). */
  private static final String STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  private static final String STANDARD_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  private static final long STANDARD_TIME = 1_614_265_330;
  private static final String STANDARD_BODY = "{\"test\": 2432232314}";
  private static final String STANDARD_SIGNATURE =
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

  /**
   * docs.stripe.com, "Verify webhook signatures manually", shows the form of the header and what is
   * signed, but no secret and body that belong to it; this code was made with openssl.
   */
  private static final String STRIPE_SECRET = "whsec_test_secret";

  private static final long STRIPE_TIME = 1_492_774_577;
  private static final String STRIPE_BODY = "{\"id\":\"evt_1\",\"object\":\"event\"}";
  private static final String STRIPE_CODE =
      "654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543";

  private static Signatures slack(String... secrets) {
    return Signatures.of("slack", List.of(secrets), null, TOLERANCE);
  }

  private static Signatures standard(String... secrets) {
    return Signatures.of("standard", List.of(secrets), null, TOLERANCE);
  }

  private static Signatures stripe(String... secrets) {
    return Signatures.of("stripe", List.of(secrets), null, TOLERANCE);
  }

  private static @Nullable String slackProblem(String time, String signature, long now) {
    return slack(SLACK_SECRET)
        .verify(
            Map.of(
                "x-slack-request-timestamp",
                List.of(time),
                "x-slack-signature",
                List.of(signature)),
            SLACK_BODY.getBytes(UTF_8),
            Instant.ofEpochSecond(now))
        .problem();
  }

  private static @Nullable String stripeProblem(String header, long now) {
    return stripe(STRIPE_SECRET)
        .verify(
            Map.of("stripe-signature", List.of(header)),
            STRIPE_BODY.getBytes(UTF_8),
            Instant.ofEpochSecond(now))
        .problem();
  }

  private static Map<String, List<String>> standardHeaders() {
    Map<String, List<String>> headers = new HashMap<>();
    headers.put("webhook-id", List.of(STANDARD_ID));
    headers.put("webhook-timestamp", List.of(Long.toString(STANDARD_TIME)));
    headers.put("webhook-signature", List.of(STANDARD_SIGNATURE));
    return headers;
  }

  private static @Nullable String standardProblem(Map<String, List<String>> headers, long now) {
    return standard(STANDARD_SECRET)
        .verify(headers, STANDARD_BODY.getBytes(UTF_8), Instant.ofEpochSecond(now))
        .problem();
  }

  @Test
  void takesTheDocumentedExamples() {
    assertNull(slackProblem(Long.toString(SLACK_TIME), SLACK_SIGNATURE, SLACK_TIME));
    assertNull(standardProblem(standardHeaders(), STANDARD_TIME));
    String header = "t=" + STRIPE_TIME + ",v1=" + STRIPE_CODE + ",v0=" + "0".repeat(64);
    assertNull(stripeProblem(header, STRIPE_TIME));
  }

  @Test
  void takesOneOfSeveralSecretsAndSignatures() {
    Map<String, List<String>> headers = standardHeaders();
    headers.put(
        "webhook-signature", List.of("v1a,AAAA v1," + "A".repeat(43) + "= " + STANDARD_SIGNATURE));
    assertNull(standardProblem(headers, STANDARD_TIME));
    assertNull(standard("whsec_AAAA", STANDARD_SECRET.substring("whsec_".length()))
        .verify(headers, STANDARD_BODY.getBytes(UTF_8), Instant.ofEpochSecond(STANDARD_TIME))
        .problem());
    assertNull(stripeProblem(
        "t=" + STRIPE_TIME + ",v1=" + "0".repeat(64) + ",v1=" + STRIPE_CODE, STRIPE_TIME));
    assertNull(stripe("old", STRIPE_SECRET)
        .verify(
            Map.of("stripe-signature", List.of("t=" + STRIPE_TIME + ",v1=" + STRIPE_CODE)),
            STRIPE_BODY.getBytes(UTF_8),
            Instant.ofEpochSecond(STRIPE_TIME))
        .problem());
    assertNotNull(stripeProblem("t=" + STRIPE_TIME + ",v0=" + STRIPE_CODE, STRIPE_TIME));
  }

  @Test
  void hasAWindowOnBothSides() {
    String time = Long.toString(SLACK_TIME);
    assertNull(slackProblem(time, SLACK_SIGNATURE, SLACK_TIME + 300));
    assertNull(slackProblem(time, SLACK_SIGNATURE, SLACK_TIME - 300));
    assertEquals(
        "signature time, expected=one time in whole seconds since 1970, within 300 s of now,"
            + " actual=301 s in the past",
        slackProblem(time, SLACK_SIGNATURE, SLACK_TIME + 301));
    assertEquals(
        "signature time, expected=one time in whole seconds since 1970, within 300 s of now,"
            + " actual=301 s in the future",
        slackProblem(time, SLACK_SIGNATURE, SLACK_TIME - 301));
    assertNotNull(standardProblem(standardHeaders(), STANDARD_TIME + 301));
    assertNotNull(stripeProblem("t=" + STRIPE_TIME + ",v1=" + STRIPE_CODE, STRIPE_TIME + 301));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abc",
        "",
        "-1531420618",
        "+1531420618",
        "1531420618000",
        "1531420618.0",
        " 1531420618",
        "1531420619",
        "0x5b47a18a",
        "01531420618",
        "\u0661\u0665\u0663",
        "99999999999999999999"
      })
  void refusesAnotherTime(String time) {
    assertNotNull(slackProblem(time, SLACK_SIGNATURE, SLACK_TIME));
    assertNotNull(stripeProblem("t=" + time + ",v1=" + STRIPE_CODE, STRIPE_TIME));
    Map<String, List<String>> headers = standardHeaders();
    headers.put("webhook-timestamp", List.of(time));
    assertNotNull(standardProblem(headers, STANDARD_TIME));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "v1=",
        "t=1492774577",
        "v1=" + STRIPE_CODE,
        "t=1492774577,v1=" + STRIPE_CODE + "0",
        "t=1492774577,t=1492774577,v1=" + STRIPE_CODE,
        "t=1492774577;v1=" + STRIPE_CODE,
        "T=1492774577,V1=" + STRIPE_CODE,
        "t=1492774577,v1 =" + STRIPE_CODE
      })
  void refusesAnotherStripeHeader(String header) {
    assertNotNull(stripeProblem(header, STRIPE_TIME));
  }

  @Test
  void refusesWhatSignsOtherBytesOrAnotherId() {
    Map<String, List<String>> headers = standardHeaders();
    headers.put("webhook-id", List.of("msg_other"));
    assertNotNull(standardProblem(headers, STANDARD_TIME));
    headers.put("webhook-id", List.of(STANDARD_ID, STANDARD_ID));
    assertNotNull(standardProblem(headers, STANDARD_TIME));
    headers.remove("webhook-id");
    assertNotNull(standardProblem(headers, STANDARD_TIME));
    assertFalse(standard(STANDARD_SECRET)
            .verify(standardHeaders(), "{\"test\":2432232314}".getBytes(UTF_8), Instant.EPOCH)
            .problem()
        == null);
    assertEquals(
        "signature, expected=x-slack-signature: v0= and 64 lower-case hex digits,"
            + " actual=another one",
        slackProblem("1531420618", SLACK_SIGNATURE.replace("v0=", "v1="), SLACK_TIME));
  }

  @Test
  void tellsTheCodeItFound() {
    Signatures.Verdict verdict = standard(STANDARD_SECRET)
        .verify(
            standardHeaders(), STANDARD_BODY.getBytes(UTF_8), Instant.ofEpochSecond(STANDARD_TIME));
    assertEquals(32, HexFormat.of().parseHex(verdict.proof()).length);
    assertTrue(standard(STANDARD_SECRET).isProof("webhook-timestamp"));
    assertFalse(standard(STANDARD_SECRET).isProof("webhook-id"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"whsec_", "whsec_not base64!", "secret!"})
  void refusesAStandardSecretThatIsNoBase64AndDoesNotRepeatIt(String secret) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> standard(secret));
    assertEquals(
        "the secret of a standard webhook, expected=whsec_ and base64, actual=something else",
        fault.failure().message());
  }
}
