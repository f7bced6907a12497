package dev.agentruntime.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.provider.FakeOpenAi;
import dev.agentruntime.provider.FakeProvider;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Canaries as secrets of the real jar, let loose in every channel: tool results, model replies,
 * payloads, context, events, errors, hooks, questions to people, servers of tools. Then every byte
 * of the data directory, the log, all API answers, all requests to the model and all that was told
 * outside are searched for them, in every form in which they travel.
 */
@ExtendWith(VertxExtension.class)
final class SecretCanaryIT {

  private static final String MANIFEST = """
      version: "1.0"
      name: leaky
      model: openai:fake
      instructions: Do as you are told.
      triggers:
        - {type: webhook, id: hook, webhook_path: /leaky, auth: none}
        - {type: event, id: ear, event_type: "alarm.**"}
      secrets:
        secrets:
          HEADER: file:header-secret
          ARGUMENT: {value: %s, tools: [give, order, "mem*"]}
          VARIABLE: ${CANARY_VARIABLE}
      http_tools:
        leak:
          description: Tells all it knows.
          method: PUT
          url: %s/leak
          headers: {Authorization: "Bearer {{secret:HEADER}}", X-More: "{{secret:VARIABLE}}"}
        give:
          description: Takes a secret.
          method: POST
          url: %s/give/{path}
          arguments: {properties: {path: {type: string}, token: {type: string}}}
        broken:
          description: Fails with all it knows.
          method: POST
          url: %s/broken
          headers: {X-Key: "{{secret:HEADER}}"}
        order:
          description: Needs a word.
          method: POST
          url: %s/order
          arguments: {properties: {token: {type: string}, note: {type: string}}}
      approval:
        tools: [order]
        irreversible: false
        escalation: {webhook_url: "%s/pager"}
      taint: allow
      trigger_delivery: {max_retries: 0}
      inbox: {}
      health: {}
      budget: {max_runs_per_day: 1000}
      memory: {provider: lucene, auto_store: true}
      """;

  /** Tells all its environment, to whoever asks, and to its log. */
  private static final String SERVERS = """
      servers:
        all:
          command: %s
          args: [stdio]
          env: {TOLD: "${CANARY_VARIABLE}", LINE: "file:header-secret"}
      """;

  private static final String SETTINGS = """
      hooks:
        - event: permission_request
          command: [sh, guard.sh]
          env: {KEY: "${CANARY_SETTING}", OTHER: "${CANARY_VARIABLE}"}
      observe:
        sinks:
          - {type: log, severity: info}
          - {type: webhook, name: ops, url: "%s/ops", secret: "${CANARY_SETTING}"}
      """;

  private static final String GUARD = """
      line=$(cat)
      printf '%s\\n' "$line" >> hook.log
      case $line in
        *'"path":"forbidden"'*)
          printf '{"block":true,"reason":"not with %s and %s","log":"%s"}' "$KEY" "$OTHER" "$KEY" ;;
        *) printf '{"log":"seen with %s","data":{"note":"%s"}}' "$KEY" "$OTHER" ;;
      esac
      """;

  @TempDir
  private Path root;

  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
  private final List<String> answers = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private Vertx vertx;
  private HttpServer server;
  private FakeOpenAi model;
  private @Nullable Process node;

  @BeforeEach
  void serve(Vertx started) {
    vertx = started;
    server = now(vertx.createHttpServer().requestHandler(this::tell).listen(0, "127.0.0.1"));
    model = now(FakeOpenAi.start(vertx));
  }

  @AfterEach
  void stop() {
    if (node != null) {
      node.destroyForcibly();
    }
    assertTrue(now(server.close().compose(done -> model.close()).map(true)));
  }

