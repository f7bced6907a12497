package dev.agentruntime.delivery;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.outbound.GuardedClient;
import dev.agentruntime.run.Kits;
import dev.agentruntime.secret.SecretAction;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Posts what is owed to an address outside. Every copy of an item carries the same id, so that a
 * receiver can tell the second from a new one. Owned by: the process's context.
 *
 * <pre>
 * POST URL
 * Content-Type: application/json
 * Idempotency-Key: ID
 * webhook-id: ID
 * webhook-timestamp: SECONDS
 * webhook-signature: v1,BASE64      of "ID.SECONDS.BODY", when the manifest names a secret
 * </pre>
 */
final class WebhookCalls {

  private static final GuardedClient.Limits LIMITS =
      new GuardedClient.Limits(4 << 10, Duration.ofSeconds(10));

  /** What a secret is used for, where a tool would have its name. */
  private static final String USE = "escalation";

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final Kits kits;

  WebhookCalls(ProcessLog log, ProcessDeps deps, Kits kits) {
    this.log = log;
    this.deps = deps;
    this.kits = kits;
  }

  /**
   * Posts an item once.
   *
   * @return succeeds when the other side answered 2xx; fails with FORBIDDEN when the address may
   *     not be reached, and with anything else when another try makes sense
   */
  Future<Void> call(Outbox.Item item) {
    String secret = log.image().config().governance().people().escalationSecret();
    Future<GuardedClient.Request> request = secret == null
        ? Future.succeededFuture(request(item, null))
        : kits.secrets()
            .once(secret)
            .map(value -> request(item, value))
            .compose(signed -> log.write(new OperatorEntry.SecretAccess(
                    secret, SecretAction.USED.word(), USE, item.id(), ""))
                .map(signed));
    return request.compose(made -> deps.outbound().send(made, LIMITS)).transform(done -> {
      if (done.failed()) {
        return Future.failedFuture(cause(done.cause()));
      }
      int status = done.result().status();
      return status / 100 == 2
          ? Future.succeededFuture()
          : Future.failedFuture(new RuntimeFault(
              ErrorCode.UNREACHABLE, "the webhook answered HTTP " + status + ", expected 2xx"));
    });
  }

  /** What was never sent says why inside. */
  private static Throwable cause(Throwable cause) {
    Throwable inner = cause.getCause();
    return inner instanceof RuntimeFault ? inner : cause;
  }

  private GuardedClient.Request request(Outbox.Item item, @Nullable String value) {
    byte[] body = item.emission().data().bytes();
    Instant now = deps.timers().now();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("Idempotency-Key", item.id());
    headers.putAll(Signatures.sign(value, item.id(), now, body));
    return new GuardedClient.Request("POST", item.emission().name(), headers, body, false);
  }
}
