package dev.agentruntime.observe;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.outbound.GuardedClient;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Posts events. Every copy carries the same id; the guard of outgoing requests is asked each time.
 *
 * <pre>
 * POST URL
 * Content-Type: application/json
 * Idempotency-Key: ID
 * webhook-id: ID
 * webhook-event: TYPE
 * webhook-timestamp: SECONDS
 * webhook-signature: v1,BASE64      of "ID.SECONDS.BODY", when there is a secret
 * </pre>
 */
final class WebhookSink implements Sink {

  /** Tries after the first one. */
  static final int RETRIES = 3;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final GuardedClient.Limits LIMITS =
      new GuardedClient.Limits(4 << 10, Duration.ofSeconds(10));

  private final String url;
  private final Supplier<Future<@Nullable String>> secret;
  private final Sender sender;
  private final Timers timers;

  /** Sends one request; answers with the status. */
  @FunctionalInterface
  interface Sender {
    /** Once. */
    Future<Integer> send(GuardedClient.Request request, GuardedClient.Limits limits);
  }

  /**
   * A webhook.
   *
   * @param secret finds the secret at each delivery; null in it = nothing is signed
   */
  WebhookSink(String url, Supplier<Future<@Nullable String>> secret, Sender sender, Timers timers) {
    this.url = url;
    this.secret = secret;
    this.sender = sender;
    this.timers = timers;
  }

  @Override
  public String kind() {
    return "webhook";
  }

  @Override
  public Future<Void> take(OperationalEvent event) {
    return attempt(event, event.json().bytes(), 0);
  }

  private Future<Void> attempt(OperationalEvent event, byte[] body, int tried) {
    return secret.get().compose(value -> post(event, body, value)).recover(cause -> {
      if (tried >= RETRIES || refused(cause)) {
        return Future.failedFuture(cause);
      }
      Promise<Void> later = Promise.promise();
      Timers.Armed ignored = timers.after(
          FIRST_PAUSE.multipliedBy(1L << tried),
          () -> attempt(event, body, tried + 1).onComplete(later));
      return later.future();
    });
  }

  /** An address that may not be reached, or a secret that is none, will be so a second later. */
  private static boolean refused(Throwable cause) {
    Throwable inner = cause.getCause() == null ? cause : cause.getCause();
    return inner instanceof RuntimeFault fault
        && (fault.code() == ErrorCode.FORBIDDEN || fault.code() == ErrorCode.INVALID_CONFIG);
  }

  private Future<Void> post(OperationalEvent event, byte[] body, @Nullable String value) {
    Instant now = timers.now();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("Idempotency-Key", event.id());
    headers.put("webhook-event", event.type().word());
    headers.putAll(Signatures.sign(value, event.id(), now, body));
    return sender
        .send(new GuardedClient.Request("POST", url, headers, body, false), LIMITS)
        .compose(status -> status / 100 == 2
            ? Future.succeededFuture()
            : Future.failedFuture(new RuntimeFault(
                ErrorCode.UNREACHABLE, "the webhook answered HTTP " + status + ", expected 2xx")));
  }
}
