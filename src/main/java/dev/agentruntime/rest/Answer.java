package dev.agentruntime.rest;

import dev.agentruntime.core.Json;
import dev.agentruntime.http.Problem;
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
 */
public record Answer(
    int status, @Nullable Json body, String mediaType, Map<String, String> headers) {

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
    return new Answer(status, body, JSON, Map.of());
  }

  /** 204. */
  public static Answer nothing() {
    return new Answer(204, null, JSON, Map.of());
  }

  /** A refusal. */
  public static Answer of(Problem problem) {
    Map<String, String> headers = problem.retryAfterSeconds() == 0
        ? Map.of()
        : Map.of("Retry-After", Integer.toString(problem.retryAfterSeconds()));
    return new Answer(problem.status(), problem.toJson(), Problem.MEDIA_TYPE, headers);
  }

  /** The same answer with one more header. */
  public Answer with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Answer(status, body, mediaType, more);
  }
}
