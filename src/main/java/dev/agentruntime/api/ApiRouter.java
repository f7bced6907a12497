package dev.agentruntime.api;

import dev.agentruntime.access.AccessControl;
import dev.agentruntime.access.Caller;
import dev.agentruntime.access.Scope;
import dev.agentruntime.api.ApiServer.Serving;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.http.BodyReader;
import dev.agentruntime.http.HostCheck;
import dev.agentruntime.http.Linger;
import dev.agentruntime.http.Problem;
import dev.agentruntime.http.RequestId;
import dev.agentruntime.resource.Resources;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Note;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes a request from its first byte to its answer: who may ask, which resource, what was sent.
 * Called on the server's event loop. Every answer carries its request's id. Every refusal is
 * problem JSON; what was not foreseen is logged under an id, and only the id is answered.
 */
final class ApiRouter {

  private static final Logger LOG = System.getLogger(ApiRouter.class.getName());

  /** Also on answers of an API: browsers must neither sniff, frame, cache nor embed them. */
  private static final Map<String, String> SECURITY_HEADERS = Map.of(
      "X-Content-Type-Options", "nosniff",
      "X-Frame-Options", "DENY",
      "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
      "Cross-Origin-Resource-Policy", "same-origin",
      "Referrer-Policy", "no-referrer",
      "Cache-Control", "no-store");

  /** The route of what has none, or was not looked for. */
  private static final String ANYWHERE = "*";

  private static final Set<HttpMethod> METHODS = Set.of(
      HttpMethod.GET,
      HttpMethod.HEAD,
      HttpMethod.POST,
      HttpMethod.PUT,
      HttpMethod.PATCH,
      HttpMethod.DELETE,
      HttpMethod.OPTIONS);

  private final Supplier<Serving> serving;
  private final AccessControl access;
  private final BodyReader bodies;
  private final Timers timers;
  private final Ids ids;
  private final Router router;

  ApiRouter(
      Vertx vertx,
      Supplier<Serving> serving,
      AccessControl access,
      HttpLimits limits,
      Timers timers) {
    this.serving = serving;
    this.access = access;
    this.bodies = new BodyReader(limits, timers);
    this.timers = timers;
    this.ids = Ids.random(timers);
    this.router = routes(vertx, Resources.endpoints());
  }

