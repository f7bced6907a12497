package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation on a process that is not there, and without the fields that it needs. */
class MissingNamesTest extends FullNode {

  /** A request of a transcript that is answered as it should be. */
  private static Transcript.Step good(ApiDocument.Operation operation) {
    return Transcript.all().stream()
        .flatMap(transcript -> transcript.steps().stream())
        .filter(step -> step.isRequest() && step.status() < 300)
        .filter(step -> operation.equals(
            ApiDocument.OURS.find(step.method(), step.target().split("\\?", 2)[0])))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no transcript calls " + operation));
  }

  static Stream<ApiDocument.Operation> operations() {
    return ApiDocument.OURS.operations().values().stream();
  }

  @ParameterizedTest
  @MethodSource("operations")
  void whoIsNotThereIsNotFound(ApiDocument.Operation operation) throws Exception {
    assertEquals(
        operation.path().contains("{name}"),
        ApiDocument.OURS.codes(operation).contains("PROCESS_NOT_FOUND"),
        operation::toString);
    if (operation.path().contains("{name}")) {
      Transcript.Step step = good(operation);
      String body = step.body() == null ? null : step.body().replaceAll("\\{\\{\\w+}}", "x");
      String path = operation.path().replace("{name}", "nobody").replaceAll("\\{\\w+}", "x");
      asAdmin(operation.method(), path + query(step), body).refuses(404, "PROCESS_NOT_FOUND");
    }
  }

  private static String query(Transcript.Step step) {
    int query = step.target().indexOf('?');
    return query < 0 ? "" : step.target().substring(query);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void aBodyThatLacksAFieldIsToldWhich(ApiDocument.Operation operation) throws Exception {
    deploy("a");
    Map<?, ?> body = ApiDocument.OURS.resolved(operation.says().get("requestBody"));
    boolean needed = Boolean.TRUE.equals(body.get("required"));
    boolean listed = ApiDocument.OURS.codes(operation).contains("MISSING_FIELD");
    // Where no body is needed, an empty one says as little.
    if (needed || listed) {
      String path = operation.path().replace("{name}", "a").replaceAll("\\{\\w+}", "x");
      Told told = asAdmin(operation.method(), path, "{}");
      assertEquals(listed, "MISSING_FIELD".equals(told.body().get("code")), told::toString);
    }
  }

  private Told asAdmin(String method, String path, @Nullable String body) throws Exception {
    String bearer = "Bearer " + values.get("admin");
    return body == null
        ? ask(method, path, null, "Authorization", bearer)
        : ask(method, path, body, "Content-Type", "application/json", "Authorization", bearer);
  }
}
