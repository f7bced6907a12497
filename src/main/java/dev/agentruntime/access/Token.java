package dev.agentruntime.access;

import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of a token. The token itself is shown once, when it is made: 256 random bits
 * need no salt and no slow hash, for nobody can guess one.
 *
 * @param id names it, for revoking
 * @param name whose it is, in an operator's words
 * @param scope what it allows
 * @param digest SHA-256 of the token, lower-case hex
 * @param created when it was made or last rotated
 */
public record Token(String id, String name, Scope scope, String digest, Instant created) {

  /** How a token begins, so that one that leaked is found by whoever scans for it. */
  public static final String PREFIX = "art_";

  /** The digest of a token as presented. */
  static String digest(String secret) {
    return Hex.sha256(secret.getBytes(StandardCharsets.UTF_8));
  }

  /** What may be shown of it: {@code {"id","name","scope","created"}}. */
  public Json shown() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", id);
    all.put("name", name);
    all.put("scope", scope.word());
    all.put("created", created.toString());
    return Json.of(all);
  }
}
