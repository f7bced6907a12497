package dev.agentruntime.web;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.http.BodyReader;
import dev.agentruntime.http.Linger;
import dev.agentruntime.http.Problem;
import dev.agentruntime.trigger.WebhookRoutes.Answer;
import dev.agentruntime.trigger.WebhookRoutes.Request;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Takes the requests of one event loop: finds the path, reads the body within the limits, has the
 * path's handler answer. What is refused before its body was read ends its connection, so that
 * nobody has to read the rest.
 *
 * <p>Owned by: the event loop whose requests it takes; {@link #answer} may come from any thread.
 */
final class RequestReader {

  private static final System.Logger LOG = System.getLogger(RequestReader.class.getName());
  private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
  private static final CharSequence PROBLEM = HttpHeaders.createOptimized(Problem.MEDIA_TYPE);
  private static final Json OK =
      Json.trusted("{\"status\":\"ok\"}".getBytes(StandardCharsets.UTF_8));

  /** Methods that mean nothing on any path here. */
  private static final Set<HttpMethod> REFUSED =
      Set.of(HttpMethod.OPTIONS, HttpMethod.TRACE, HttpMethod.CONNECT);

  private final WebhookIngress.Shared shared;
  private final Map<String, Listener.Registered> paths;
  private final ConnectionLimits limits;

  RequestReader(
      WebhookIngress.Shared shared,
      Map<String, Listener.Registered> paths,
      ConnectionLimits limits) {
    this.shared = shared;
    this.paths = paths;
    this.limits = limits;
  }

  /** A request whose head is complete. */
  void read(HttpServerRequest request) {
    limits.began(request.connection());
    request.response().endHandler(ended -> limits.ended(request.connection()));
    HttpMethod method = request.method();
    if (REFUSED.contains(method)) {
      refuse(request, ErrorCode.METHOD_NOT_ALLOWED, "method, expected=POST, actual=" + method);
      return;
    }
    boolean health = method.equals(HttpMethod.GET) && "/health".equals(request.path());
    Failure closed = shared.closed().get();
    if (closed != null) {
      answer(request.response(), Answer.of(closed));
    } else if (health) {
      answer(request.response(), new Answer(200, OK, 0));
    } else {
      route(request);
    }
  }

  /** A request whose head cannot be read; its connection ends with the answer. */
  void malformed(HttpServerRequest request, Problem problem) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return;
    }
    response
        .setStatusCode(problem.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .end(Buffer.buffer(problem.toJson().bytes()));
    request.connection().close();
  }

  private void route(HttpServerRequest request) {
    String path = request.path();
    Listener.Registered target = path == null ? null : paths.get(path);
    if (target == null) {
      refuse(request, ErrorCode.NOT_FOUND, "no webhook has this path");
      return;
    }
    if (request.headers().getAll(HttpHeaders.CONTENT_TYPE).size() > 1) {
      refuse(request, ErrorCode.INVALID_REQUEST, "Content-Type, expected=once, actual=several");
      return;
    }
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // The decoder has refused what is no number; a long one is more than any limit.
    if (length != null
        && (length.length() > 10 || Long.parseLong(length) > shared.limits().bodyBytesMax())) {
      tooLarge(request);
      return;
    }
    BodyRead body = new BodyRead(request, target, this, shared.timers().nanos());
    limits.reading(body);
    body.start();
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      request.response().writeContinue();
    }
  }

  int bodyBytesMax() {
    return shared.limits().bodyBytesMax();
  }

  void done(BodyRead body) {
    limits.read(body);
  }

  /** The body is complete. */
  void handle(HttpServerRequest request, Listener.Registered target, byte[] body) {
    String query = request.query();
    Request whole = new Request(
        shared.ids().next(),
        request.method().name(),
        request.path(),
        query == null ? "" : query,
        headers(request),
        request.remoteAddress().hostAddress(),
        body);
    target.handler().handle(whole).onComplete(answered -> {
      if (answered.failed()) {
        LOG.log(System.Logger.Level.ERROR, "a webhook handler failed", answered.cause());
      }
      answer(
          request.response(),
          answered.succeeded()
              ? answered.result()
              : Answer.of(new Failure(ErrorCode.INTERNAL, "")));
    });
  }

  private static Map<String, List<String>> headers(HttpServerRequest request) {
    Map<String, List<String>> out = new LinkedHashMap<>();
    request.headers().forEach((name, value) -> {
      String lower = name.toLowerCase(Locale.ROOT);
      List<String> first = out.putIfAbsent(lower, List.of(value));
      if (first != null) {
        List<String> more = new ArrayList<>(first);
        more.add(value);
        out.put(lower, more);
      }
    });
    return out;
  }

  void tooLarge(HttpServerRequest request) {
    refuse(
        request,
        ErrorCode.PAYLOAD_TOO_LARGE,
        "body, expected=at most " + shared.limits().bodyBytesMax() + " bytes");
  }

  void tooSlow(HttpServerRequest request) {
    refuse(
        request,
        ErrorCode.REQUEST_TIMEOUT,
        "body, expected=whole within " + shared.limits().bodyTimeout().toMillis() + " ms");
  }

  /** Answers a request whose body nobody will read, and ends its connection if there is more. */
  private void refuse(HttpServerRequest request, ErrorCode code, String message) {
    HttpServerResponse response = request.response();
    if (request.isEnded() || !BodyReader.announced(request)) {
      answer(response, Answer.of(new Failure(code, message)));
      return;
    }
    response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    Linger.over(request, shared.timers());
    answer(response, Answer.of(new Failure(code, message)));
  }

  private void answer(HttpServerResponse response, Answer answer) {
    if (response.ended() || response.closed()) {
      return;
    }
    int status = answer.status();
    response
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, status < 400 ? JSON : PROBLEM);
    if (status == 405) {
      response.putHeader(HttpHeaders.ALLOW, "POST");
    }
    if (answer.retryAfterSeconds() > 0) {
      response.putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(answer.retryAfterSeconds()));
    }
    // The sender may be gone by now; what it was to be told is durable all the same.
    response.end(Buffer.buffer(answer.body().bytes()));
  }
}
