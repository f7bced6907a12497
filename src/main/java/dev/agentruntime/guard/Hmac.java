package dev.agentruntime.guard;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 (RFC 2104) under one key. Safe on every thread; shows its key to nobody. */
public final class Hmac {

  private static final String ALGORITHM = "HmacSHA256";

  private final Mac keyed;

  /** A key of at least one byte; the array is not kept. */
  public Hmac(byte[] key) {
    try {
      keyed = Mac.getInstance(ALGORITHM);
      keyed.init(new SecretKeySpec(key, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /** The code of some bytes, 32 bytes. */
  public byte[] of(byte[] data) {
    return of(new byte[0], data);
  }

  /** The code of two pieces, one after the other, 32 bytes. */
  public byte[] of(byte[] head, byte[] data) {
    try {
      // A Mac is for one thread; a copy of the keyed one costs less than a new one.
      Mac mac = (Mac) keyed.clone();
      mac.update(head);
      return mac.doFinal(data);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's " + ALGORITHM + " can be cloned", e);
    }
  }
}
