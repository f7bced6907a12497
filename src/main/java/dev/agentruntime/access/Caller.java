package dev.agentruntime.access;

/**
 * Who asks.
 *
 * @param name the token's name, or {@code anonymous}
 * @param scope what the caller may do
 * @param address where the request came from, an IP address without a port
 */
public record Caller(String name, Scope scope, String address) {

  /** Whoever shows no token. */
  public static final String ANONYMOUS = "anonymous";
}
