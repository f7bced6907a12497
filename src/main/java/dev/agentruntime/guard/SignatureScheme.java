package dev.agentruntime.guard;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How each scheme writes its signatures, and what it signs in front of the body. */
enum SignatureScheme {
  GENERIC("x-webhook-signature", null, "sha256= and 64 lower-case hex digits"),
  GITHUB("x-hub-signature-256", null, "sha256= and 64 lower-case hex digits"),
  STRIPE("stripe-signature", null, "t=SECONDS,v1= and 64 lower-case hex digits"),
  SLACK("x-slack-signature", "x-slack-request-timestamp", "v0= and 64 lower-case hex digits"),
  STANDARD("webhook-signature", "webhook-timestamp", "v1, and base64"),
  PAGERDUTY("x-pagerduty-signature", null, "v1= and 64 lower-case hex digits");

  /** The header that names a message under {@link #STANDARD}. */
  static final String STANDARD_ID = "webhook-id";

  private static final String STANDARD_SECRET = "whsec_";
  private static final int CODE_BYTES = 32;
  private static final Pattern COMMA = Pattern.compile(",");
  private static final Pattern SPACE = Pattern.compile(" ");

  private final String header;
  private final @Nullable String timeHeader;
  private final String form;

  SignatureScheme(String header, @Nullable String timeHeader, String form) {
    this.header = header;
    this.timeHeader = timeHeader;
    this.form = form;
  }

  /** The scheme of a name, null when there is none. */
  static @Nullable SignatureScheme of(String word) {
    for (SignatureScheme scheme : values()) {
      if (scheme.word().equals(word)) {
        return scheme;
      }
    }
    return null;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The header with the signatures, in lower case. */
  String header() {
    return header;
  }

  /** What a signature looks like, for people. */
  String form() {
    return form;
  }

  /** Whether a time is signed with the body. */
  boolean isTimed() {
    return this == STRIPE || timeHeader != null;
  }

  /** The headers that are only there to prove something. */
  List<String> proofHeaders() {
    return timeHeader == null ? List.of(header) : List.of(header, timeHeader);
  }

  /**
   * What a request says.
   *
   * @param codes at most {@link Signatures#CANDIDATES_MAX}, 32 bytes each
   * @param time as written; null when it is missing or given twice
   * @param head what is signed in front of the body; null when a part of it is missing
   */
  record Claim(List<byte[]> codes, @Nullable String time, byte @Nullable [] head) {}

  /** What a request says; {@code values} are those of the signature's header. */
  Claim claim(List<String> values, Map<String, List<String>> headers) {
    List<String> parts = parts(values);
    String time = timeHeader == null ? null : only(headers.get(timeHeader));
    return switch (this) {
      case GENERIC, GITHUB -> new Claim(codes(parts, "sha256="), null, new byte[0]);
      case PAGERDUTY -> new Claim(codes(parts, "v1="), null, new byte[0]);
      case STRIPE -> {
        List<String> times = parts.stream()
            .filter(part -> part.startsWith("t="))
            .map(part -> part.substring(2))
            .toList();
        String one = only(times);
        yield new Claim(codes(parts, "v1="), one, one == null ? null : bytes(one + "."));
      }
      case SLACK ->
        new Claim(codes(parts, "v0="), time, time == null ? null : bytes("v0:" + time + ":"));
      case STANDARD -> {
        String id = only(headers.get(STANDARD_ID));
        byte[] head = id == null || time == null ? null : bytes(id + "." + time + ".");
        yield new Claim(codes(parts, "v1,"), time, head);
      }
    };
  }

  private List<String> parts(List<String> values) {
    Pattern between = this == STANDARD ? SPACE : COMMA;
    List<String> parts = new ArrayList<>();
    for (String value : values) {
      for (String part : between.split(value, 4 * Signatures.CANDIDATES_MAX)) {
        parts.add(part.strip());
      }
    }
    return parts;
  }

  /** The first eight that may be signatures; others may be there for schemes to come. */
  private List<byte[]> codes(List<String> parts, String prefix) {
    List<byte[]> codes = new ArrayList<>();
    int left = Signatures.CANDIDATES_MAX;
    for (String part : parts) {
      if (part.startsWith(prefix) && left-- > 0) {
        String text = part.substring(prefix.length());
        byte[] code = this == STANDARD ? base64(text) : hex(text);
        if (code != null) {
          codes.add(code);
        }
      }
    }
    return codes;
  }

  private static @Nullable String only(@Nullable List<String> values) {
    return values != null && values.size() == 1 ? values.get(0) : null;
  }

  private static byte @Nullable [] hex(String text) {
    if (text.length() != 2 * CODE_BYTES) {
      return null;
    }
    byte[] code = new byte[CODE_BYTES];
    for (int i = 0; i < 2 * CODE_BYTES; i++) {
      char c = text.charAt(i);
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) {
        return null;
      }
      code[i / 2] = (byte) (code[i / 2] << 4 | digit);
    }
    return code;
  }

  private static byte @Nullable [] base64(String text) {
    try {
      byte[] code = Base64.getDecoder().decode(text);
      return code.length == CODE_BYTES ? code : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * The key that a secret stands for.
   *
   * @throws RuntimeFault INVALID_CONFIG, which does not repeat the secret
   */
  byte[] key(String secret) {
    if (secret.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "the secret of a webhook is empty, expected=some characters");
    }
    if (this != STANDARD) {
      return bytes(secret);
    }
    String text =
        secret.startsWith(STANDARD_SECRET) ? secret.substring(STANDARD_SECRET.length()) : secret;
    try {
      byte[] key = Base64.getDecoder().decode(text);
      if (key.length > 0) {
        return key;
      }
    } catch (IllegalArgumentException e) {
      // Said below, without what Java says: it repeats characters of the secret.
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "the secret of a standard webhook, expected=whsec_ and base64, actual=something else");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
