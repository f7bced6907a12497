package dev.agentruntime.console;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Talks to the control API of a running node. Blocks the calling thread, which must be the command
 * line's own. A refusal of the node is thrown as the fault the node named.
 */
public final class ApiClient {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  /** From one look for an answer to the next. */
  private static final Duration LOOK = Duration.ofMillis(200);

  private final URI base;
  private final @Nullable String token;
  private final HttpClient client;
  private final @Nullable Console console;
  private final Thread owner = Thread.currentThread();
  private @Nullable Progress progress;

  /**
   * A client of one node.
   *
   * @param base {@code http://host:port}
   * @param token shown with every request, null = none
   * @param console is told of answers that take their time, on a terminal; null = nobody is
   */
  ApiClient(URI base, @Nullable String token, @Nullable Console console) {
    this.base = base;
    this.token = token;
    this.console = console;
    this.client = HttpClient.newBuilder()
        .connectTimeout(CONNECT_TIMEOUT)
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .build();
  }

  /** A client of the node at {@code http://host:port}; no token when it is null. */
  public static ApiClient of(URI base, @Nullable String token) {
    return new ApiClient(base, token, null);
  }

  /** The requests from here on are one matter, which may take its time. */
  public void waitsFor(String what) {
    progress = console == null ? null : new Progress(console, "waiting for " + what);
  }

  /** {@code text} as one segment of a path, or as a value in a query. */
  public static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The path of a process. */
  public static String process(String name) {
    return "/api/v1/processes/" + escaped(name);
  }

  /** GET; answers the body. */
  public Json get(String path) {
    return send(request(path).GET());
  }

  /** POST of a JSON object, or of nothing; answers the body. */
  public Json post(String path, @Nullable Json body, Map<String, String> headers) {
    HttpRequest.Builder request = request(path);
    headers.forEach(request::header);
    if (body == null) {
      return send(request.POST(BodyPublishers.noBody()));
    }
    return send(request
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofByteArray(body.bytes())));
  }

  /** POST of a manifest; answers the body. */
  public Json postYaml(String path, byte[] manifest) {
    return send(request(path)
        .header("Content-Type", "application/yaml")
        .POST(BodyPublishers.ofByteArray(manifest)));
  }

  /** PATCH with a JSON object; answers the body. */
  public Json patch(String path, Json body) {
    return send(request(path)
        .header("Content-Type", "application/json")
        .method("PATCH", BodyPublishers.ofByteArray(body.bytes())));
  }

  /** DELETE; answers the body. */
  public Json delete(String path) {
    return send(request(path).DELETE());
  }

  /**
   * POST of a JSON object that is answered with events while they come.
   *
   * @param each is told name and data of each
   */
  public void events(
      String path, Json body, Map<String, String> headers, BiConsumer<String, String> each) {
    HttpRequest.Builder request = request(path).setHeader("Accept", "text/event-stream");
    headers.forEach(request::header);
    HttpRequest asked = request
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofByteArray(body.bytes()))
        .build();
    answered(() -> {
      HttpResponse<Stream<String>> response = sent(asked, BodyHandlers.ofLines());
      try (Stream<String> lines = response.body()) {
        if (response.statusCode() >= 400) {
          String problem = lines.collect(Collectors.joining("\n"));
          throw refusal(response.statusCode(), problem.getBytes(StandardCharsets.UTF_8));
        }
        String[] name = {""};
        lines.forEach(line -> {
          if (line.startsWith("event: ")) {
            name[0] = line.substring(7);
          } else if (line.startsWith("data: ")) {
            each.accept(name[0], line.substring(6));
          }
        });
        return Json.EMPTY;
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    });
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create(base.getScheme() + "://" + base.getAuthority() + path))
        .timeout(ANSWER_TIMEOUT)
        .header("Accept", "application/json, application/problem+json");
    return token == null ? request : request.header("Authorization", "Bearer " + token);
  }

  private Json send(HttpRequest.Builder request) {
    return answered(() -> {
      HttpResponse<byte[]> response = sent(request.build(), BodyHandlers.ofByteArray());
      byte[] bytes = response.body();
      if (response.statusCode() >= 400) {
        throw refusal(response.statusCode(), bytes);
      }
      return bytes.length == 0 ? Json.EMPTY : Json.parse(bytes);
    });
  }

  /** Sends it, and says on a terminal that the answer is waited for. */
  private <T> HttpResponse<T> sent(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException, InterruptedException {
    if (console == null || !console.isTerminal() || Thread.currentThread() != owner) {
      return client.send(request, body);
    }
    Progress waiting =
        progress == null ? new Progress(console, "waiting for the node's answer") : progress;
    CompletableFuture<HttpResponse<T>> answer = client.sendAsync(request, body);
    try {
      while (true) {
        try {
          return answer.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          waiting.tick("");
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    } finally {
      boolean unused = answer.cancel(true);
    }
  }

  /** Speaks with the node. */
  private interface Exchange {
    Json run() throws IOException, InterruptedException;
  }

  @CanIgnoreReturnValue
  private Json answered(Exchange exchange) {
    try {
      return exchange.run();
    } catch (HttpTimeoutException e) {
      throw new RuntimeFault(
          ErrorCode.UNREACHABLE, "the node at " + base + " does not answer in time", e);
    } catch (ConnectException e) {
      throw new RuntimeFault(
          ErrorCode.UNREACHABLE,
          "no node answers at " + base + "; start one with: serve, or say with --url where it is",
          e);
    } catch (SSLException e) {
      throw new RuntimeFault(
          ErrorCode.UNREACHABLE,
          "the node at " + base
              + " speaks no TLS, or shows a certificate that is not trusted here: "
              + e.getMessage(),
          e);
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.UNREACHABLE,
          "the node at " + base + " broke off: " + (e.getMessage() == null ? e : e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RuntimeFault(ErrorCode.CANCELLED, "interrupted", e);
    }
  }

  /** The fault a problem names; whatever answers without one is no node of ours. */
  static RuntimeFault refusal(int status, byte[] body) {
    Map<String, @Nullable Object> problem;
    try {
      problem = Json.parse(body).object();
    } catch (RuntimeFault e) {
      return new RuntimeFault(
          ErrorCode.UNREACHABLE, "what answers there is not a node: HTTP status " + status, e);
    }
    String detail = String.valueOf(problem.getOrDefault("detail", "HTTP status " + status));
    Object id = problem.get("error_id");
    String message = id == null ? detail : detail + " (error_id " + id + ")";
    try {
      return new RuntimeFault(ErrorCode.valueOf(String.valueOf(problem.get("code"))), message);
    } catch (IllegalArgumentException e) {
      return new RuntimeFault(
          ErrorCode.INTERNAL, problem.getOrDefault("code", status) + ": " + message, e);
    }
  }
}
