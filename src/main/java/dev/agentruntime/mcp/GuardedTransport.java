package dev.agentruntime.mcp;

import dev.agentruntime.mcp.McpSession.Told;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Stands between the SDK's client and a server: lets through the answers that somebody waits for
 * and the requests that it must answer, and nothing else. A server that keeps talking unasked is
 * given up. Safe on every thread.
 */
final class GuardedTransport implements McpClientTransport {

  /** Messages in a row that answer nothing before a server is given up. */
  static final int UNASKED_MAX = 10_000;

  /** Requests that may wait for an answer, those nobody waits for any more included. */
  static final int OPEN_MAX = 1_000;

  private final McpClientTransport wire;
  private final Told told;
  private final Map<Object, String> open = new ConcurrentHashMap<>();

  /** Calls whose progress was asked for, by their keys, and whether it is to be told again now. */
  private final Map<String, AtomicBoolean> asked = new ConcurrentHashMap<>();

  private final AtomicInteger unasked = new AtomicInteger();

  GuardedTransport(McpClientTransport wire, Told told) {
    this.wire = wire;
    this.told = told;
  }

  @Override
  public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler) {
    return wire.connect(message -> handler.apply(message.filter(this::wanted)));
  }

  private boolean wanted(JSONRPCMessage message) {
    if (message instanceof McpSchema.JSONRPCResponse response && response.id() != null) {
      String key = open.remove(response.id());
      if (key != null) {
        asked.remove(key);
        unasked.set(0);
        return true;
      }
    }
    if (message instanceof McpSchema.JSONRPCNotification notification
        && McpSchema.METHOD_NOTIFICATION_PROGRESS.equals(notification.method())
        && isProgress(notification.params())) {
      return false;
    }
    if (unasked.incrementAndGet() == UNASKED_MAX) {
      told.lost("it sent " + UNASKED_MAX + " messages in a row that nobody had asked for");
    }
    if (message instanceof McpSchema.JSONRPCNotification notification
        && McpSchema.METHOD_NOTIFICATION_TOOLS_LIST_CHANGED.equals(notification.method())) {
      told.toolsChanged();
    }
    return message instanceof McpSchema.JSONRPCRequest && unasked.get() < UNASKED_MAX;
  }

  /** Whether somebody asked for that; however often it is said, one thing is told at a time. */
  private boolean isProgress(@Nullable Object params) {
    if (!(params instanceof Map<?, ?> said)
        || !(said.get("progressToken") instanceof String key)
        || asked.get(key) == null) {
      return false;
    }
    AtomicBoolean due = asked.get(key);
    Progress progress = Progress.of(said);
    if (due != null && progress != null && due.compareAndSet(true, false)) {
      told.progress(key, progress, () -> due.set(true));
    }
    return progress != null;
  }

  @Override
  public Mono<Void> sendMessage(JSONRPCMessage message) {
    return Mono.defer(() -> {
      if (message instanceof McpSchema.JSONRPCRequest request) {
        if (open.size() >= OPEN_MAX) {
          return Mono.error(new NotSentException("too many calls wait for the server"));
        }
        String key = key(request.params());
        open.put(request.id(), key);
        if (wantsProgress(request.params())) {
          asked.put(key, new AtomicBoolean(true));
        }
      }
      return wire.sendMessage(message);
    });
  }

  private static String key(@Nullable Object params) {
    Map<String, Object> meta =
        params instanceof McpSchema.CallToolRequest call ? call.meta() : null;
    return meta == null ? "" : String.valueOf(meta.get(McpSession.EFFECT_KEY));
  }

  private static boolean wantsProgress(@Nullable Object params) {
    return params instanceof McpSchema.CallToolRequest call
        && call.meta() != null
        && call.meta().containsKey(McpSession.PROGRESS);
  }

  /** Tells the server that nobody waits for the call with this key any more. */
  Mono<Void> cancel(String effectKey, String why) {
    return Mono.defer(() -> {
      asked.remove(effectKey);
      for (Map.Entry<Object, String> one : open.entrySet()) {
        if (one.getValue().equals(effectKey)) {
          return wire.sendMessage(new McpSchema.JSONRPCNotification(
              "notifications/cancelled", Map.of("requestId", one.getKey(), "reason", why)));
        }
      }
      return Mono.empty();
    });
  }

  /**
   * A session that the server has forgotten is begun anew by us, with its tools listed again; the
   * SDK would only begin it anew. Whatever else breaks is told to the request that it concerns.
   */
  @Override
  public void setExceptionHandler(Consumer<Throwable> handler) {
    wire.setExceptionHandler(cause -> {
      if (Reasons.find(cause, McpTransportSessionNotFoundException.class) != null) {
        told.lost("it has forgotten the session");
      }
    });
  }

  @Override
  public Mono<Void> closeGracefully() {
    return wire.closeGracefully();
  }

  @Override
  public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
    return wire.unmarshalFrom(data, type);
  }

  @Override
  public List<String> protocolVersions() {
    return wire.protocolVersions();
  }
}
