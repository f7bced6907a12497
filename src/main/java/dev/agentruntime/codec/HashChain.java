package dev.agentruntime.codec;

import dev.agentruntime.core.Hex;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;

/**
 * The links between the entries of one process. Changing, dropping or reordering an entry breaks
 * every link after it; replacing its data {@code d} by the data's own hash {@code x} breaks none.
 *
 * <pre>
 * h = SHA-256(  previous h        32 bytes, all zero before the first entry
 *             | p '\n' s '\n' e '\n' t '\n' k '\n'
 *                                 UTF-8, exactly as in the line, without the quotes
 *             | SHA-256(d)        32 bytes, over the bytes of the value of "d" as they stand
 *            )
 * </pre>
 *
 * None of the five fields can hold a line break, so no two entries give the same bytes.
 *
 * <p>Owned by: one thread.
 */
public final class HashChain {

  /** Bytes of a link. */
  public static final int LENGTH = 32;

  private final MessageDigest digest = Hex.newSha256();
  private final byte[] data = new byte[LENGTH];
  private final byte[] link = new byte[LENGTH];

  /** A chain calculator; it keeps nothing from one entry to the next. */
  public HashChain() {}

  /** What stands before the first entry of a process. */
  public static byte[] start() {
    return new byte[LENGTH];
  }

  /** Hashes the value of {@code d}, the first half of a link. */
  public void data(byte[] source, int offset, int length) {
    digest.update(source, offset, length);
    finish(data);
  }

  /** Takes the hash of the value of {@code d} where the value itself is gone. */
  public void dataHash(byte[] hash) {
    System.arraycopy(hash, 0, data, 0, LENGTH);
  }

  /** Begins the second half. */
  public void begin(byte[] previous) {
    digest.update(previous, 0, LENGTH);
  }

  /** Adds one of p, s, e, t, k, in this order. */
  public void field(byte[] source, int offset, int length) {
    digest.update(source, offset, length);
    digest.update((byte) '\n');
  }

  /** Adds one of p, s, e, t, k, in this order. */
  public void field(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
  }

  /** The finished link; the array is this object's own and lasts until the next one. */
  public byte[] end() {
    digest.update(data);
    finish(link);
    return link;
  }

  private void finish(byte[] target) {
    try {
      digest.digest(target, 0, LENGTH);
    } catch (DigestException e) {
      throw new IllegalStateException(e);
    }
  }
}
