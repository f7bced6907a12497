package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.http.BodyReader;
import dev.agentruntime.rest.Endpoint;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentTypeTest {

  private static final Set<String> JSON = Set.of(BodyReader.JSON);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ;"
      })
  void jsonIsTaken(String contentType) {
    assertEquals(BodyReader.JSON, BodyReader.requireType(contentType, JSON));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text/plain",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-8; charset=utf-7",
        "application/json, text/plain",
        "application/yaml"
      })
  void anythingElseIsRefused(String contentType) {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> BodyReader.requireType(contentType, JSON));
    assertEquals(ErrorCode.UNSUPPORTED_MEDIA_TYPE, fault.code());
    assertTrue(fault.failure().message().contains("expected=application/json"));
  }

  @Test
  void aMissingTypeIsRefused() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> BodyReader.requireType(null, JSON));
    assertEquals(
        "Content-Type is missing, expected=application/json", fault.failure().message());
  }

  @Test
  void manifestsMayBeYaml() {
    assertEquals(
        "text/yaml",
        BodyReader.requireType(
            "text/yaml; charset=utf-8", Endpoint.Body.JSON_OR_YAML.mediaTypes()));
  }
}
