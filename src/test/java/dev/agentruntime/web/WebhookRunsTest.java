package dev.agentruntime.web;

import static dev.agentruntime.web.IngressFixture.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.http.RawHttp.Reply;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import dev.agentruntime.rules.ReadmeBlocks;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks of a whole node: over HTTP, through a file journal, to the end of the run. */
class WebhookRunsTest {

  private static final Map<String, String> SECRETS = Map.of(
      "GITHUB_SECRET", "It's a Secret to Everybody",
      "STRIPE_SECRET", "whsec_test",
      "STRIPE_SECRET_BEFORE", "whsec_before",
      "SLACK_SECRET", "8f742231b10e8888abcd99yyyzzz85a5",
      "STANDARD_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

  @TempDir
  private Path root = Path.of("");

  private final Vertx vertx = Vertx.vertx();
  private @Nullable AgentRuntime runtime;
  private @Nullable WebhookIngress ingress;
  private @Nullable AgentProcess process;

  @BeforeEach
  void start() throws IOException {
    RuntimeConfig d = RuntimeConfig.DEFAULT;
    HostPort any = new HostPort("127.0.0.1", 0);
    VertxTimers timers = new VertxTimers(vertx);
    WebhookIngress served = new WebhookIngress(
        vertx, timers, Ids.random(timers), new WebhookIngress.Settings(any, d.http(), 1, Set.of()));
    await(served.bind());
    RuntimeConfig config = new RuntimeConfig(
        null,
        root.resolve("data"),
        Files.createDirectories(root.resolve("agents")),
        any,
        any,
        d.drainTimeout(),
        d.journal(),
        d.http(),
        d.cluster(),
        d.models());
    AgentRuntime started = await(AgentRuntime.builder()
        .vertx(vertx)
        .config(config)
        .env(SECRETS::get)
        .part(served)
        .routes(served)
        .start(false));
    Manifest manifest = started
        .manifests()
        .readYaml(Files.readString(Path.of("src/test/resources/hooks.agent")), "t", root, false);
    process = await(started.deploy(manifest, true));
    runtime = started;
    ingress = served;
  }

  @AfterEach
  void stop() {
    assertEquals("closed", await(Objects.requireNonNull(runtime).close().map("closed")));
    assertEquals("closed", await(vertx.close().map("closed")));
  }

  private int port() {
    return Objects.requireNonNull(ingress).port();
  }

  private long number(String key) {
    Json status = await(Objects.requireNonNull(process).status(false));
    return ((Number) Objects.requireNonNull(status.object().get(key))).longValue();
  }

  @Test
  void aHundredDeliveriesOfOneIdAreOneRun() throws Exception {
    String request = IngressFixture.post(
        "/ask", "content-type: application/json|idempotency-key: one", "\"hello\"");
    ExecutorService pool = Executors.newFixedThreadPool(100);
    List<Future<Reply>> replies = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      replies.add(pool.submit(() -> RawHttp.exchange(port(), request)));
    }
    Set<Object> ids = new HashSet<>();
    Set<Object> runs = new HashSet<>();
    int duplicates = 0;
    for (Future<Reply> each : replies) {
      Reply reply = each.get(60, TimeUnit.SECONDS);
      assertEquals(200, reply.status(), reply.body());
      Map<String, @Nullable Object> body = Json.parse(reply.body()).object();
      assertEquals("completed", body.get("status"));
      assertEquals("hello", body.get("result"), reply.body());
      ids.add(Objects.requireNonNull(body.get("event_id")));
      runs.add(Objects.requireNonNull(body.get("invocation")));
      duplicates += body.containsKey("duplicate") ? 1 : 0;
    }
    pool.shutdown();
    assertTrue(pool.awaitTermination(10, TimeUnit.SECONDS));
    assertEquals(1, ids.size());
    assertEquals(1, runs.size());
    assertEquals(99, duplicates);
    assertEquals(1, number("invocation_count"));
  }

  @Test
  @Needs(Capability.SHELL)
  void theRequestsOfTheManualAreTaken() throws Exception {
    for (String scheme : List.of("github", "stripe", "slack", "standard")) {
      String answer = run("webhook-" + scheme);
      assertTrue(answer.startsWith("{\"status\":\"accepted\""), scheme + ": " + answer);
    }
    assertTrue(run("webhook-github").contains("\"duplicate\":true"));
    String completed = run("webhook-sync");
    assertTrue(completed.contains("\"status\":\"completed\""), completed);
    assertEquals(0, number("filtered_count"));
    String closed = run("webhook-github", "opened", "closed");
    assertEquals("{\"status\":\"ignored\"}", closed);
    assertEquals(1, number("filtered_count"));
  }

  /** Types a block of the manual into a shell; for {@code change}, one word for another. */
  private String run(String block, String... change) throws Exception {
    String text = ReadmeBlocks.command("src/docs/webhooks.md", block)
        .replace("127.0.0.1:9090", "127.0.0.1:" + port());
    if (change.length > 0) {
      text = text.replace(change[0], change[1]);
    }
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", text);
    builder.environment().putAll(SECRETS);
    builder.environment().put("NO_PROXY", "127.0.0.1");
    Process shell = builder.redirectErrorStream(true).start();
    String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(shell.waitFor(20, TimeUnit.SECONDS));
    return out.strip();
  }
}
