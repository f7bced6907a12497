package dev.agentruntime.guard;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks the signature of a webhook over the raw bytes of its body. Safe on every thread.
 *
 * <pre>
 * scheme   header               value
 * generic  X-Webhook-Signature  sha256=HEX[,sha256=HEX...]   HEX = HMAC-SHA256(secret, body)
 * github   X-Hub-Signature-256  the same
 * </pre>
 *
 * HEX is 64 lower-case digits, as GitHub sends them; upper case is refused like any other text. A
 * sender that is changing its secret may send several signatures, by comma or by repeating the
 * header; one good one among the first eight is enough.
 */
public final class Signatures {

  /** The schemes there are, with the header of each in lower case. */
  public static final Map<String, String> SCHEMES =
      Map.of("generic", "x-webhook-signature", "github", "x-hub-signature-256");

  /** Most signatures looked at in one request. */
  public static final int CANDIDATES_MAX = 8;

  private static final String PREFIX = "sha256=";
  private static final Pattern COMMA = Pattern.compile(",");

  private final String scheme;
  private final String header;
  private final Hmac hmac;

  private Signatures(String scheme, String header, Hmac hmac) {
    this.scheme = scheme;
    this.header = header;
    this.hmac = hmac;
  }

  /**
   * A check.
   *
   * @param scheme a key of {@link #SCHEMES}
   * @param secret at least one character, taken as UTF-8
   * @param header instead of the scheme's own, null = the scheme's own
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} for an unknown scheme or an empty secret
   */
  public static Signatures of(String scheme, String secret, @Nullable String header) {
    String own = SCHEMES.get(scheme);
    if (own == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "signature scheme " + Json.quote(scheme) + " is unknown, expected=one of "
              + SCHEMES.keySet().stream().sorted().toList());
    }
    if (secret.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "the secret of a webhook is empty, expected=some characters");
    }
    return new Signatures(
        scheme,
        header == null ? own : header.toLowerCase(Locale.ROOT),
        new Hmac(secret.getBytes(StandardCharsets.UTF_8)));
  }

  /** The scheme's name. */
  public String scheme() {
    return scheme;
  }

  /** The header that carries the signature, in lower case. */
  public String header() {
    return header;
  }

  /**
   * Whether one of the values signs the body.
   *
   * @param values what the header says, in any shape; empty when it is missing
   * @param body the raw bytes
   */
  public boolean verify(List<String> values, byte[] body) {
    byte[] expected = null;
    int left = CANDIDATES_MAX;
    for (String value : values) {
      for (String candidate : COMMA.split(value, CANDIDATES_MAX + 1)) {
        byte[] code = left-- > 0 ? code(candidate.strip()) : null;
        if (code == null) {
          continue;
        }
        expected = expected == null ? hmac.of(body) : expected;
        if (MessageDigest.isEqual(expected, code)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The bytes of {@code sha256=HEX}, null for anything else. */
  private static byte @Nullable [] code(String text) {
    if (text.length() != PREFIX.length() + 64 || !text.startsWith(PREFIX)) {
      return null;
    }
    byte[] code = new byte[32];
    for (int i = 0; i < 64; i++) {
      char c = text.charAt(PREFIX.length() + i);
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) {
        return null;
      }
      code[i / 2] = (byte) (code[i / 2] << 4 | digit);
    }
    return code;
  }
}