  /** Answers with everything it was sent, and every canary in every form. */
  private void tell(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      if (request.path().equals("/ops") || request.path().equals("/pager")) {
        told.add(request.path() + " " + request.headers() + " " + body);
        request.response().end("heard");
        return;
      }
      heard.add(request.path() + " " + request.headers() + " " + body);
      StringBuilder all = new StringBuilder(request.headers().toString()).append(body);
      Canaries.ALL.forEach(canary ->
          Canaries.forms(canary).forEach(form -> all.append(" <").append(form).append('>')));
      request
          .response()
          .setStatusCode(request.path().startsWith("/broken") ? 500 : 200)
          .end(all.toString());
    });
  }

  private void startNode(String more) throws IOException {
    Path agents = Files.createDirectories(root.resolve("agents"));
    String url = "http://127.0.0.1:" + server.actualPort();
    Files.writeString(agents.resolve("header-secret"), Canaries.HEADER + "\n");
    Files.writeString(
        agents.resolve("leaky.agent"),
        MANIFEST.formatted(Json.quote(Canaries.ARGUMENT), url, url, url, url, url) + more);
    Files.writeString(root.resolve("node.yaml"), SETTINGS.formatted(url));
    Files.writeString(root.resolve("guard.sh"), GUARD);
    ProcessBuilder builder = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-jar",
            Path.of(System.getProperty("runtime.jar", "target/runtime.jar"))
                .toAbsolutePath()
                .toString(),
            "serve",
            "--conf",
            root.resolve("node.yaml").toString(),
            "--data",
            root.resolve("data").toString(),
            "--agents",
            agents.toString(),
            "--control",
            "127.0.0.1:0",
            "--ingress",
            "127.0.0.1:0")
        .directory(root.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log().toFile());
    Map<String, String> env = builder.environment();
    env.keySet().removeIf(name -> name.startsWith("AGENTRUNTIME_"));
    env.put("AGENTRUNTIME_OUTBOUND_ALLOW", "127.0.0.1");
    env.put("AGENTRUNTIME_MODELS_OPENAI_BASE_URL", model.baseUrl());
    env.put("AGENTRUNTIME_MODELS_OPENAI_ATTEMPTS_MAX", "1");
    env.put("CANARY_VARIABLE", Canaries.VARIABLE);
    env.put("CANARY_SETTING", Canaries.SETTING);
    node = builder.start();
    until(() -> said().contains("\nready"));
  }

  private Path log() {
    return root.resolve("node.log");
  }

  private String said() {
    try {
      return Files.exists(log()) ? "\n" + Files.readString(log()) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String address(String what) {
    Matcher found = Pattern.compile("\n" + what + "\\s+(http://\\S+)").matcher(said());
    assertTrue(found.find(), said());
    return found.group(1);
  }

  private String send(String method, String url, @Nullable String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20));
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("content-type", "application/json")
          .method(method, HttpRequest.BodyPublishers.ofString(body));
    }
    try {
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      answers.add(answer.body());
      return answer.body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String api(String method, String path, @Nullable String body) {
    return send(method, address("control") + "/api/v1" + path, body);
  }

  private static String call(String tool, String arguments) {
    return tool + " " + arguments;
  }

  private void models(String... calls) {
    FakeProvider.Answer[] next = new FakeProvider.Answer[calls.length];
    for (int i = 0; i < calls.length; i++) {
      int space = calls[i].indexOf(' ');
      next[i] = FakeOpenAi.calls(new FakeProvider.Call(
          "c" + i, calls[i].substring(0, space), calls[i].substring(space + 1)));
    }
    model.answer(next);
  }

  private void settled(int count) {
    until(() -> api("GET", "/processes/leaky", null).contains("\"invocation_count\":" + count));
  }

  @Test
  void noCanaryIsAnywhere() throws IOException, InterruptedException {
    String all = String.join(" ", Canaries.ALL);
    String quoted = Json.quote(all);
    startNode("");

    // One run: a tool that leaks, a handle for a tool, a failing tool, a model that repeats it all.
    models(
        call("leak", "{}"),
        call("get_secret", "{\"name\":\"ARGUMENT\"}"),
        call("give", "{\"path\":\"a\",\"token\":\"{{secret:ARGUMENT}}\"}"),
        call("give", "{\"path\":\"{{secret:ARGUMENT}}\",\"token\":" + quoted + "}"),
        call("broken", "{}"),
        call("memory_store", "{\"content\":" + quoted + "}"),
        call("memory_store", "{\"content\":\"I know {{secret:ARGUMENT}}\"}"),
        call("context_set", "{\"key\":\"learned\",\"value\":" + quoted + "}"),
        call("emit_event", "{\"event_type\":\"seen\",\"data\":{\"all\":" + quoted + "}}"));
    model.answer(FakeOpenAi.text("I know " + all + " and " + Canaries.forms(Canaries.HEADER)));
    String ingress = address("ingress");
    String first = send("POST", ingress + "/leaky", "{\"note\":" + quoted + "}");
    assertTrue(first.contains("accepted"), first);
    settled(1);
    String learned = api("GET", "/processes/leaky/context", null);
    assertTrue(learned.contains("\"learned\":\"[secret:HEADER] [secret:ARGUMENT]"), learned);

    // What operators and other programs send.
    String body = "{\"payload\":{\"note\":" + quoted + "}}";
    String unused = api("POST", "/processes/leaky/trigger", body);
    settled(2);
    unused = api("PATCH", "/processes/leaky/context", "{\"state\":{\"told\":" + quoted + "}}");
    unused =
        api("POST", "/events", "{\"event_type\":\"alarm.fire\",\"data\":{\"all\":" + quoted + "}}");
    settled(3);
    unused = api("POST", "/messages/nobody", "{\"content\":" + quoted + "}");
    people(quoted);
    follow();
    outside(quoted);

    // A model that fails, and says why.
    model.answer(FakeOpenAi.status(400, "{\"error\":{\"message\":" + quoted + "}}"));
    unused = api("POST", "/processes/leaky/trigger", body);
    unused = api("POST", "/processes/leaky/trigger", body);
    until(() -> !api("GET", "/processes/leaky/dead-letters", null).contains("\"total\":0"));

    look();
    end();
    assertTrue(
        heard.toString().contains("Bearer " + Canaries.HEADER),
        "the tool was not given its secret");
    assertTrue(heard.toString().contains(Canaries.ARGUMENT.substring(0, 8)), "nothing was filled");
    searched();
    assertTrue(model.seen().toString().contains("[secret:ARGUMENT]"), "the model heard nothing");
    assertTrue(answers.toString().contains("[secret:VARIABLE]"), "no answer showed anything");
  }

  /** A real server of tools that tells the environment it was given. */
  @Test
  @Needs(Capability.NPM_SERVERS)
  void noCanaryOfAServerOfToolsIsAnywhere() throws IOException, InterruptedException {
    Path server = Path.of("src/test/npm/node_modules/.bin/mcp-server-everything");
    startNode(SERVERS.formatted(server.toAbsolutePath()));
    models(call("all__get-env", "{}"), call("all__echo", "{\"message\":\"{{secret:ARGUMENT}}\"}"));
    model.answer(FakeOpenAi.text("done"));
    String unused = api("POST", "/processes/leaky/trigger", "{\"payload\":{}}");
    settled(1);
    assertTrue(model.seen().toString().contains("[secret:VARIABLE]"), "it told nothing");
    look();
    end();
    searched();
  }

  /** A guard that says what it knows, a person who is asked, and what he changes. */
  private void outside(String quoted) {
    String note = ",\"note\":" + quoted + "}";
    models(
        call("give", "{\"path\":\"forbidden\",\"token\":\"{{secret:ARGUMENT}}\"}"),
        call("order", "{\"token\":\"{{secret:ARGUMENT}}\"" + note));
    model.answer(FakeOpenAi.text("done"));
    // The model says its last word once more before it hears of another.
    String unused = api("POST", "/processes/leaky/trigger", "{\"payload\":{}}");
    unused = api("POST", "/processes/leaky/trigger", "{\"payload\":{}}");
    until(() -> told.toString().contains("/pager"));
    Matcher id = Pattern.compile("\"id\":\"([^\"]+)\"").matcher(api("GET", "/approvals", null));
    assertTrue(id.find(), "nobody is asked");
    String decided = api(
        "POST",
        "/processes/leaky/approvals/" + id.group(1),
        "{\"decision\":\"approve\",\"reason\":" + quoted
            + ",\"arguments\":{\"token\":\"{{secret:ARGUMENT}}\"" + note + "}");
    assertTrue(decided.contains("approved"), decided);
    until(() -> heard.toString().contains("/order"));
    until(() -> api("GET", "/processes/leaky", null).contains("\"running\":0"));
  }

  private void end() throws InterruptedException {
    Process ending = Objects.requireNonNull(node);
    ending.destroy();
    assertTrue(ending.waitFor(40, TimeUnit.SECONDS), "it did not end");
  }

  private void searched() throws IOException {
    List<String> found = new ArrayList<>();
    Canaries.search("log", Files.readAllBytes(log()), found);
    Canaries.search("hook", Files.readAllBytes(root.resolve("hook.log")), found);
    answers.forEach(
        answer -> Canaries.search("API", answer.getBytes(StandardCharsets.UTF_8), found));
    told.forEach(
        outside -> Canaries.search("outside", outside.getBytes(StandardCharsets.UTF_8), found));
    model
        .seen()
        .forEach(seen ->
            Canaries.search("model", seen.body().encode().getBytes(StandardCharsets.UTF_8), found));
    int marked = 0;
    try (Stream<Path> files = Files.walk(root.resolve("data"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        Canaries.search(file.toString(), bytes, found);
        marked += Canaries.text(bytes).contains("[secret:") ? 1 : 0;
      }
    }
    assertEquals(List.of(), found);
    // The channels were really used: where a canary was, its name is.
    assertTrue(marked > 0, "nothing was taken out of the journal");
    assertTrue(told.toString().contains("/ops"), "no sink was told anything");
  }

  /** Every page that tells about a process. */
  private void look() {
    String process = "/processes/leaky";
    String invocations = api("GET", process + "/invocations?limit=50", null);
    Matcher ids = Pattern.compile("\"id\":\"([0-9A-HJKMNP-TV-Z]{26})\"").matcher(invocations);
    while (ids.find()) {
      String unused = api("GET", process + "/invocations/" + ids.group(1), null);
    }
    for (String path : List.of(
        "/processes",
        process,
        process + "?digest=true",
        process + "/context",
        process + "/journal?limit=500",
        process + "/dead-letters",
        process + "/secrets",
        process + "/metrics",
        process + "/conversation",
        process + "/context/learned/history",
        process + "/memory?limit=50",
        process + "/memory?query=know",
        process + "/inbox",
        process + "/approvals",
        process + "/budget",
        process + "/health",
        process + "/health/anomalies",
        process + "/triggers",
        process + "/tools",
        process + "/versions",
        process + "/forks",
        "/approvals",
        "/models",
        "/runtime/status",
        "/verticles",
        "/events",
        "/messages/dead-letters",
        "/nodes")) {
      String unused = api("GET", path, null);
    }
  }

  /** What people say to it, and are answered. */
  private void people(String quoted) {
    String left = api("POST", "/processes/leaky/messages", "{\"content\":" + quoted + "}");
    assertTrue(left.contains("queued"), left);
    String unused = api("GET", "/processes/leaky/inbox", null);
    String asked = api("POST", "/processes/leaky/ask", "{\"content\":" + quoted + "}");
    assertTrue(asked.contains("answered"), asked);
  }

  /** What its stream shows, up to the end of its first run. */
  private void follow() throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(
            URI.create(address("control") + "/api/v1/processes/leaky/stream?after=0"))
        .timeout(Duration.ofSeconds(20))
        .build();
    HttpResponse<InputStream> answer =
        http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    StringBuilder shown = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (line != null && !line.contains("\"k\":\"invocation_result\"")) {
        shown.append(line).append('\n');
        line = lines.readLine();
      }
    }
    assertTrue(shown.toString().contains("[secret:HEADER]"), shown::toString);
    answers.add(shown.toString());
  }

  private void until(Supplier<Boolean> condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.get()) {
      assertTrue(System.nanoTime() < end, () -> "it did not come to be:\n" + said());
      assertTrue(now(vertx.timer(50, TimeUnit.MILLISECONDS).map(true)));
    }
  }

  private static <T> T now(Future<T> future) {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }
}
