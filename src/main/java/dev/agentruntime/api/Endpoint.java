package dev.agentruntime.api;

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
 * @param resource who answers
 */
record Endpoint(String method, String path, Set<String> query, Body body, Resource resource) {

  /** Answers a call, on the server's event loop. */
  @FunctionalInterface
  interface Resource {
    /** Refusals are failed futures, or thrown. */
    Future<Answer> handle(Call call);
  }

  /** What an endpoint wants to be sent. */
  enum Body {
    /** Nothing. */
    NONE,
    /** A JSON object or nothing. */
    OPTIONAL_JSON,
    /** A JSON object. */
    JSON,
    /** A JSON object, or a manifest in YAML. */
    JSON_OR_YAML;

    /** The media types that say so. */
    Set<String> mediaTypes() {
      Set<String> types = new TreeSet<>(Set.of(BodyReader.JSON));
      if (this == JSON_OR_YAML) {
        types.addAll(BodyReader.YAML);
      }
      return types;
    }
  }

  /** An endpoint that only looks. */
  static Endpoint get(String path, Set<String> query, Resource resource) {
    return new Endpoint("GET", path, query, Body.NONE, resource);
  }

  /** An endpoint that acts. */
  static Endpoint post(String path, Body body, Resource resource) {
    return new Endpoint("POST", path, Set.of(), body, resource);
  }

  /** What a caller needs: looking is for readers, removing and deploying more than the rest. */
  Scope scope() {
    if (path.startsWith(TokenResource.PATH)) {
      return Scope.ADMIN;
    }
    if (isSafe()) {
      return Scope.READ;
    }
    boolean deploys = path.equals("/api/v1/processes") || path.equals("/api/v1/processes/:name");
    return deploys ? Scope.DEPLOY : Scope.OPERATE;
  }

  /**
   * Whether who did it is written down. What carries triggers, events and messages is not: each of
   * those is an entry of its own, and there may be thousands a second.
   */
  boolean isAudited() {
    return !isSafe()
        && !path.endsWith("/trigger")
        && !path.equals("/api/v1/events")
        && !path.equals("/api/v1/messages/:topic");
  }

  /** Whether it leaves everything as it is. */
  boolean isSafe() {
    return method.equals("GET");
  }

  /** For the {@code Allow} header of a path. */
  static String allow(List<Endpoint> all, String path) {
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
