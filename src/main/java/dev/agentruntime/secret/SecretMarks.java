package dev.agentruntime.secret;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What operators said about secrets. It is kept among the cursors, under {@code secret:NAME}, which
 * no trigger's id can be:
 *
 * <pre>
 * {"revoked":true,"source":"file:/run/secrets/new"}
 * </pre>
 *
 * @param revoked names of those that may not be used
 * @param moved where a value is found instead of where the manifest says
 */
public record SecretMarks(Set<String> revoked, Map<String, SecretRef> moved) {

  private static final String PREFIX = "secret:";

  /** The marks among cursors. */
  public static SecretMarks of(Map<String, Json> cursors) {
    Set<String> revoked = new TreeSet<>();
    Map<String, SecretRef> moved = new LinkedHashMap<>();
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
      }
    });
    return new SecretMarks(revoked, moved);
  }

  /** What an entry changes; looking at a secret and using it changes nothing. */
  public static void apply(SecretAccess access, TreeMap<String, Json> cursors) {
    boolean revoked = access.action().equals(SecretAction.REVOKED.word());
    if (!revoked && !access.action().equals(SecretAction.ROTATED.word())) {
      return;
    }
    String key = PREFIX + access.secret();
    Map<String, @Nullable Object> mark =
        new LinkedHashMap<>(cursors.getOrDefault(key, Json.EMPTY).object());
    mark.put("revoked", revoked);
    if (!access.source().isEmpty()) {
      mark.put("source", access.source());
    }
    cursors.put(key, Json.of(mark));
  }
}