  /**
   * Answers a request.
   *
   * @param hosts who may ask, null while the port is being taken
   */
  void handle(HttpServerRequest request, @Nullable HostCheck hosts) {
    RequestId.give(request, ids);
    try {
      if (hosts == null) {
        throw starting();
      }
      hosts.check(
          request.headers().getAll(HttpHeaders.HOST), request.headers().getAll(HttpHeaders.ORIGIN));
      if (!request.uri().startsWith("/")) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST, "request target, expected=a path that begins with /");
      }
      if (request.headers().getAll(HttpHeaders.CONTENT_TYPE).size() > 1) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST, "Content-Type, expected=once, actual=several");
      }
      router.handle(request);
    } catch (RuntimeFault refusal) {
      refused(request, ANYWHERE, refusal.code().status());
      refuse(request, refusal);
    }
  }

  /** Answers a request whose head cannot be read; its connection ends with that. */
  void malformed(HttpServerRequest request, Problem problem) {
    RequestId.give(request, ids);
    refused(request, "a head that cannot be read", problem.status());
    send(
        request, Answer.of(problem.withRequest(RequestId.of(request))).with("Connection", "close"));
    request
        .connection()
        .close()
        .onFailure(cause -> LOG.log(Level.DEBUG, "a connection did not close", cause));
  }

  private Router routes(Vertx vertx, List<Endpoint> endpoints) {
    Router table = Router.router(vertx);
    Set<String> paths = new LinkedHashSet<>();
    for (Endpoint endpoint : endpoints) {
      paths.add(endpoint.path());
      table
          .route(HttpMethod.valueOf(endpoint.method()), endpoint.path())
          .handler(routing -> answer(endpoint, routing));
      if (endpoint.isSafe()) {
        table.head(endpoint.path()).handler(routing -> answer(endpoint, routing));
      }
    }
    for (String path : paths) {
      String allow = Endpoint.allow(endpoints, path);
      table
          .route(path)
          .handler(routing -> otherwise(routing, () -> otherMethod(routing.request(), allow)));
    }
    table
        .route()
        .handler(routing ->
            otherwise(routing, () -> refuse(routing.request(), notFound(routing.request()))));
    table.route().failureHandler(routing -> failed(routing));
    table.errorHandler(400, routing -> failed(routing));
    table.errorHandler(404, routing -> refuse(routing.request(), notFound(routing.request())));
    table.errorHandler(500, routing -> failed(routing));
    return table;
  }

  private void answer(Endpoint endpoint, RoutingContext routing) {
    HttpServerRequest request = routing.request();
    Future<Answer> answer;
    try {
      Serving now = serving.get();
      if (endpoint.path().equals("/health")) {
        Map<String, String> unused = checkQuery(endpoint, routing);
        answer = Future.succeededFuture(health(now));
      } else {
        Caller caller = admit(endpoint.scope(), request, endpoint.path());
        AgentRuntime runtime = ready(endpoint, now);
        Note note = new Note(
            runtime, caller, request.method().name() + " " + request.path(), RequestId.of(request));
        answer = handled(endpoint, routing, runtime, caller, note);
        if (endpoint.isAudited()) {
          answer = audited(request, note, answer);
        }
      }
    } catch (RuntimeException e) {
      answer = Future.failedFuture(e);
    }
    answer.onComplete(good -> send(request, good), cause -> refuse(request, cause));
  }

  private Future<Answer> handled(
      Endpoint endpoint, RoutingContext routing, AgentRuntime runtime, Caller caller, Note note) {
    try {
      return call(endpoint, routing, runtime, caller, note).compose(endpoint.resource()::handle);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** Writes down who did what, before the answer leaves; refused attempts too. */
  private Future<Answer> audited(HttpServerRequest request, Note note, Future<Answer> answer) {
    return answer.transform(done -> {
      int status = done.succeeded()
          ? done.result().status()
          : Failure.of(done.cause()).code().status();
      return note.end(status)
          .onFailure(cause -> LOG.log(
              Level.WARNING,
              "an operator's action was not journaled, request_id=" + RequestId.of(request),
              cause))
          .transform(written -> answer);
    });
  }

  private static Answer health(Serving now) {
    AgentRuntime runtime = now.runtime();
    return runtime == null
        ? Resources.recovering()
        : Resources.health(runtime.status(), now.draining());
  }

  private static AgentRuntime ready(Endpoint endpoint, Serving now) {
    AgentRuntime runtime = now.runtime();
    if (now.draining() && (runtime == null || !endpoint.isSafe())) {
      throw new RuntimeFault(ErrorCode.DRAINING, "the node is stopping and takes no new work");
    }
    if (runtime == null) {
      throw starting();
    }
    return runtime;
  }

  private Future<Call> call(
      Endpoint endpoint, RoutingContext routing, AgentRuntime runtime, Caller caller, Note note) {
    HttpServerRequest request = routing.request();
    Map<String, String> query = checkQuery(endpoint, routing);
    Map<String, String> headers = new LinkedHashMap<>();
    request
        .headers()
        .forEach((name, value) -> headers.putIfAbsent(name.toLowerCase(Locale.ROOT), value));
    Map<String, String> path = Map.copyOf(routing.pathParams());
    return body(endpoint, request)
        .map(body -> new Call(runtime, access, caller, path, query, headers, body, note));
  }

  private Future<byte[]> body(Endpoint endpoint, HttpServerRequest request) {
    boolean announced = BodyReader.announced(request);
    if (endpoint.body() == Endpoint.Body.NONE) {
      if (announced) {
        throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "body, expected=none");
      }
      return Future.succeededFuture(new byte[0]);
    }
    if (!announced && endpoint.body() == Endpoint.Body.OPTIONAL_JSON) {
      return Future.succeededFuture(new byte[0]);
    }
    String unused = BodyReader.requireType(
        request.getHeader(HttpHeaders.CONTENT_TYPE), endpoint.body().mediaTypes());
    return bodies.read(request);
  }

  private static Map<String, String> checkQuery(Endpoint endpoint, RoutingContext routing) {
    Map<String, String> query = new LinkedHashMap<>();
    parameters(routing).forEach((name, value) -> {
      if (!endpoint.query().contains(name)) {
        throw new RuntimeFault(
            ErrorCode.UNKNOWN_FIELD,
            "query parameter " + Json.quote(name) + " is unknown, expected="
                + (endpoint.query().isEmpty() ? "none" : "one of " + endpoint.query()));
      }
      if (query.put(name, value) != null) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST, "query parameter " + name + ", expected=once");
      }
    });
    return query;
  }

  private static MultiMap parameters(RoutingContext routing) {
    try {
      return routing.queryParams();
    } catch (HttpException e) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "query, expected=percent-encoded UTF-8", e);
    }
  }

  private Caller admit(Scope needed, HttpServerRequest request, String route) {
    List<String> authorization = request.headers().getAll(HttpHeaders.AUTHORIZATION);
    try {
      return access.admit(needed, authorization, request.remoteAddress().hostAddress());
    } catch (RuntimeFault refusal) {
      refused(request, route, refusal.code().status());
      throw refusal;
    }
  }

  /**
   * Notes who was turned away; nothing that the request says of itself is kept but its id and the
   * name of a token that is known.
   */
  private void refused(HttpServerRequest request, String route, int status) {
    String method = METHODS.contains(request.method()) ? request.method().name() + " " : "";
    access
        .refusals()
        .refused(new OperatorAction(
            access.who(request.headers().getAll(HttpHeaders.AUTHORIZATION)),
            request.remoteAddress().hostAddress(),
            method + route,
            status,
            RequestId.of(request)));
  }

  /** What is not there is told only to whoever may look. */
  private void otherwise(RoutingContext routing, Runnable answer) {
    try {
      Caller unused = admit(Scope.READ, routing.request(), ANYWHERE);
      answer.run();
    } catch (RuntimeFault refusal) {
      refuse(routing.request(), refusal);
    }
  }

  private void otherMethod(HttpServerRequest request, String allow) {
    if (request.method().equals(HttpMethod.OPTIONS)) {
      send(request, Answer.nothing().with("Allow", allow));
    } else {
      Problem problem = Problem.of(
          ErrorCode.METHOD_NOT_ALLOWED,
          "method " + Json.quote(request.method().name()) + ", expected=" + allow);
      send(request, Answer.of(problem.withRequest(RequestId.of(request))).with("Allow", allow));
    }
  }

  private void failed(RoutingContext routing) {
    Throwable cause = routing.failure();
    if (cause == null || routing.statusCode() == 400) {
      cause = new RuntimeFault(
          ErrorCode.INVALID_REQUEST, "the path or query of the request cannot be decoded");
    }
    refuse(routing.request(), cause);
  }

  private void refuse(HttpServerRequest request, Throwable cause) {
    Problem problem = problem(request, cause);
    Answer answer = Answer.of(problem);
    send(request, problem.status() == 401 ? answer.with("WWW-Authenticate", "Bearer") : answer);
  }

  /** What a caller may know of a failure. */
  private Problem problem(HttpServerRequest request, Throwable cause) {
    Failure failure = Failure.of(cause);
    String requestId = RequestId.of(request);
    if (failure.code() == ErrorCode.INTERNAL) {
      String errorId = ids.next();
      LOG.log(
          Level.ERROR, "a request failed, error_id=" + errorId + " request_id=" + requestId, cause);
      return Problem.internal(errorId).withRequest(requestId);
    }
    Problem problem = Problem.of(failure).withRequest(requestId);
    List<String> lines = failure.message().lines().toList();
    return lines.size() > 1 ? problem.withErrors(lines) : problem;
  }

  private static RuntimeFault starting() {
    return new RuntimeFault(
        ErrorCode.STARTING,
        "the node is recovering its journal, come again in a moment",
        Duration.ofSeconds(1));
  }

  private static RuntimeFault notFound(HttpServerRequest request) {
    return new RuntimeFault(
        ErrorCode.NOT_FOUND, "there is nothing at " + Json.quote(request.path()));
  }

  private void send(HttpServerRequest request, Answer answer) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return;
    }
    response.setStatusCode(answer.status());
    SECURITY_HEADERS.forEach(response::putHeader);
    answer.headers().forEach(response::putHeader);
    boolean unread = BodyReader.announced(request) && !request.isEnded();
    if (unread) {
      // What was not read cannot be skipped within limits: the connection ends with the answer.
      response.putHeader(HttpHeaders.CONNECTION, "close");
      Linger.over(request, timers);
    }
    Answer.Stream stream = answer.stream();
    if (stream != null && !request.method().equals(HttpMethod.HEAD)) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType());
      stream.begin(response);
      return;
    }
    Json body = answer.body();
    Future<Void> sent;
    if (body == null) {
      sent = response.end();
    } else {
      response.putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType());
      sent = response.end(Buffer.buffer(body.bytes()));
    }
    sent.onFailure(cause -> LOG.log(Level.DEBUG, "an answer was not taken", cause));
  }
}
