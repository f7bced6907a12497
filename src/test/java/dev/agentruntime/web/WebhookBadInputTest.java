package dev.agentruntime.web;

import static dev.agentruntime.web.IngressFixture.SECRET;
import static dev.agentruntime.web.IngressFixture.SMALL;
import static dev.agentruntime.web.IngressFixture.post;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.http.RawHttp.Reply;
import dev.agentruntime.trigger.ListSink;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bad webhooks of the list of bad inputs, against a real listener: status, code, no run. */
class WebhookBadInputTest {

  private static final String JSON = "content-type: application/json";
  private static final String HELLO = "\"Hello, World!\"";

  /** GitHub's example is not JSON, so it goes as text. */
  private static final String GITHUB = "content-type: text/plain|x-hub-signature-256: sha256="
      + "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

  private static IngressFixture fixture = IngressFixture.serving(SMALL);
  private static ListSink open = fixture.open("/open", null, "generic");
  private static ListSink github = fixture.open("/github", SECRET, "github");

  @BeforeAll
  static void start() {
    assertTrue(fixture.port() > 0);
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  private static Reply send(String request) throws IOException {
    return RawHttp.exchange(fixture.port(), request);
  }

  private static void refused(Reply reply, ErrorCode code) {
    assertEquals(code.status(), reply.status(), reply.toString());
    assertEquals("application/problem+json", reply.header("content-type"));
    assertEquals(code.name(), Json.parse(reply.body()).object().get("code"), reply.body());
  }

  @ParameterizedTest(name = "{1} {2}")
  @CsvSource(delimiter = '!', textBlock = """
      INVALID_JSON           ! content-type: application/json                        ! {"a":
      INVALID_JSON           ! content-type: application/json                        ! hello
      INVALID_JSON           ! content-type: application/json                        ! {"a":1,"a":2}
      INVALID_JSON           ! content-type: application/json                        ! {} {}
      INVALID_JSON           ! content-type: application/json                        ! ''
      INVALID_JSON           ! content-type: Application/Problem+JSON                ! nope
      INVALID_JSON           ! x-none: of them                                       ! hello
      UNSUPPORTED_MEDIA_TYPE ! content-type: application/json; charset=utf-7         ! {}
      UNSUPPORTED_MEDIA_TYPE ! content-type: text/plain; charset="iso-8859-1"        ! x
      UNSUPPORTED_MEDIA_TYPE ! content-type: multipart/form-data; boundary=x         ! --x--
      UNSUPPORTED_MEDIA_TYPE ! content-type: application/x-www-form-urlencoded       ! a=1
      UNSUPPORTED_MEDIA_TYPE ! content-type: application/octet-stream                ! {}
      UNSUPPORTED_MEDIA_TYPE ! content-type: json                                    ! {}
      UNSUPPORTED_MEDIA_TYPE ! content-type: application/json|content-encoding: gzip ! {}
      INVALID_REQUEST        ! content-type: text/plain|content-type: text/plain     ! {}
      INVALID_REQUEST        ! content-type: text/plain|Content-Type: text/html      ! {}
      INVALID_REQUEST        ! idempotency-key:                                      ! {}
      INVALID_REQUEST        ! idempotency-key: a|idempotency-key: b                 ! {}
      INVALID_REQUEST        ! webhook-id: caf\u00e9                                 ! {}
      """)
  void refusesContent(ErrorCode code, String headers, String body) throws IOException {
    int before = open.offers();
    refused(send(post("/open", headers, body)), code);
    assertEquals(before, open.offers());
  }

  @Test
  void refusesALongDeliveryId() throws IOException {
    refused(send(post("/open", "webhook-id: " + "x".repeat(257), "{}")), ErrorCode.INVALID_REQUEST);
    assertEquals(
        202, send(post("/open", "webhook-id: a.b." + "x".repeat(252), "1")).status());
  }

  @Test
  void refusesTextThatIsNotUtf8() throws IOException {
    refused(send(post("/open", "content-type: text/plain", "\u00e9")), ErrorCode.INVALID_REQUEST);
    refused(send(post("/open", JSON, "\"\u00e9\"")), ErrorCode.INVALID_JSON);
  }

  static List<String> badSignatures() {
    String hex = GITHUB.substring(GITHUB.indexOf('=') + 1);
    return List.of(
        "x-none: of them",
        "x-hub-signature: sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59",
        "x-webhook-signature: sha256=" + hex,
        "x-hub-signature-256: " + hex,
        "x-hub-signature-256: sha256=" + hex.toUpperCase(Locale.ROOT),
        "x-hub-signature-256: sha256=" + hex.replace('7', '8'),
        "x-hub-signature-256: sha256=\u00e9",
        "x-hub-signature-256:");
  }

  @ParameterizedTest
  @MethodSource("badSignatures")
  void refusesASignature(String header) throws IOException {
    int before = github.offers();
    Reply reply = send(post("/github", "content-type: text/plain|" + header, "Hello, World!"));
    refused(reply, ErrorCode.INVALID_SIGNATURE);
    assertFalse(reply.body().contains(SECRET));
    assertEquals(before, github.offers());
  }

  @Test
  void refusesTheSignatureOfOtherBytes() throws IOException {
    refused(send(post("/github", GITHUB, "Hello, World!\n")), ErrorCode.INVALID_SIGNATURE);
    refused(send(post("/github", GITHUB, HELLO)), ErrorCode.INVALID_SIGNATURE);
  }

  @Test
  void takesAGoodSignatureAlsoBesideAnother() throws IOException {
    assertEquals(202, send(post("/github", GITHUB, "Hello, World!")).status());
    String rotated = GITHUB.replace("sha256=", "sha256=" + "0".repeat(64) + ",sha256=");
    assertEquals(202, send(post("/github", rotated, "Hello, World!")).status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"})
  void refusesAnotherMethod(String method) throws IOException {
    try (RawHttp http = new RawHttp(fixture.port())) {
      Reply reply = method.equals("HEAD")
          ? headOnly(http, method)
          : http.send(method + " /open HTTP/1.1\r\nhost: x\r\n\r\n").reply();
      assertEquals(405, reply.status());
      assertEquals("POST", reply.header("allow"));
    }
  }

  private static Reply headOnly(RawHttp http, String method) throws IOException {
    http.send(method + " /open HTTP/1.0\r\n\r\n");
    // A reply to HEAD has a length but no body: what follows is the end.
    Reply reply = http.reply();
    assertEquals("", reply.body());
    return reply;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/open/",
        "/OPEN",
        "//open",
        "/open%2f",
        "/%6fpen",
        "/api/v1/processes",
        "/metrics",
        "/openapi.yaml",
        "/health/../open"
      })
  void knowsNoOtherPath(String path) throws IOException {
    refused(send(post(path, JSON, "{}")), ErrorCode.NOT_FOUND);
    refused(send("GET " + path + " HTTP/1.1\r\nhost: x\r\n\r\n"), ErrorCode.NOT_FOUND);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "PROCESS_STOPPED, ''",
    "INBOX_FULL, 5",
    "OVERLOADED, 5",
    "JOURNAL_CLOSED, 5",
    "DRAINING, 5",
    "INTERNAL, ''",
    "KEY_REUSED, ''"
  })
  void passesOnWhatTheProcessSays(ErrorCode code, String retryAfter) throws IOException {
    open.refuse(code);
    Reply reply = send(post("/open", JSON, "{}"));
    refused(reply, code);
    assertEquals(retryAfter, reply.header("retry-after"));
  }

  @Test
  void theSameIdWithAnotherBodyIsRefused() throws IOException {
    int before = open.events().size();
    assertEquals(202, send(post("/open", "idempotency-key: k1", "{\"a\":1}")).status());
    refused(send(post("/open", "idempotency-key: k1", "{\"a\":2}")), ErrorCode.KEY_REUSED);
    assertEquals(before + 1, open.events().size());
  }

  @Test
  void aHeaderWithALineBreakInItIsNoHeader() throws IOException {
    Reply reply = send("POST /open HTTP/1.1\r\nhost: x\r\nx-a: b\r\n folded\r\nx-c: d\u0000e\r\n"
        + "content-length: 2\r\n\r\n{}");
    assertEquals(400, reply.status(), reply.toString());
  }
}
