package dev.agentruntime.rest;

import dev.agentruntime.core.Json;
import dev.agentruntime.http.Problem;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a resource answers.
 *
 * @param status the HTTP status
 * @param body null = no body
 * @param mediaType of the body
 * @param headers beside those every answer carries
 * @param stream what writes the body while it comes, null = there is no more than {@code body}
 */
public record Answer(
    int status,
    @Nullable Json body,
    String mediaType,
    Map<String, String> headers,
    @Nullable Stream stream) {

  /** Writes a body bit by bit. */
  @FunctionalInterface
  public interface Stream {
    /** Begins, on the server's event loop; the head has not been sent. It ends the response. */
    void begin(HttpServerResponse response);
  }

  /** A text that is no JSON. */
  public static Answer text(String body, String mediaType) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new Answer(
        200,
        null,
        mediaType,
        Map.of("Content-Length", Integer.toString(bytes.length)),
        response -> response.end(Buffer.buffer(bytes)));
  }

  /** A body that is written while it comes. */
  public static Answer streamed(String mediaType, Stream stream) {
    return new Answer(200, null, mediaType, Map.of(), stream);
  }

  private static final String JSON = "application/json";

  /** Keeps an unmodifiable copy. */
  public Answer {
    headers = Map.copyOf(headers);
  }

  /** 200 with a body. */
  public static Answer ok(Json body) {
    return of(200, body);
  }

  /** A JSON body under some status. */
  public static Answer of(int status, Json body) {
    return new Answer(status, body, JSON, Map.of(), null);
  }

  /** 204. */
  public static Answer nothing() {
    return new Answer(204, null, JSON, Map.of(), null);
  }

  /** A refusal. */
  public static Answer of(Problem problem) {
    Map<String, String> headers = problem.retryAfterSeconds() == 0
        ? Map.of()
        : Map.of("Retry-After", Integer.toString(problem.retryAfterSeconds()));
    return new Answer(problem.status(), problem.toJson(), Problem.MEDIA_TYPE, headers, null);
  }

  /** The same answer with one more header. */
  public Answer with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Answer(status, body, mediaType, more, stream);
  }
}
