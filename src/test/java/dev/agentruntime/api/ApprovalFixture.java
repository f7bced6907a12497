package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.web.WebhookIngress;
import io.vertx.core.http.HttpServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A node with tokens and an ingress, a bank that counts what it pays, and an agent whose play pays:
 * by {@code POST /trigger} with {@code {"amount":N}}.
 */
abstract class ApprovalFixture extends ApiFixture {

  static final String CLERK = PROCESSES + "/clerk";
  static final String APPROVALS = CLERK + "/approvals";
  static final String SECRET = "It's a Secret to Everybody";

  static final String PAGER = "whsec_aHVudGVyMi1odW50ZXIyLWh1bnRlcjI=";

  static final String PLAY = """
      rules:
        - when: {turn: 1}
          call: [{tool: pay, args: {amount: "{{payload.amount}}", api_key: k-1}}]
        - say: "Done with {{payload.amount}}."
      """;

  /** A call for a person that came in. */
  record Asked(Map<String, List<String>> headers, byte[] body) {}

  final ConcurrentLinkedQueue<Asked> asked = new ConcurrentLinkedQueue<>();
  final AtomicBoolean hears = new AtomicBoolean(true);
  final ConcurrentLinkedQueue<String> paid = new ConcurrentLinkedQueue<>();
  final Map<Scope, String> tokens = new EnumMap<>(Scope.class);

  @SuppressWarnings("NullAway.Init") // made before each test
  HttpServer bank;

  @SuppressWarnings("NullAway.Init") // made before each test
  WebhookIngress ingress;

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    if (tokens.isEmpty()) {
      for (Scope scope : Scope.values()) {
        tokens.put(scope, file.create(scope.name(), scope).secret());
      }
    }
    return file;
  }

  @Override
  boolean loopback() {
    return false;
  }

  @Override
  RuntimeConfig settings(RuntimeConfig usual) {
    return new RuntimeConfig(
        usual.node(),
        usual.dataDir(),
        usual.agentsDir(),
        usual.control(),
        usual.ingress(),
        usual.drainTimeout(),
        usual.journal(),
        usual.http(),
        usual.cluster(),
        usual.models(),
        usual.memory(),
        List.of("127.0.0.1:" + bank.actualPort()));
  }

  @Override
  @BeforeEach
  void startNode() throws Exception {
    bank = await(vertx
        .createHttpServer()
        .requestHandler(request -> request.body().onSuccess(body -> {
          if (request.path().equals("/asked")) {
            Map<String, List<String>> headers = new HashMap<>();
            request
                .headers()
                .forEach(
                    (name, value) -> headers.put(name.toLowerCase(Locale.ROOT), List.of(value)));
            asked.add(new Asked(headers, body.getBytes()));
            request.response().setStatusCode(hears.get() ? 204 : 503).end();
          } else {
            paid.add(body.toString());
            request.response().end("paid");
          }
        }))
        .listen(0, "127.0.0.1"));
    super.startNode();
  }

  @Override
  void begin() throws Exception {
    server = new ApiServer(vertx, config.control(), config.http(), tokens(), loopback());
    VertxTimers timers = new VertxTimers(vertx);
    ingress = new WebhookIngress(
        vertx,
        timers,
        Ids.random(timers),
        new WebhookIngress.Settings(new HostPort("127.0.0.1", 0), config.http(), 1, Set.of()));
    await(ingress.bind());
    runtime = await(AgentRuntime.builder()
        .vertx(vertx)
        .config(config)
        .env(Map.of("VERDICT_SECRET", SECRET, "PAGER", PAGER)::get)
        .part(server)
        .part(ingress)
        .routes(ingress)
        .start(false));
  }

  @AfterEach
  void closeBank() throws Exception {
    assertEquals(0, paid.stream().filter(body -> !body.contains("amount")).count());
  }

  /** The usual manifest: one tool that pays, and who decides. */
  String manifest(String approval) {
    return manifest(approval, "{amount: {type: integer, maximum: 100}, api_key: {type: string}}");
  }

  String manifest(String approval, String properties) {
    return """
        version: "1.0"
        name: clerk
        model: script:play.yaml
        instructions: Pay.
        http_tools:
          pay:
            description: Pays.
            method: POST
            url: http://127.0.0.1:%d/pay
            arguments:
              properties: %s
              required: [amount]
        triggers:
          - type: webhook
            id: verdict
            webhook_path: /verdicts
            hmac_secret: ${VERDICT_SECRET}
          - type: event
            id: review
            event_type: refund.decided
        approval: %s
        """.formatted(bank.actualPort(), properties, approval);
  }

  @CanIgnoreReturnValue
  AgentProcess deployClerk(String manifest) throws Exception {
    Path agents = Files.createDirectories(directory.resolve("agents"));
    Files.writeString(agents.resolve("play.yaml"), PLAY);
    return await(
        runtime.deploy(runtime.manifests().readYaml(manifest, "test", agents, false), true));
  }

  void replace(AgentProcess process, String manifest) throws Exception {
    await(runtime.replace(
        process,
        runtime.manifests().readYaml(manifest, "test", directory.resolve("agents"), false)));
  }

  Told say(Scope scope, String method, String path, @Nullable Map<String, ?> body)
      throws Exception {
    return ask(
        method,
        path,
        body == null ? null : Json.of(body).toString(),
        "Authorization",
        "Bearer " + tokens.get(scope),
        "Content-Type",
        "application/json");
  }

  /** What waits, once something does. */
  Map<?, ?> waits() throws Exception {
    eventually("a request waits", () -> waiting().size() == 1);
    return (Map<?, ?>) Objects.requireNonNull(waiting().get(0));
  }

  List<?> waiting() throws Exception {
    return (List<?>)
        Objects.requireNonNull(say(Scope.READ, "GET", APPROVALS, null).is(200).get("approvals"));
  }

  /** Wakes the agent and waits until it asks. */
  String request(long amount) throws Exception {
    say(Scope.OPERATE, "POST", CLERK + "/trigger", Map.of("payload", Map.of("amount", amount)))
        .is(202);
    return String.valueOf(waits().get("id"));
  }

  Told decide(String id, Map<String, ?> word) throws Exception {
    return say(Scope.OPERATE, "POST", APPROVALS + "/" + id, word);
  }

  void ended(long runs) throws Exception {
    eventually(
        "runs end",
        () -> Long.valueOf(runs)
            .equals(say(Scope.READ, "GET", CLERK, null).body().get("invocation_count")));
  }

  static String signature(String body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
  }
}
