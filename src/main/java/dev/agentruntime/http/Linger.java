package dev.agentruntime.http;

import dev.agentruntime.time.Timers;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/**
 * Ends the connection of a request that was answered before its body was read. Closing at once
 * resets the connection while the caller still sends, and a reset can overtake the answer (RFC 9112
 * §9.6): what still comes is thrown away until the body ends or half a second is over.
 */
public final class Linger {

  private static final Duration LIMIT = Duration.ofMillis(500);

  private Linger() {}

  /** Called on the request's event loop, before its answer is sent; paused or not. */
  public static void over(HttpServerRequest request, Timers timers) {
    Timers.Armed limit = timers.after(LIMIT, () -> request.connection().close());
    request.handler(rest -> {});
    request.exceptionHandler(gone -> limit.cancel());
    request.endHandler(end -> {
      limit.cancel();
      request.connection().close();
    });
    request.resume();
  }
}
