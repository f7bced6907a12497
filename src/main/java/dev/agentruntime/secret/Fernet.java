package dev.agentruntime.secret;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Fernet tokens: AES-128-CBC, then HMAC-SHA256 over all before it.
 *
 * <pre>
 * key    16 bytes for signing, 16 for encryption
 * token  base64url of  0x80 | time, seconds, 8 bytes | IV, 16 bytes | cipher text | HMAC, 32 bytes
 * </pre>
 *
 * <p>Source: the Fernet specification, version 0x80. Pure.
 */
public final class Fernet {

  static final int KEY_BYTES = 32;
  static final int IV_BYTES = 16;

  private static final byte VERSION = (byte) 0x80;
  private static final int HEAD_BYTES = 1 + 8 + IV_BYTES;
  private static final int MAC_BYTES = 32;

  private Fernet() {}

  /** Encrypts. */
  static String encrypt(byte[] key, byte[] text, Instant now, byte[] iv) {
    try {
      byte[] cipher = cipher(Cipher.ENCRYPT_MODE, key, iv).doFinal(text);
      byte[] signed = ByteBuffer.allocate(HEAD_BYTES + cipher.length)
          .put(VERSION)
          .putLong(now.getEpochSecond())
          .put(iv)
          .put(cipher)
          .array();
      byte[] token = Arrays.copyOf(signed, signed.length + MAC_BYTES);
      System.arraycopy(mac(key, signed), 0, token, signed.length, MAC_BYTES);
      return Base64.getUrlEncoder().encodeToString(token);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no Fernet in this JVM", e);
    }
  }

  /**
   * Decrypts what {@link #encrypt} wrote under the same key; its time is not judged.
   *
   * @throws IllegalArgumentException when it is no token, or of another key
   */
  static byte[] decrypt(byte[] key, String text) {
    byte[] token = Base64.getUrlDecoder().decode(text);
    int length = token.length - MAC_BYTES;
    if (length < HEAD_BYTES || token[0] != VERSION || (length - HEAD_BYTES) % IV_BYTES != 0) {
      throw new IllegalArgumentException("no Fernet token");
    }
    byte[] signed = Arrays.copyOf(token, length);
    try {
      // In constant time, and before anything is decrypted.
      if (!MessageDigest.isEqual(
          mac(key, signed), Arrays.copyOfRange(token, length, token.length))) {
        throw new IllegalArgumentException("the token was not made under this key");
      }
      byte[] iv = Arrays.copyOfRange(token, 9, HEAD_BYTES);
      return cipher(Cipher.DECRYPT_MODE, key, iv).doFinal(token, HEAD_BYTES, length - HEAD_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("no Fernet token", e);
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] iv) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(mode, new SecretKeySpec(key, 16, 16, "AES"), new IvParameterSpec(iv));
    return cipher;
  }

  private static byte[] mac(byte[] key, byte[] signed) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, 0, 16, "HmacSHA256"));
    return mac.doFinal(signed);
  }
}
