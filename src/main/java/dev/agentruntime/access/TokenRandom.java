package dev.agentruntime.access;

import java.security.SecureRandom;

/** Draws what tokens are made of; safe on every thread. */
public final class TokenRandom {

  /** 256 bits. */
  static final int BYTES = 32;

  private static final SecureRandom SOURCE = new SecureRandom();

  private TokenRandom() {}

  /** 32 bytes that nobody can guess. */
  public static byte[] draw() {
    byte[] bytes = new byte[BYTES];
    SOURCE.nextBytes(bytes);
    return bytes;
  }
}
