package dev.agentruntime.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
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

  private final Signatures github = Signatures.of("github", SECRET, null);

  @Test
  void takesGitHubsDocumentedExample() {
    assertEquals("x-hub-signature-256", github.header());
    assertTrue(github.verify(List.of(GOOD), BODY));
    assertTrue(Signatures.of("generic", SECRET, null).verify(List.of(GOOD), BODY));
  }

  @Test
  void refusesAnotherSecretOrBody() {
    assertFalse(Signatures.of("github", SECRET + "!", null).verify(List.of(GOOD), BODY));
    assertFalse(github.verify(List.of(GOOD), "Hello, World! ".getBytes(UTF_8)));
    assertFalse(github.verify(List.of(GOOD), new byte[0]));
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
    assertFalse(github.verify(List.of(value), BODY));
  }

  @Test
  void refusesUpperCaseAndNone() {
    assertFalse(github.verify(List.of("sha256=" + HEX.toUpperCase(Locale.ROOT)), BODY));
    assertFalse(github.verify(List.of(), BODY));
  }

  @Test
  void takesOneGoodSignatureAmongEight() {
    assertTrue(github.verify(List.of(OTHER, GOOD), BODY));
    assertTrue(github.verify(List.of(OTHER + ", " + GOOD), BODY));
    assertFalse(github.verify(Collections.nCopies(8, OTHER + "," + OTHER), BODY));
    String ninth = String.join(",", Collections.nCopies(8, OTHER)) + "," + GOOD;
    assertFalse(github.verify(List.of(ninth), BODY));
  }

  @Test
  void takesAnotherHeader() {
    assertEquals("x-sig", Signatures.of("generic", SECRET, "X-Sig").header());
    assertEquals("x-webhook-signature", Signatures.of("generic", SECRET, null).header());
  }

  @Test
  void refusesAnUnknownSchemeAndAnEmptySecret() {
    RuntimeFault scheme =
        assertThrows(RuntimeFault.class, () -> Signatures.of("gitlab", SECRET, null));
    assertEquals(
        "signature scheme \"gitlab\" is unknown, expected=one of [generic, github]",
        scheme.failure().message());
    RuntimeFault secret = assertThrows(RuntimeFault.class, () -> Signatures.of("github", "", null));
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
