package dev.agentruntime.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignaturesTest {

  /** The example GitHub documents for its webhooks. */
  private static final String SECRET = "It's a Secret to Everybody";

  private static final byte[] BODY = "Hello, World!".getBytes(UTF_8);
  private static final String HEX =
      "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  private static final String GOOD = "sha256=" + HEX;
  private static final String OTHER = "sha256=" + "0".repeat(64);

  private final Signatures github = signatures("github", SECRET, null);

  private static Signatures signatures(String scheme, String secret, @Nullable String header) {
    return Signatures.of(scheme, List.of(secret), header, Duration.ofMinutes(5));
  }

  private static boolean verify(Signatures signatures, List<String> values, byte[] body) {
    return signatures
            .verify(Map.of(signatures.header(), values), body, Instant.EPOCH)
            .problem()
        == null;
  }

  @Test
  void takesGitHubsDocumentedExample() {
    assertEquals("x-hub-signature-256", github.header());
    assertTrue(verify(github, List.of(GOOD), BODY));
    assertTrue(verify(signatures("generic", SECRET, null), List.of(GOOD), BODY));
  }

  @Test
  void refusesAnotherSecretOrBody() {
    assertFalse(verify(signatures("github", SECRET + "!", null), List.of(GOOD), BODY));
    assertFalse(verify(github, List.of(GOOD), "Hello, World! ".getBytes(UTF_8)));
    assertFalse(verify(github, List.of(GOOD), new byte[0]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha256=",
        HEX,
        "sha1=757107ea0eb2509fc211221cce984b8a37570b6d",
        "SHA256=" + HEX,
        "sha256=" + HEX + "0",
        "sha256 =" + HEX,
        "sha256=é57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "sha256=7５7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "\u0000"
      })
  void refusesAnythingElse(String value) {
    assertFalse(verify(github, List.of(value), BODY));
  }

  @Test
  void refusesUpperCaseAndNone() {
    assertFalse(verify(github, List.of("sha256=" + HEX.toUpperCase(Locale.ROOT)), BODY));
    assertFalse(verify(github, List.of(), BODY));
  }

  @Test
  void takesOneGoodSignatureAmongEight() {
    assertTrue(verify(github, List.of(OTHER, GOOD), BODY));
    assertTrue(verify(github, List.of(OTHER + ", " + GOOD), BODY));
    assertFalse(verify(github, Collections.nCopies(8, OTHER + "," + OTHER), BODY));
    String ninth = String.join(",", Collections.nCopies(8, OTHER)) + "," + GOOD;
    assertFalse(verify(github, List.of(ninth), BODY));
  }

  @Test
  void takesAnotherHeader() {
    assertEquals("x-sig", signatures("generic", SECRET, "X-Sig").header());
    assertEquals("x-webhook-signature", signatures("generic", SECRET, null).header());
  }

  @Test
  void refusesAnUnknownSchemeAndAnEmptySecret() {
    RuntimeFault scheme =
        assertThrows(RuntimeFault.class, () -> signatures("gitlab", SECRET, null));
    assertEquals(
        "signature scheme \"gitlab\" is unknown, expected=one of [generic, github, stripe, slack,"
            + " standard, pagerduty]",
        scheme.failure().message());
    RuntimeFault secret = assertThrows(RuntimeFault.class, () -> signatures("github", "", null));
    assertEquals(ErrorCode.INVALID_CONFIG, secret.code());
  }

  /** RFC 4231, test case 2. */
  @Test
  void hmacAgreesWithItsStandard() {
    assertEquals(
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        HexFormat.of()
            .formatHex(new Hmac("Jefe".getBytes(UTF_8))
                .of("what do ya want for nothing?".getBytes(UTF_8))));
  }
}
