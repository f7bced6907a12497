package dev.agentruntime.secret;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What operators said about secrets, and since when those with a time to live are in use. It is
 * kept among the cursors, under {@code secret:NAME}, which no trigger's id can be:
 *
 * <pre>
 * {"revoked":true,"source":"file:/run/secrets/new","since":1767225600000,"read":"file:old"}
 * </pre>
 *
 * @param revoked names of those that may not be used
 * @param moved where a value is found instead of where the manifest says
 * @param begun when times to live began
 */
public record SecretMarks(
    Set<String> revoked, Map<String, SecretRef> moved, Map<String, Begun> begun) {

  /**
   * When a time to live began.
   *
   * @param since wall-clock time
   * @param source where the value was read, as {@link SecretRef#shown}
   */
  public record Begun(Instant since, String source) {}

  private static final String PREFIX = "secret:";

  /** The marks among cursors. */
  public static SecretMarks of(Map<String, Json> cursors) {
    Set<String> revoked = new TreeSet<>();
    Map<String, SecretRef> moved = new LinkedHashMap<>();
    Map<String, Begun> begun = new LinkedHashMap<>();
    cursors.forEach((key, mark) -> {
      if (key.startsWith(PREFIX)) {
        String name = key.substring(PREFIX.length());
        Map<String, @Nullable Object> said = mark.object();
        if (Boolean.TRUE.equals(said.get("revoked"))) {
          revoked.add(name);
        }
        SecretRef source = SecretRef.parse(String.valueOf(said.get("source")));
        if (source != null) {
          moved.put(name, source);
        }
        if (said.get("since") instanceof Number since) {
          begun.put(
              name,
              new Begun(Instant.ofEpochMilli(since.longValue()), String.valueOf(said.get("read"))));
        }
      }
    });
    return new SecretMarks(revoked, moved, begun);
  }

  /**
   * Whether the value of a secret is to be marked as {@link SecretAction#LOADED}: no time to live
   * of one from this source has begun.
   */
  public boolean unmarked(String name, SecretRef source) {
    Begun mark = begun.get(name);
    return mark == null || !mark.source().equals(source.shown());
  }

  /**
   * What is left of a time to live, all of it when it has not begun, never more than all.
   *
   * @param source where the value is read now
   */
  public Duration left(String name, SecretRef source, Duration ttl, Instant now) {
    Begun mark = begun.get(name);
    if (mark == null || unmarked(name, source)) {
      return ttl;
    }
    Duration left = ttl.minus(Duration.between(mark.since(), now));
    return left.isNegative() ? Duration.ZERO : left.compareTo(ttl) > 0 ? ttl : left;
  }

  /**
   * What an entry changes; looking at a secret and using it changes nothing.
   *
   * @param time of the entry
   */
  public static void apply(SecretAccess access, Instant time, TreeMap<String, Json> cursors) {
    boolean revoked = access.action().equals(SecretAction.REVOKED.word());
    boolean loaded = access.action().equals(SecretAction.LOADED.word());
    if (!revoked && !loaded && !access.action().equals(SecretAction.ROTATED.word())) {
      return;
    }
    String key = PREFIX + access.secret();
    Map<String, @Nullable Object> mark =
        new LinkedHashMap<>(cursors.getOrDefault(key, Json.EMPTY).object());
    if (loaded) {
      mark.put("since", time.toEpochMilli());
      mark.put("read", access.source());
      cursors.put(key, Json.of(mark));
      return;
    }
    mark.put("revoked", revoked);
    if (!revoked) {
      mark.keySet().removeAll(Set.of("since", "read"));
    }
    if (!access.source().isEmpty()) {
      mark.put("source", access.source());
    }
    cursors.put(key, Json.of(mark));
  }
}
