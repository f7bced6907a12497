package dev.agentruntime.trigger;

import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.http.Problem;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where webhook triggers are reached; served by {@code web}. One listener per host and port, shared
 * by all processes. Safe on every thread.
 */
public interface WebhookRoutes {

  /**
   * Opens a path.
   *
   * @param host null = the node's ingress
   * @param port 0 with a null host = the node's ingress
   * @param path begins with {@code /}
   * @param handler called on the listener's thread; it hops to its process itself
   * @return the open route; fails with {@code INVALID_CONFIG} when another process has that path,
   *     naming both
   */
  Future<Route> open(@Nullable String host, int port, String path, String owner, Handler handler);

  /** A route that can be taken back. */
  interface Route {
    /** Takes it back; the listener closes with its last route. */
    Future<Void> close();
  }

  /** Answers one request; never fails, every refusal is an answer. */
  @FunctionalInterface
  interface Handler {
    /** One request. */
    Future<Answer> handle(Request request);
  }

  /**
   * A request whose body was read within the limits.
   *
   * @param eventId minted at ingress; the same when the request is forwarded or retried inside
   * @param headers lower-case names, values in order
   * @param remote the peer's IP address
   * @param body the raw bytes
   */
  record Request(
      String eventId,
      String method,
      String path,
      String query,
      Map<String, List<String>> headers,
      String remote,
      byte[] body) {

    /** The first value of a header, null when there is none. */
    public @Nullable String header(String lowerCaseName) {
      List<String> values = headers.get(lowerCaseName);
      return values == null || values.isEmpty() ? null : values.get(0);
    }
  }

  /**
   * An answer.
   *
   * @param status HTTP status
   * @param body a JSON object
   * @param retryAfterSeconds for the {@code Retry-After} header, 0 = none
   */
  record Answer(int status, Json body, int retryAfterSeconds) {
    /** A refusal, as problem JSON. */
    public static Answer of(Failure failure) {
      Problem problem = Problem.of(failure);
      return new Answer(problem.status(), problem.toJson(), problem.retryAfterSeconds());
    }
  }
}
