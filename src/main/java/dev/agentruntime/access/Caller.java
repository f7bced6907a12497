package dev.agentruntime.access;

import org.jspecify.annotations.Nullable;

/**
 * Who asks.
 *
 * @param name the token's name, or {@code anonymous}
 * @param scope what the caller may do
 * @param address where the request came from, an IP address without a port
 * @param digest of the token that was shown, null when there was none
 */
public record Caller(
    String name, Scope scope, String address, @Nullable String digest) {

  /** Whoever shows no token. */
  public static final String ANONYMOUS = "anonymous";

  /** One without a token. */
  public Caller(String name, Scope scope, String address) {
    this(name, scope, address, null);
  }
}
