package dev.agentruntime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretHandlesTest {

  /** What is not seen is neither checked nor journaled, so it must not be filled either. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":\"x {{secret:KEY}} y\"}",
        "{\"a\":\"x \\u007b{secret:KEY}} y\"}",
        "{\"a\":\"x {{secret\\u003aKEY}} y\"}",
        "{\"a\":\"x {{secret:K\\u0045Y}} y\"}",
        "{\"a\":\"x {{\\u0073ecret:KEY}} y\"}",
        "{\"a\":\"x {{ secret:KEY }\\u007D y\"}"
      })
  void whateverIsFilledIsSeen(String written) {
    assertEquals(Set.of("KEY"), SecretHandles.in(Json.parse(written)));
    assertEquals(
        "{\"a\":\"x 1 y\"}",
        SecretHandles.fill(Json.parse(written), name -> "1").toString());
  }

  @Test
  void listsAndMapsAreLookedInto() {
    Json json = Json.parse("{\"a\":[{\"b\":\"{{secret:ONE}}\"},\"{{secret:TWO}}\"],\"c\":1}");
    assertEquals(List.of("ONE", "TWO"), List.copyOf(SecretHandles.in(json)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"{{secret:KEY}}\":1}",
        "{\"a\":\"{secret:KEY}\",\"b\":1.50}",
        "{\"a\":\"\\u00e4\",\"b\":1.50}",
        "{\"a\":\"{{secret:1}}\"}"
      })
  void whatHasNoHandleStaysAsItIsWritten(String written) {
    Json json = Json.parse(written);
    assertEquals(Set.of(), SecretHandles.in(json));
    assertSame(json, SecretHandles.fill(json, name -> "1"));
  }
}
