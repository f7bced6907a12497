package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.core.TriggerEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a process and each other process have told one another lately, as digests. Part of the fold.
 * Owned by: the process's context.
 */
final class Exchanges {

  /** Messages with equal content from which on two processes only play ping-pong. */
  static final int EQUAL_MIN = 4;

  private static final int REPEATED_MIN = 2;

  private static final int PEERS_MAX = 64;
  private static final int MESSAGES_MAX = 64;

  private final Map<String, Deque<Told>> byPeer = new LinkedHashMap<>();

  /**
   * A message.
   *
   * @param in whether it came in
   */
  private record Told(Instant time, boolean in, String digest) {}

  /** An event of the bus came in. */
  void heard(TriggerEvent event, Instant time, Duration window) {
    boolean message = event.triggerType().equals("message");
    if (!message && !event.triggerType().equals("event")) {
      return;
    }
    Map<String, @Nullable Object> payload =
        event.payload().isObject() ? event.payload().object() : Map.of();
    if (payload.get(message ? "sender" : "source") instanceof String peer) {
      String digest = Canonical.value(payload.get(message ? "content" : "data"));
      note(peer, new Told(time, true, digest), window);
    }
  }

  /** Something is owed to another process. */
  void said(String peer, String digest, Instant time, Duration window) {
    note(peer, new Told(time, false, digest), window);
  }

  private void note(String peer, Told told, Duration window) {
    Deque<Told> all = byPeer.remove(peer);
    if (all == null) {
      all = new ArrayDeque<>();
    }
    Instant oldest = told.time().minus(window);
    all.removeIf(earlier -> earlier.time().isBefore(oldest));
    all.add(told);
    if (all.size() > MESSAGES_MAX) {
      all.remove();
    }
    byPeer.put(peer, all);
    if (byPeer.size() > PEERS_MAX) {
      byPeer.remove(byPeer.keySet().iterator().next());
    }
  }

  /** Who plays ping-pong with it, null when nobody does. */
  @Nullable
  String pingPong(Instant now, Duration window) {
    Instant oldest = now.minus(window);
    for (Map.Entry<String, Deque<Told>> peer : byPeer.entrySet()) {
      Map<String, Integer> in = new HashMap<>();
      Map<String, Integer> out = new HashMap<>();
      for (Told told : peer.getValue()) {
        if (!told.time().isBefore(oldest)) {
          (told.in() ? in : out).merge(told.digest(), 1, Integer::sum);
        }
      }
      if (echoes(in, out) || echoes(out, in)) {
        return peer.getKey();
      }
    }
    return null;
  }

  /**
   * Whether the other side says the same as one that repeats itself, or repeats itself too: a
   * heartbeat is no conversation, whatever else is said once.
   */
  private static boolean echoes(Map<String, Integer> side, Map<String, Integer> other) {
    boolean repeats = other.values().stream().anyMatch(count -> count >= REPEATED_MIN);
    return side.entrySet().stream().anyMatch(one -> {
      int back = other.getOrDefault(one.getKey(), 0);
      return one.getValue() + back >= EQUAL_MIN && (back > 0 || repeats);
    });
  }

  void clear() {
    byPeer.clear();
  }

  List<Object> toValues() {
    List<Object> out = new ArrayList<>();
    byPeer.forEach((peer, all) -> {
      for (Told told : all) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("peer", peer);
        one.put("time", told.time().toString());
        one.put("in", told.in());
        one.put("digest", told.digest());
        out.add(one);
      }
    });
    return out;
  }

  void read(List<Fields> values) {
    for (Fields each : values) {
      byPeer
          .computeIfAbsent(each.text("peer"), peer -> new ArrayDeque<>())
          .add(new Told(Instant.parse(each.text("time")), each.flag("in"), each.text("digest")));
    }
  }
}
