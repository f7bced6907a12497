package dev.agentruntime.api;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import org.junit.jupiter.api.Test;

/** {@code http.require_token}: on loopback too nobody does anything without a token. */
class RequiredTokenTest extends ApiFixture {

  private static final String DECISION = PROCESSES + "/clerk/approvals/01J-1";

  @SuppressWarnings("NullAway.Init") // made before each test
  private String secret;

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    secret = file.create("ops", Scope.OPERATE).secret();
    return file;
  }

  @Override
  RuntimeConfig settings(RuntimeConfig usual) {
    HttpLimits http = usual.http();
    return new RuntimeConfig(
        usual.node(),
        usual.dataDir(),
        usual.agentsDir(),
        usual.control(),
        usual.ingress(),
        usual.drainTimeout(),
        usual.journal(),
        new HttpLimits(
            http.bodyBytesMax(),
            http.headerBytesMax(),
            http.idleTimeout(),
            http.bodyTimeout(),
            http.connectionsMax(),
            http.connectionsPerAddress(),
            http.callerRate(),
            true,
            null),
        usual.cluster(),
        usual.models());
  }

  @Test
  void whoHasNoneNeitherLooksNorDecides() throws Exception {
    String yes = "{\"decision\":\"approve\"}";
    get(PROCESSES).refuses(401, "UNAUTHORIZED");
    ask("POST", DECISION, yes, "Content-Type", "application/json").refuses(401, "UNAUTHORIZED");
    ask("POST", "/api/v1/runtime/kill", null).refuses(401, "UNAUTHORIZED");
    get("/health").is(200);
    String authorization = "Bearer " + secret;
    ask("GET", PROCESSES, null, "Authorization", authorization).is(200);
    ask("POST", DECISION, yes, "Authorization", authorization, "Content-Type", "application/json")
        .refuses(404, "PROCESS_NOT_FOUND");
  }
}
