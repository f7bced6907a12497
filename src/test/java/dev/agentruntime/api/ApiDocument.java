package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.guard.JsonSchema;
import dev.agentruntime.rest.OpenApi;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The OpenAPI document of the control API: its operations, and what answers must look like. */
final class ApiDocument {

  private static final Set<String> METHODS = Set.of("get", "post", "patch", "delete", "put");

  /** The one of the program under test. */
  static final ApiDocument OURS = new ApiDocument(OpenApi.document());

  private final Map<?, ?> root;
  private final Map<String, Operation> operations = new LinkedHashMap<>();
  private final Map<String, JsonSchema> schemas = new ConcurrentHashMap<>();

  /** One method of one path, in the words of the document. */
  record Operation(String method, String path, Map<?, ?> says, List<Map<?, ?>> parameters) {

    /** The parameters that are given in one place, such as {@code query}. */
    Set<String> named(String place) {
      Set<String> names = new TreeSet<>();
      for (Map<?, ?> parameter : parameters) {
        if (place.equals(parameter.get("in"))) {
          names.add(String.valueOf(parameter.get("name")));
        }
      }
      return names;
    }

    /** The least scope, {@code none} where no token is needed. */
    String scope() {
      List<?> security = (List<?>) Objects.requireNonNull(says.get("security"), this::toString);
      return security.isEmpty()
          ? "none"
          : String.valueOf(
              ((List<?>) Objects.requireNonNull(((Map<?, ?>) security.get(0)).get("bearer")))
                  .get(0));
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  ApiDocument(String text) {
    Object read = new Load(LoadSettings.builder().build()).loadFromString(text);
    root = (Map<?, ?>) Objects.requireNonNull(read);
    map(root.get("paths"))
        .forEach((path, item) -> map(item).forEach((method, says) -> {
          if (METHODS.contains(method)) {
            List<Map<?, ?>> parameters = new ArrayList<>();
            list(map(item).get("parameters")).forEach(each -> parameters.add(resolved(each)));
            list(map(says).get("parameters")).forEach(each -> parameters.add(resolved(each)));
            Operation operation = new Operation(
                String.valueOf(method).toUpperCase(Locale.ROOT),
                String.valueOf(path),
                map(says),
                parameters);
            operations.put(operation.toString(), operation);
          }
        }));
  }

  static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  Map<?, ?> root() {
    return root;
  }

  /** By method and path, as in {@code GET /api/v1/processes/{name}}. */
  Map<String, Operation> operations() {
    return operations;
  }

  /** Every code that the document knows. */
  Set<String> codes() {
    Set<String> codes = commonCodes();
    operations
        .values()
        .forEach(operation ->
            list(operation.says().get("x-codes")).forEach(code -> codes.add(String.valueOf(code))));
    return codes;
  }

  /** Follows {@code $ref}. */
  Map<?, ?> resolved(@Nullable Object value) {
    Map<?, ?> map = map(value);
    Object reference = map.get("$ref");
    if (reference == null) {
      return map;
    }
    Object found = root;
    for (String step : String.valueOf(reference).substring(2).split("/", -1)) {
      found = map(found).get(step);
    }
    assertNotNull(found, () -> reference + " leads nowhere");
    return map(found);
  }

  /** The codes that any request may be answered with. */
  Set<String> commonCodes() {
    Set<String> codes = new TreeSet<>();
    list(root.get("x-common-codes")).forEach(code -> codes.add(String.valueOf(code)));
    return codes;
  }

  /** The codes that an operation may be answered with. */
  Set<String> codes(Operation operation) {
    Set<String> codes = commonCodes();
    list(operation.says().get("x-codes")).forEach(code -> codes.add(String.valueOf(code)));
    return codes;
  }

  /** Checks an answer of a server against what the document says of it. */
  void check(String method, String uri, int status, String type, byte[] body) {
    Operation operation = method.equals("HEAD") ? null : find(method, uri.split("\\?", 2)[0]);
    if (operation == null) {
      return;
    }
    Map<?, ?> responses = map(operation.says().get("responses"));
    Object declared = responses.get(String.valueOf(status));
    if (declared == null && status >= 400) {
      declared = responses.get("default");
    }
    String what = operation + " answered " + status;
    assertNotNull(declared, () -> what + ", which openapi/*.yaml does not know");
    Map<?, ?> content = map(resolved(declared).get("content"));
    if (content.isEmpty()) {
      assertNull(body.length == 0 ? null : "a body", () -> what + " with a body");
      return;
    }
    Object media = content.get(type);
    assertNotNull(media, () -> what + " as " + type + ", expected one of " + content.keySet());
    if (type.endsWith("json")) {
      String problem = schema(map(media).get("schema")).problem(Json.parse(body));
      assertNull(
          problem,
          () -> what + " otherwise than openapi/*.yaml says: " + problem + "\n"
              + new String(body, StandardCharsets.UTF_8));
      if (status >= 400) {
        Object code = Json.parse(body).object().getOrDefault("code", "none");
        assertTrue(
            type.equals("application/json") || codes(operation).contains(String.valueOf(code)),
            () -> what + " with " + code + ", which its x-codes do not list");
      }
    }
  }

  private JsonSchema schema(@Nullable Object schema) {
    return schemas.computeIfAbsent(String.valueOf(schema), text -> {
      Map<Object, @Nullable Object> whole = new LinkedHashMap<>(map(schema));
      whole.put("components", Map.of("schemas", map(map(root.get("components")).get("schemas"))));
      return JsonSchema.of(Json.of(plain(whole)));
    });
  }

  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      map.forEach((key, each) -> all.put(String.valueOf(key), plain(each)));
      return all;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> all = new ArrayList<>();
      list.forEach(each -> all.add(plain(each)));
      return all;
    }
    return value instanceof Integer number ? (Object) number.longValue() : value;
  }

  /** The operation of a request; one without variable parts wins. */
  @Nullable
  Operation find(String method, String path) {
    Operation exact = operations.get(method + " " + path);
    if (exact != null) {
      return exact;
    }
    for (Operation operation : operations.values()) {
      String pattern = "\\Q" + operation.path().replaceAll("\\{\\w+}", "\\\\E[^/]+\\\\Q") + "\\E";
      if (operation.method().equals(method) && Pattern.matches(pattern, path)) {
        return operation;
      }
    }
    return null;
  }
}
