package dev.agentruntime.guard;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks the signature of a webhook over the raw bytes of its body, under one or several secrets.
 * Safe on every thread.
 *
 * <pre>
 * scheme    header               value                         signed
 * generic   X-Webhook-Signature  sha256=HEX[,sha256=HEX...]    BODY
 * github    X-Hub-Signature-256  the same                      BODY
 * stripe    Stripe-Signature     t=TIME,v1=HEX[,v1=HEX...]     TIME.BODY
 * slack     X-Slack-Signature    v0=HEX                        v0:TIME:BODY
 * standard  webhook-signature    v1,BASE64[ v1,BASE64...]      ID.TIME.BODY
 * pagerduty X-PagerDuty-Signature v1=HEX[,v1=HEX...]           BODY
 * </pre>
 *
 * HEX and BASE64 are HMAC-SHA256; HEX is 64 lower-case digits, upper case is refused like any other
 * text. TIME is in whole seconds since 1970, under slack in {@code X-Slack-Request-Timestamp},
 * under standard in {@code webhook-timestamp} with ID in {@code webhook-id}; it must be within the
 * tolerance of now, on both sides. The secret is taken as UTF-8, under standard as base64 after
 * {@code whsec_}. A sender that is changing its secret may send several signatures; one good one
 * among the first eight, under any of our secrets, is enough.
 */
public final class Signatures {

  /** Most signatures looked at in one request. */
  public static final int CANDIDATES_MAX = 8;

  /** Digits of a time in seconds; one in milliseconds has more. */
  private static final int TIME_DIGITS_MAX = 10;

  private final SignatureScheme scheme;
  private final String header;
  private final Duration tolerance;
  private final List<Hmac> keys;
  private final Set<String> proofHeaders = new LinkedHashSet<>();

  private Signatures(SignatureScheme scheme, String header, Duration tolerance, List<Hmac> keys) {
    this.scheme = scheme;
    this.header = header;
    this.tolerance = tolerance;
    this.keys = keys;
    proofHeaders.addAll(scheme.proofHeaders());
    proofHeaders.add(header);
  }

  /**
   * What is found.
   *
   * @param problem what is wrong, null when the signature is good
   * @param proof of a good one: the code that was found, in hex; else empty
   */
  public record Verdict(@Nullable String problem, String proof) {}

  /**
   * A check.
   *
   * @param scheme {@code generic, github, stripe, slack, standard} or {@code pagerduty}
   * @param secrets at least one
   * @param header instead of the scheme's own, null = the scheme's own
   * @param tolerance how far a signed time may be from now
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} for an unknown scheme or a secret that is
   *     empty or, under standard, no base64
   */
  public static Signatures of(
      String scheme, List<String> secrets, @Nullable String header, Duration tolerance) {
    SignatureScheme known = SignatureScheme.of(scheme);
    if (known == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "signature scheme " + Json.quote(scheme) + " is unknown, expected=one of "
              + Arrays.stream(SignatureScheme.values())
                  .map(SignatureScheme::word)
                  .toList());
    }
    List<Hmac> keys = new ArrayList<>();
    for (String secret : secrets) {
      keys.add(new Hmac(known.key(secret)));
    }
    return new Signatures(
        known,
        header == null ? known.header() : header.toLowerCase(Locale.ROOT),
        tolerance,
        List.copyOf(keys));
  }

  /** The scheme's name. */
  public String scheme() {
    return scheme.word();
  }

  /** Whether a time is signed with the body, so that a copy is good only for a while. */
  public boolean isTimed() {
    return scheme.isTimed();
  }

  /** The header that carries the signature, in lower case. */
  public String header() {
    return header;
  }

  /** Whether a header, in lower case, is there only to prove who sent the request. */
  public boolean isProof(String name) {
    return proofHeaders.contains(name);
  }

  /**
   * Looks at a request.
   *
   * @param headers lower-case names
   * @param body the raw bytes
   */
  public Verdict verify(Map<String, List<String>> headers, byte[] body, Instant now) {
    List<String> values = headers.getOrDefault(header, List.of());
    SignatureScheme.Claim claim = scheme.claim(values, headers);
    if (scheme.isTimed() && !values.isEmpty()) {
      String problem = problemOfTime(claim.time(), now);
      if (problem != null) {
        return new Verdict(problem, "");
      }
    }
    byte[] found = claim.head() == null ? null : find(claim.codes(), claim.head(), body);
    return found == null
        ? new Verdict(
            "signature, expected=" + header + ": " + scheme.form() + ", actual="
                + (values.isEmpty() ? "missing" : "another one"),
            "")
        : new Verdict(null, HexFormat.of().formatHex(found));
  }

  /**
   * The headers that prove who sent a body and when, as Standard Webhooks 1.0 has them.
   *
   * @param secret {@code whsec_} and base64, or base64 alone; null = named and dated, not signed
   * @param id names the message, the same in every copy; without a dot
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} for another secret, not repeating it
   */
  public static Map<String, String> sign(
      @Nullable String secret, String id, Instant at, byte[] body) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(SignatureScheme.STANDARD_ID, id);
    headers.put("webhook-timestamp", String.valueOf(at.getEpochSecond()));
    if (secret != null) {
      byte[] head = (id + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8);
      byte[] code = new Hmac(SignatureScheme.STANDARD.key(secret)).of(head, body);
      headers.put(
          SignatureScheme.STANDARD.header(), "v1," + Base64.getEncoder().encodeToString(code));
    }
    return headers;
  }

  /** Every candidate is compared under every secret: how long it takes tells nothing. */
  private byte @Nullable [] find(List<byte[]> codes, byte[] head, byte[] body) {
    byte[] found = null;
    for (Hmac key : codes.isEmpty() ? List.<Hmac>of() : keys) {
      byte[] expected = key.of(head, body);
      for (byte[] code : codes) {
        if (MessageDigest.isEqual(expected, code)) {
          found = expected;
        }
      }
    }
    return found;
  }

  private @Nullable String problemOfTime(@Nullable String time, Instant now) {
    String expected = "signature time, expected=one time in whole seconds since 1970, within "
        + tolerance.toSeconds() + " s of now, actual=";
    if (time == null) {
      return expected + "none or several";
    }
    boolean digits = !time.isEmpty()
        && time.length() <= TIME_DIGITS_MAX
        && time.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits) {
      return expected + "something else";
    }
    Duration apart = Duration.between(Instant.ofEpochSecond(Long.parseLong(time)), now);
    return apart.abs().compareTo(tolerance) <= 0
        ? null
        : expected + apart.abs().toSeconds() + " s in the "
            + (apart.isNegative() ? "future" : "past");
  }
}
