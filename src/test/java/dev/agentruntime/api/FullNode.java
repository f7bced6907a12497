package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.config.RuntimeConfig.VerticleSettings;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.mcp.ScriptedServer;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.provider.FakeOpenAi;
import dev.agentruntime.provider.FakeProvider;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.verticle.Jars;
import dev.agentruntime.verticle.Verticles;
import dev.agentruntime.web.WebhookIngress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** A node with everything that one has which serves: webhooks, verticles, tokens. */
abstract class FullNode extends ApiFixture {

  final Map<String, String> values = new LinkedHashMap<>();

  @SuppressWarnings("NullAway.Init") // made with the node
  private WebhookIngress ingress;

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    if (file.read().isEmpty()) {
      for (Scope scope : Scope.values()) {
        TokenFile.Made made = file.create(scope.word(), scope);
        values.put(scope.word(), made.secret());
        values.put(scope.word() + "_id", made.token().id());
      }
    }
    Files.createDirectories(config.agentsDir());
    return file;
  }

  /** What may be deployed beside agents. */
  Path allowFile() {
    return directory.resolve("allowed");
  }

  /** Stands where a provider of models does. */
  @SuppressWarnings("NullAway.Init") // made with the node
  FakeOpenAi provider;

  @Override
  RuntimeConfig settings(RuntimeConfig usual) throws Exception {
    provider = await(FakeOpenAi.start(vertx));
    ModelEndpoint endpoint = new ModelEndpoint(
        provider.baseUrl(),
        null,
        Duration.ofSeconds(20),
        1,
        0,
        new Quota(4, 0, Duration.ofMinutes(5)),
        Map.of());
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
        Map.of("openai", endpoint),
        // Nobody listens there.
        new MemorySettings(
            "openai:embeds",
            new MemorySettings.Chroma("http://127.0.0.1:1", "tenant", "database", null),
            usual.memory().mem0()),
        usual.outboundAllow(),
        new VerticleSettings(List.of("acme.Missing"), allowFile()));
  }

  /** What the tool {@code hang} waits for. */
  final Promise<Tool.Reply> hanging = Promise.promise();

  @Override
  AgentRuntime.Builder node(AgentRuntime.Builder usual) {
    VertxTimers timers = new VertxTimers(vertx);
    ingress = new WebhookIngress(
        vertx,
        timers,
        Ids.random(timers),
        new WebhookIngress.Settings(new HostPort("127.0.0.1", 0), config.http(), 1, Set.of()));
    return usual
        .part(ingress)
        .routes(ingress)
        .part(new Verticles())
        .tool(new Acting("pay", Future.succeededFuture(Tool.Reply.ok("paid"))))
        .tool(new Acting("hang", hanging.future()));
  }

  /** A tool that acts outside and must not act twice. */
  private record Acting(String name, Future<Tool.Reply> reply) implements Tool {
    @Override
    public ToolDefinition definition() {
      Json any = Json.of(Map.of("type", "object"));
      return new ToolDefinition(name, "Acts.", any, ToolDefinition.Policy.IRREVERSIBLE);
    }

    @Override
    public Future<Reply> call(Call call) {
      return reply;
    }
  }

  /** What transcripts may name beside what they keep. */
  @BeforeEach
  void prepareValues() throws Exception {
    byte[] jar = Jars.greeter(Files.createDirectories(directory.resolve("jar")), "hello");
    byte[] late = Jars.compile(directory.resolve("jar"), "acme.Late", Map.of("acme/Late", """
        package acme;
        public class Late extends io.vertx.core.VerticleBase {
          public io.vertx.core.Future<?> start() {
            return io.vertx.core.Future.failedFuture("too late");
          }
        }
        """));
    byte[] kit = Jars.compile(directory.resolve("jar"), "acme.Kit", Map.of("acme/Kit", Jars.KIT));
    values.put("kit_jar", Base64.getEncoder().encodeToString(kit));
    byte[] bad = Jars.zip(Map.of("../../etc/passwd", new byte[] {1}));
    StringBuilder allowed = new StringBuilder();
    for (byte[] each : List.of(jar, bad, late, kit)) {
      allowed.append(Hex.sha256(each)).append("  a.jar\n");
    }
    Files.writeString(allowFile(), allowed);
    values.put("late_jar", Base64.getEncoder().encodeToString(late));
    values.put("jar", Base64.getEncoder().encodeToString(jar));
    values.put("bad_jar", Base64.getEncoder().encodeToString(bad));
    values.put("long", "x".repeat(300_000));
    values.put(
        "many_triggers",
        IntStream.range(0, 1_000)
            .mapToObj(i -> "{\"type\":\"event\",\"event_type\":\"e" + i + "\"}")
            .collect(Collectors.joining(",")));
    List<String> command =
        ScriptedServer.command(Files.createDirectories(directory.resolve("server")));
    values.put("mcp_command", Json.quote(command.get(0)));
    values.put("mcp_args", Json.of(command.subList(1, command.size())).toString());
  }

  /** Does what a transcript says. */
  void follow(Transcript transcript) throws Exception {
    for (Transcript.Step step : transcript.steps()) {
      if (step.isRequest()) {
        request(step);
      } else {
        prepare(step);
      }
    }
  }

  private void prepare(Transcript.Step step) throws Exception {
    if (step.method().equals("MODEL")) {
      provider.answer(reply(step.target()));
      return;
    }
    String body = Transcript.filled(Objects.requireNonNull(step.body(), step::toString), values);
    if (step.method().equals("FILE")) {
      Path file = config.agentsDir().resolve(step.target());
      Files.writeString(file, body);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } else {
      Future<AgentProcess> deployed = runtime.deploy(
          runtime.manifests().readYaml(body, step.line(), config.agentsDir(), false), true);
      if (!step.target().equals("later")) {
        await(deployed);
      }
    }
  }

  /** What a provider says: {@code STATUS CODE}, or a text. */
  private static FakeProvider.Answer reply(String said) {
    return said.matches("[0-9]{3} .*")
        ? FakeOpenAi.error(Integer.parseInt(said.substring(0, 3)), said.substring(4))
        : FakeOpenAi.text(said);
  }

  private void request(Transcript.Step step) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(step.patient() ? 20 : 0);
    String problem;
    do {
      Answered answer = send(step);
      problem = problem(step, answer);
      if (problem == null) {
        step.kept().forEach((name, where) -> values.put(name, value(answer, where)));
        return;
      }
    } while (System.nanoTime() < end);
    fail(step + "\n" + problem);
  }

  private static String value(Answered answer, String where) {
    return where.startsWith("header ")
        ? answer.headers().getOrDefault(where.substring(7), "")
        : Transcript.value(answer.body(), where);
  }

  private @Nullable String problem(Transcript.Step step, Answered answer) {
    String said = "answered " + answer.status() + " " + answer.text();
    if (answer.status() != step.status()) {
      return said;
    }
    if (!step.code().isEmpty() && !step.code().equals(answer.body().object().get("code"))) {
      return said;
    }
    if (step.shape().isEmpty()) {
      return null;
    }
    Json shape =
        Json.parse(Transcript.filled(step.shape(), values).getBytes(StandardCharsets.UTF_8));
    String lacks = Transcript.lacks("answer", shape.value(), answer.body().value());
    return lacks == null ? null : lacks + "\n" + said;
  }

  /** What came back. */
  record Answered(int status, Json body, String text, Map<String, String> headers) {}

  /** Sends one request, and holds the answer of the control API against its document. */
  Answered send(Transcript.Step step) throws Exception {
    boolean hook = step.method().equals("HOOK");
    String target = Transcript.filled(step.target(), values);
    String method = hook ? "POST" : step.method();
    String body = step.body() == null ? null : Transcript.filled(step.body(), values);
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + (hook ? ingress.port() : server.port()) + target))
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    List<String> headers = new ArrayList<>();
    step.headers().forEach((name, value) -> {
      headers.add(name);
      headers.add(Transcript.filled(value, values));
    });
    if (body != null && !step.headers().containsKey("Content-Type")) {
      headers.addAll(List.of("Content-Type", "application/json"));
    }
    if (!headers.isEmpty()) {
      request.headers(headers.toArray(String[]::new));
    }
    HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
    byte[] bytes;
    try (InputStream in = response.body()) {
      boolean endless = "text/event-stream"
          .equals(response.headers().firstValue("content-type").orElse(""));
      bytes = endless ? new byte[0] : in.readAllBytes();
    }
    Map<String, String> all = new LinkedHashMap<>();
    response.headers().map().forEach((name, each) -> all.put(name, each.get(0)));
    String type = all.getOrDefault("content-type", "");
    if (!hook) {
      ApiDocument.OURS.check(method, target, response.statusCode(), type, bytes);
      assertEquals("nosniff", all.get("x-content-type-options"), step::toString);
    }
    return new Answered(
        response.statusCode(),
        bytes.length == 0 || !type.contains("json") ? Json.EMPTY : Json.parse(bytes),
        new String(bytes, StandardCharsets.UTF_8),
        all);
  }
}
