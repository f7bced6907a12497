package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.core.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The secrets of a process over the control API. */
final class SecretsApiTest extends ApiFixture {

  private static final String SECRETS = "/api/v1/processes/keeper/secrets";
  private static final String KEEPER = """
      version: "1.0"
      name: keeper
      model: echo
      instructions: Repeat.
      secrets:
        secrets:
          TOKEN: {value: "file:token", ttl: 1h}
          SEEN: {value: "file:token", expose: true}
      """;

  @SuppressWarnings("NullAway.Init") // made before each test
  private String admin;

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    admin = file.create("ops", Scope.ADMIN).secret();
    return file;
  }

  @Override
  boolean loopback() {
    return false;
  }

  @BeforeEach
  void deployKeeper() throws Exception {
    Path agents = Files.createDirectories(directory.resolve("agents"));
    Files.writeString(agents.resolve("token"), "canary-value-1\n");
    deployYaml(KEEPER);
  }

  private String say(String method, String path, @Nullable String body) throws Exception {
    Told told = ask(
        method, path, body, "Authorization", "Bearer " + admin, "Content-Type", "application/json");
    String answer = Json.of(told.body()).toString();
    assertTrue(!answer.contains("canary"), answer);
    return told.status() + " " + answer;
  }

  private static String without(String answer) {
    return answer.replaceAll("\"expires_in\":[0-9]+", "\"expires_in\":N");
  }

  @Test
  void areListedRotatedAndRevoked() throws Exception {
    String active = "{\"name\":\"TOKEN\",\"status\":\"active\",\"source\":\"file:token\","
        + "\"expires_in\":N,\"exposed\":false}";
    String seen =
        "{\"name\":\"SEEN\",\"status\":\"active\",\"source\":\"file:token\",\"exposed\":true}";
    String all = "200 {\"secrets\":[" + active + "," + seen + "]}";
    assertEquals(all, without(say("GET", SECRETS, null)));

    Files.writeString(directory.resolve("agents").resolve("other"), "canary-value-2\n");
    assertEquals(
        all.replaceFirst("file:token", "file:other"),
        without(say("PATCH", SECRETS + "/TOKEN", "{\"value\":\"file:other\"}")));
    assertEquals(
        all.replaceFirst("file:token", "file:other"),
        without(say("PATCH", SECRETS + "/TOKEN", "{}")));

    String revoked = say("DELETE", SECRETS + "/TOKEN", null);
    assertTrue(revoked.contains("\"name\":\"TOKEN\",\"status\":\"revoked\""), revoked);
    assertTrue(revoked.contains("\"name\":\"SEEN\",\"status\":\"active\""), revoked);
    revoked = say("DELETE", SECRETS, null);
    assertTrue(!revoked.contains("active"), revoked);
  }

  @Test
  void badRequestsAreRefusedInWords() throws Exception {
    String literal = say("PATCH", SECRETS + "/TOKEN", "{\"value\":\"canary-value-3\"}");
    assertTrue(literal.startsWith("422 ") && literal.contains("file:PATH"), literal);
    String missing = say("PATCH", SECRETS + "/TOKEN", "{\"value\":\"file:nowhere\"}");
    assertTrue(missing.startsWith("422 ") && missing.contains("nowhere"), missing);
    assertTrue(say("PATCH", SECRETS + "/TOKEN", "{\"secret\":\"x\"}").startsWith("422 "));
    assertTrue(say("PATCH", SECRETS + "/NONE", "{}").startsWith("404 "));
    assertTrue(say("DELETE", SECRETS + "/NONE", null).startsWith("404 "));
    assertTrue(say("GET", SECRETS, null).contains("\"status\":\"active\""));
  }
}
