package dev.agentruntime.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.ServerConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamedSecretsTest {

  private static SecretRef env(String name) {
    return new SecretRef(SecretRef.Kind.ENV, name);
  }

  @Test
  void everythingARemoteServerIsGivenHasAName() {
    ServerConfig.Http server = new ServerConfig.Http(
        "web",
        "https://tools.example.com",
        Map.of("Authorization", env("A"), "X-Tenant", env("B")),
        env("C"),
        env("D"),
        ServerConfig.Times.DEFAULT);
    Map<SecretRef, String> values = Map.of(
        env("A"), "Basic basic-value", env("B"), "tenant", env("C"), "bearer", env("D"), "key");
    assertEquals(
        Map.of(
            "web.Authorization", List.of("Basic basic-value", "basic-value"),
            "web.X-Tenant", List.of("tenant"),
            "web.bearer_token", List.of("bearer"),
            "web.api_key", List.of("key")),
        McpServers.named(server, values));
  }

  @Test
  void soHasTheEnvironmentOfAProgram() {
    ServerConfig.Stdio server = new ServerConfig.Stdio(
        "files",
        "node",
        List.of("server.js"),
        Map.of(
            "API_TOKEN", env("A"),
            "HOME", env("B"),
            "CERT", new SecretRef(SecretRef.Kind.FILE, "cert")),
        null,
        ServerConfig.Times.DEFAULT);
    assertEquals(
        Map.of("files.API_TOKEN", List.of("value"), "files.CERT", List.of("pem")),
        McpServers.named(
            server,
            Map.of(
                env("A"),
                "value",
                env("B"),
                "a-directory",
                new SecretRef(SecretRef.Kind.FILE, "cert"),
                "pem")));
  }
}
