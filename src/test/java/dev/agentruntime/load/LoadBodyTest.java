package dev.agentruntime.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadBodyTest {

  private static final String RUN = "01KAN5XK3V7Q8P5S0M6T9W2YZB";

  @ParameterizedTest
  @ValueSource(ints = {100, 200, 4_096})
  void isJsonOfTheLengthAskedFor(int size) {
    byte[] body = new LoadBody(RUN, size, null).bytes(42, 1_763_798_400_123_456L);

    assertEquals(size, body.length);
    JsonObject json = new JsonObject(new String(body, UTF_8));
    assertEquals(RUN + "-000000000042", json.getString("id"));
    assertEquals(1_763_798_400_123_456L, json.getLong("sent_at"));
  }

  @Test
  void eachBodyIsItsOwn() {
    LoadBody bodies = new LoadBody(RUN, 200, null);
    byte[] first = bodies.bytes(1, 1_763_798_400_000_000L);
    byte[] second = bodies.bytes(2, 1_763_798_400_000_001L);

    assertEquals(bodies.id(1), new JsonObject(new String(first, UTF_8)).getString("id"));
    assertEquals(bodies.id(2), new JsonObject(new String(second, UTF_8)).getString("id"));
  }

  @Test
  void signsAsGitHubDoes() throws GeneralSecurityException {
    LoadBody bodies = new LoadBody(RUN, 200, "It's a Secret to Everybody");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("It's a Secret to Everybody".getBytes(UTF_8), "HmacSHA256"));
    byte[] body = bodies.bytes(1, 1_763_798_400_000_000L);

    assertEquals("sha256=" + HexFormat.of().formatHex(mac.doFinal(body)), bodies.signature(body));
    // The example of GitHub's documentation: this secret, this text, this signature.
    assertEquals(
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        bodies.signature("Hello, World!".getBytes(UTF_8)));
  }

  @Test
  void signsNothingWithoutASecret() {
    assertNull(new LoadBody(RUN, 200, null).signature(new byte[] {1}));
  }
}
