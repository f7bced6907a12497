package dev.agentruntime.rest;

import dev.agentruntime.access.Scope;
import dev.agentruntime.http.BodyReader;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A line of the routing table.
 *
 * @param method {@code GET, POST, PATCH} or {@code DELETE}
 * @param path with {@code :name} for its variable parts
 * @param query the parameters it knows; others are refused
 * @param body what it wants to be sent
 * @param scope what a caller needs
 * @param isAudited whether who did it is written down
 * @param resource who answers
 */
public record Endpoint(
    String method,
    String path,
    Set<String> query,
    Body body,
    Scope scope,
    boolean isAudited,
    Resource resource) {

  /** Answers a call, on the server's event loop. */
  @FunctionalInterface
  public interface Resource {
    /** Refusals are failed futures, or thrown. */
    Future<Answer> handle(Call call);
  }

  /** What an endpoint wants to be sent. */
  public enum Body {
    /** Nothing. */
    NONE,
    /** A JSON object or nothing. */
    OPTIONAL_JSON,
    /** A JSON object. */
    JSON,
    /** A JSON object, or a manifest in YAML. */
    JSON_OR_YAML;

    /** The media types that say so. */
    public Set<String> mediaTypes() {
      Set<String> types = new TreeSet<>(Set.of(BodyReader.JSON));
      if (this == JSON_OR_YAML) {
        types.addAll(BodyReader.YAML);
      }
      return types;
    }
  }

  /** An endpoint that only looks, which readers may. */
  public static Endpoint get(String path, Set<String> query, Resource resource) {
    return new Endpoint("GET", path, query, Body.NONE, Scope.READ, false, resource);
  }

  /** An endpoint that acts, which operators may; who did it is written down. */
  public static Endpoint post(String path, Body body, Resource resource) {
    return acting("POST", path, Set.of(), body, resource);
  }

  /** An endpoint that changes something, which operators may; who did it is written down. */
  public static Endpoint patch(String path, Body body, Resource resource) {
    return acting("PATCH", path, Set.of(), body, resource);
  }

  /** An endpoint that takes something away, which operators may; who did it is written down. */
  public static Endpoint delete(String path, Set<String> query, Resource resource) {
    return acting("DELETE", path, query, Body.NONE, resource);
  }

  /** An endpoint that acts, with parameters in its query. */
  public static Endpoint acting(
      String method, String path, Set<String> query, Body body, Resource resource) {
    return new Endpoint(method, path, query, body, Scope.OPERATE, true, resource);
  }

  /** The same for other callers. */
  public Endpoint needs(Scope other) {
    return new Endpoint(method, path, query, body, other, isAudited, resource);
  }

  /** Whether it leaves everything as it is. */
  public boolean isSafe() {
    return method.equals("GET");
  }

  /** For the {@code Allow} header of a path. */
  public static String allow(List<Endpoint> all, String path) {
    Set<String> methods = new TreeSet<>(Set.of("OPTIONS"));
    for (Endpoint endpoint : all) {
      if (endpoint.path.equals(path)) {
        methods.add(endpoint.method);
        if (endpoint.isSafe()) {
          methods.add("HEAD");
        }
      }
    }
    return String.join(", ", methods);
  }
}
