package dev.agentruntime.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.provider.FakeOpenAi;
import dev.agentruntime.provider.FakeProvider;
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
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
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
 * payloads, context, events, errors. Then every byte of the data directory, the log, all API
 * answers and all requests to the model are searched for them, in every form in which they travel.
 */
@ExtendWith(VertxExtension.class)
final class SecretCanaryIT {

  /** One for a header, from a file; one for arguments, a literal; one of the environment. */
  private static final String HEADER = "kX\"9/+%=~hd3Qz81vLw0";

  private static final String ARGUMENT = "Zb7-ärger/2 \"quoted\" \\ 55";
  private static final String VARIABLE = "plainVariable0123456789";
  private static final List<String> CANARIES = List.of(HEADER, ARGUMENT, VARIABLE);

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
          ARGUMENT: {value: %s, tools: [give, "mem*"]}
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
      trigger_delivery: {max_retries: 0}
      inbox: {}
      health: {}
      budget: {max_runs_per_day: 1000}
      memory: {provider: lucene, auto_store: true}
      """;

  @TempDir
  private Path root;

  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
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
      heard.add(request.path() + " " + request.headers() + " " + body);
      StringBuilder all = new StringBuilder(request.headers().toString()).append(body);
      CANARIES.forEach(
          canary -> forms(canary).forEach(form -> all.append(" <").append(form).append('>')));
      request
          .response()
          .setStatusCode(request.path().startsWith("/broken") ? 500 : 200)
          .end(all.toString());
    });
  }

  private static List<String> forms(String canary) {
    byte[] bytes = canary.getBytes(StandardCharsets.UTF_8);
    String json = Json.quote(canary);
    json = json.substring(1, json.length() - 1);
    String twice = Json.quote(json);
    String url = URLEncoder.encode(canary, StandardCharsets.UTF_8);
    List<String> forms = new ArrayList<>(List.of(
        canary,
        json,
        json.replace("/", "\\/"),
        twice.substring(1, twice.length() - 1),
        url,
        url.replace("+", "%20"),
        HexFormat.of().formatHex(bytes),
        HexFormat.of().formatHex(bytes).toUpperCase(Locale.ROOT)));
    for (String user : List.of("", "u:", "user:")) {
      byte[] basic = (user + canary).getBytes(StandardCharsets.UTF_8);
      forms.add(Base64.getEncoder().encodeToString(basic));
      forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(basic));
    }
    return forms;
  }

  /** What may be nowhere: each form, of Base64 the middle, which the neighbours do not change. */
  private static List<String> traces() {
    List<String> traces = new ArrayList<>();
    for (String canary : CANARIES) {
      for (String form : forms(canary)) {
        boolean base64 = form.length() > canary.length() && form.matches("[A-Za-z0-9+/_=-]+");
        traces.add(base64 ? form.substring(8, form.length() - 6) : form);
      }
      traces.add(canary.substring(0, canary.length() - 2));
    }
    return traces;
  }

  private void startNode() throws IOException {
    Path agents = Files.createDirectories(root.resolve("agents"));
    String url = "http://127.0.0.1:" + server.actualPort();
    Files.writeString(agents.resolve("header-secret"), HEADER + "\n");
    Files.writeString(
        agents.resolve("leaky.agent"), MANIFEST.formatted(Json.quote(ARGUMENT), url, url, url));
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
    env.put("CANARY_VARIABLE", VARIABLE);
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
    String all = String.join(" ", CANARIES);
    String quoted = Json.quote(all);
    startNode();

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
    model.answer(FakeOpenAi.text("I know " + all + " and " + forms(HEADER)));
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

    // A model that fails, and says why.
    model.answer(FakeOpenAi.status(400, "{\"error\":{\"message\":" + quoted + "}}"));
    unused = api("POST", "/processes/leaky/trigger", body);
    unused = api("POST", "/processes/leaky/trigger", body);
    until(() -> !api("GET", "/processes/leaky/dead-letters", null).contains("\"total\":0"));

    look();
    Process ending = Objects.requireNonNull(node);
    ending.destroy();
    assertTrue(ending.waitFor(40, TimeUnit.SECONDS), "it did not end");

    assertTrue(heard.toString().contains("Bearer " + HEADER), "the tool was not given its secret");
    assertTrue(heard.toString().contains(ARGUMENT.substring(0, 8)), "no argument was filled");
    List<String> found = new ArrayList<>();
    search("log", Files.readAllBytes(log()), found);
    answers.forEach(answer -> search("API", answer.getBytes(StandardCharsets.UTF_8), found));
    model
        .seen()
        .forEach(
            seen -> search("model", seen.body().encode().getBytes(StandardCharsets.UTF_8), found));
    int marked = 0;
    try (Stream<Path> files = Files.walk(root.resolve("data"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        search(file.toString(), bytes, found);
        marked += text(bytes).contains("[secret:HEADER]") ? 1 : 0;
      }
    }
    assertEquals(List.of(), found);
    // The channels were really used: where a canary was, its name is.
    assertTrue(marked > 0, "nothing was taken out of the journal");
    assertTrue(model.seen().toString().contains("[secret:ARGUMENT]"), "the model heard nothing");
    assertTrue(answers.toString().contains("[secret:VARIABLE]"), "no answer showed anything");
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

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void search(String where, byte[] bytes, List<String> found) {
    String all = text(bytes);
    for (String trace : traces()) {
      int at = all.indexOf(text(trace.getBytes(StandardCharsets.UTF_8)));
      if (at >= 0) {
        int from = Math.max(0, at - 60);
        int to = Math.min(all.length(), at + 60);
        found.add(where + ": " + trace + " in ..." + all.substring(from, to) + "...");
      }
    }
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
