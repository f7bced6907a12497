package dev.agentruntime.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes bodies of one length that differ in id and send time:
 *
 * <pre>{"id":"RUN-000000000042","sent_at":1763798400123456,"pad":"xxx..."}</pre>
 *
 * <p>{@code sent_at} is microseconds since 1970. Owned by: the event loop of one load run.
 */
final class LoadBody {

  private static final int ID_DIGITS = 12;
  private static final int TIME_DIGITS = 16;

  private final String run;
  private final byte[] template;
  private final int idAt;
  private final int timeAt;
  private final @Nullable Mac mac;

  /**
   * A series of bodies.
   *
   * @param run makes ids of this run unlike those of any other
   * @param bytes length of each body
   * @param secret signs them, null = no signature
   */
  LoadBody(String run, int bytes, @Nullable String secret) {
    String head = "{\"id\":\"" + run + "-";
    String middle = "\",\"sent_at\":";
    String tail = ",\"pad\":\"";
    int pad =
        bytes - (head.length() + ID_DIGITS + middle.length() + TIME_DIGITS + tail.length() + 2);
    this.run = run;
    this.idAt = head.length();
    this.timeAt = idAt + ID_DIGITS + middle.length();
    this.template = (head
            + "0".repeat(ID_DIGITS)
            + middle
            + "0".repeat(TIME_DIGITS)
            + tail
            + "x".repeat(pad)
            + "\"}")
        .getBytes(US_ASCII);
    this.mac = secret == null ? null : newMac(secret);
  }

  /** The id of a request, unique among all runs. */
  String id(long number) {
    byte[] digits = new byte[ID_DIGITS];
    write(digits, 0, ID_DIGITS, number);
    return run + "-" + new String(digits, US_ASCII);
  }

  /** A body, new each time. */
  byte[] bytes(long number, long sentAtMicros) {
    byte[] body = template.clone();
    write(body, idAt, ID_DIGITS, number);
    write(body, timeAt, TIME_DIGITS, sentAtMicros);
    return body;
  }

  /** The value of {@code X-Hub-Signature-256} for a body, null when nothing is signed. */
  @Nullable
  String signature(byte[] body) {
    return mac == null ? null : "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
  }

  private static void write(byte[] into, int at, int digits, long value) {
    long rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      into[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  private static Mac newMac(String secret) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
