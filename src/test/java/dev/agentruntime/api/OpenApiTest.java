package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.resource.Resources;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.OpenApi;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The document and the router, each held against the other. */
class OpenApiTest extends ApiFixture {

  private static final String WHERE = "src/main/resources/dev/agentruntime/rest/openapi/";

  private final ApiDocument document = ApiDocument.OURS;

  private static String path(Endpoint endpoint) {
    return endpoint.path().replaceAll(":(\\w+)", "{$1}");
  }

  private static Map<String, Endpoint> routes() {
    Map<String, Endpoint> all = new LinkedHashMap<>();
    Resources.endpoints().forEach(each -> all.put(each.method() + " " + path(each), each));
    return all;
  }

  /** What to write for a route that is not documented. */
  private static String stub(Endpoint endpoint) {
    List<String> lines = new ArrayList<>();
    lines.add("  " + path(endpoint) + ":");
    if (endpoint.path().contains(":name")) {
      lines.add("    parameters: [{$ref: '#/components/parameters/name'}]");
    }
    lines.add("    " + endpoint.method().toLowerCase(Locale.ROOT) + ":");
    lines.add("      operationId: aNameOfItsOwn");
    lines.add("      summary: What it does");
    lines.add("      tags: [the name of the file]");
    lines.add("      security: [{bearer: [" + endpoint.scope().word() + "]}]");
    lines.add("      x-audited: " + endpoint.isAudited());
    lines.add("      x-codes: [PROCESS_NOT_FOUND]");
    for (String name : new TreeSet<>(endpoint.query())) {
      lines.add("      parameters: [{name: " + name + ", in: query, schema: {type: string}}]");
    }
    if (endpoint.body() != Endpoint.Body.NONE) {
      lines.add("      requestBody: {$ref: '#/components/requestBodies/Nothing'} # or its own");
    }
    lines.add("      responses:");
    lines.add("        '200': {$ref: '#/components/responses/Object'} # or its own");
    lines.add("        default: {$ref: '#/components/responses/Problem'}");
    return String.join("\n", lines) + "\n";
  }

  @Test
  void everyRouteIsDocumented() {
    Set<String> known = document.operations().keySet();
    String missing = routes().entrySet().stream()
        .filter(route -> !known.contains(route.getKey()))
        .map(route -> stub(route.getValue()))
        .collect(Collectors.joining());
    assertEquals("", missing, "add this to a file in " + WHERE + " (and to OpenApi.PARTS, if new)");
  }

  @Test
  void everyDocumentedPathIsARoute() {
    Set<String> gone = new TreeSet<>(document.operations().keySet());
    gone.removeAll(routes().keySet());
    assertEquals(Set.of(), gone, "no such routes: take them out of " + WHERE);
  }

  /** What the table of the router says of a route, and what the document says, in one form. */
  private record Terms(
      String scope, boolean audited, Set<String> query, Set<String> path, String body) {}

  @Test
  void scopesParametersAndBodiesAreThose() {
    Map<String, Terms> expected = new LinkedHashMap<>();
    Map<String, Terms> said = new LinkedHashMap<>();
    routes().forEach((name, endpoint) -> {
      ApiDocument.Operation operation = document.operations().get(name);
      if (operation != null) {
        expected.put(name, routed(endpoint));
        said.put(name, documented(operation));
      }
    });
    expected.forEach((name, terms) ->
        assertEquals(terms, said.get(name), () -> name + " in " + WHERE + " is not as routed"));
  }

  private static Terms routed(Endpoint endpoint) {
    boolean open = endpoint.path().equals("/health");
    return new Terms(
        open ? "none" : endpoint.scope().word(),
        endpoint.isAudited(),
        new TreeSet<>(endpoint.query()),
        Arrays.stream(endpoint.path().split("/"))
            .filter(part -> part.startsWith(":"))
            .map(part -> part.substring(1))
            .collect(Collectors.toCollection(TreeSet::new)),
        endpoint.body().name());
  }

  private Terms documented(ApiDocument.Operation operation) {
    return new Terms(
        operation.scope(),
        Boolean.TRUE.equals(operation.says().get("x-audited")),
        operation.named("query"),
        operation.named("path"),
        body(operation.says().get("requestBody")));
  }

  private String body(@Nullable Object declared) {
    if (declared == null) {
      return "NONE";
    }
    Map<?, ?> body = document.resolved(declared);
    boolean yaml = ApiDocument.map(body.get("content")).containsKey("application/yaml");
    return yaml
        ? "JSON_OR_YAML"
        : Boolean.TRUE.equals(body.get("required")) ? "JSON" : "OPTIONAL_JSON";
  }

  @Test
  void namesAreUsedOnceAndCodesAreCodes() {
    Set<Object> names = new HashSet<>();
    for (ApiDocument.Operation operation : document.operations().values()) {
      assertTrue(names.add(operation.says().get("operationId")), operation::toString);
      assertTrue(operation.says().get("summary") instanceof String, operation::toString);
    }
    Set<String> codes =
        Arrays.stream(ErrorCode.values()).map(Enum::name).collect(Collectors.toSet());
    assertTrue(codes.containsAll(document.codes()), () -> document.codes() + " of " + codes);
  }

  @Test
  void everyReferenceLeadsSomewhereAndWhatIsSharedIsUsed() {
    Set<String> used = new TreeSet<>();
    references(document.root(), used);
    for (String reference : used) {
      assertTrue(!document.resolved(Map.of("$ref", reference)).isEmpty(), reference);
    }
    Set<String> unused = new TreeSet<>();
    ApiDocument.map(document.root().get("components")).forEach((kind, all) -> {
      if (!"securitySchemes".equals(kind)) {
        ApiDocument.map(all).keySet().stream()
            .map(name -> "#/components/" + kind + "/" + name)
            .filter(reference -> !used.contains(reference))
            .forEach(unused::add);
      }
    });
    assertEquals(Set.of(), unused);
  }

  private static void references(@Nullable Object value, Set<String> found) {
    if (value instanceof Map<?, ?> map) {
      if (map.get("$ref") instanceof String reference) {
        found.add(reference);
      }
      map.values().forEach(each -> references(each, found));
    } else if (value instanceof List<?> list) {
      list.forEach(each -> references(each, found));
    }
  }

  /** What holds every answer of the API tests against the document does find what is wrong. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      GET | /api/v1/processes/a/context | 200 | application/json | {"state":{}}
      GET | /api/v1/processes/a/context | 201 | application/json | {}
      GET | /api/v1/processes/a         | 200 | text/plain       | {}
      GET | /api/v1/processes/a?x=1     | 404 | application/problem+json | {"title":"Not Found"}
      DELETE | /api/v1/processes/a      | 204 | application/json | {}
      """)
  void anAnswerThatIsOtherwiseIsFound(
      String method, String uri, int status, String type, String body) {
    assertThrows(
        AssertionError.class,
        () -> document.check(method, uri, status, type, body.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void itIsServed() throws Exception {
    HttpResponse<String> answer = client.send(
        HttpRequest.newBuilder(URI.create(url() + "/openapi.yaml")).build(),
        HttpResponse.BodyHandlers.ofString());
    assertEquals(200, answer.statusCode());
    assertEquals("application/yaml", answer.headers().firstValue("content-type").orElse(""));
    assertEquals(OpenApi.document(), answer.body());
    assertTrue(answer.body().startsWith("openapi: \"3.1.0\"\n"));
    assertEquals(200, ask("HEAD", "/openapi.yaml", null).status());
  }
}
