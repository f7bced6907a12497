package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.intake.ManualTrigger;
import dev.agentruntime.memory.Memory;
import dev.agentruntime.process.MemoryDesk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The sample with secrets, in a runtime, against a server that tells what it was told. */
@ExtendWith(VertxExtension.class)
final class SecretsTest {

  private static final String NOTES = "release-notes";
  private static final Map<String, Object> RELEASE =
      Map.of("version", "1.2", "text", "notes-token-1 must not be here");

  @TempDir
  private Path root;

  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private final Map<String, String> env = new ConcurrentHashMap<>();
  private HttpServer server;
  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    server = Node.now(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
    env.put("NOTES_URL", "http://127.0.0.1:" + server.actualPort());
    env.put("NOTES_TOKEN", "notes-token-1");
    node = new Node(vertx, root).environment(env).outbound(List.of("127.0.0.1"));
    for (String file : List.of(NOTES + ".agent", NOTES + ".play.yaml")) {
      Files.copy(Path.of("src/test/resources/secrets", file), node.agents().resolve(file));
    }
    Files.writeString(node.agents().resolve("chat-token"), "chat-token-1\n");
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
    Node.nothing(server.close());
  }

  private int padding;

  /** Answers with what it was sent, as a careless server does. */
  private void serve(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      String all = request.getHeader("authorization") + " " + body;
      heard.add(request.path() + " " + all);
      if (padding == 0) {
        request.response().end("got " + all);
      } else {
        String end = String.valueOf(request.getHeader("authorization")).replace("Bearer ", "");
        request.response().setStatusCode(400).end("z".repeat(padding) + end + " and more");
      }
    });
  }

  @Test
  void anAnswerThatIsCutInTheMidstOfAValueTellsNothingOfIt() {
    padding = 2_000 - 12;
    node.trigger(NOTES, RELEASE);
    node.until(NOTES, "invocation_count", 1);
    String journal = Node.now(node.process(NOTES).journal(500, "1", null)).toString();
    assertTrue(journal.contains("zzz[secret:"), journal);
    assertFalse(journal.contains("notes-token"), journal);
  }

  @Test
  void aManifestWhoseSecretHasExpiredAtOnceIsInForceAndListens() {
    env.put("LOGIN", "let-me-in-please");
    node.deploy("clerk", "triggers:\n  - {type: event, id: old, event_type: old}\n");
    change("""
        triggers:
          - {type: event, id: new, event_type: new}
        secrets:
          secrets: {LOGIN: {value: "${LOGIN}", ttl: 1ms}}
        """);
    Node.nothing(node.runtime().events().emit("new", Json.EMPTY).mapEmpty());
    node.until("clerk", "invocation_count", 1);
  }

  @Test
  void aNameThatHoldsASecretIsNotSaid() {
    RuntimeFault event = refused(node.runtime().events().emit("told.notes-token-1", Json.EMPTY));
    RuntimeFault message = refused(node.runtime().messages().publish("notes-token-1", Json.EMPTY));
    for (RuntimeFault refused : List.of(event, message)) {
      assertEquals(ErrorCode.INVALID_REQUEST, refused.code());
      assertTrue(refused.failure().message().contains("[secret:NOTES_TOKEN]"), refused::toString);
    }
  }

  @Test
  void noVariableThatIsASecretIsInTheEnvironmentBlock() {
    node.stop();
    env.put("APP_REGION", "north");
    env.put("APP_LOGIN", "let-me-in-please");
    node.start(false);
    node.deploy(
        "clerk", "context: {env_prefix: APP_}\nsecrets:\n  secrets:\n    LOGIN: ${APP_LOGIN}\n");
    node.trigger("clerk", 1);
    node.until("clerk", "invocation_count", 1);
    String journal = Node.now(node.process("clerk").journal(500, "1", null)).toString();
    String block = journal.substring(journal.indexOf("\"Environment\":"));
    assertTrue(block.contains("APP_REGION"), block);
    assertFalse(block.contains("APP_LOGIN"), block);
  }

  @Test
  void whoHasSecretsAsksOthersAndRemembersAsAnybodyDoes() throws IOException {
    node.stop();
    env.put("LOGIN", "let-me-in-please");
    Files.writeString(node.agents().resolve("asker.play.yaml"), """
        rules:
          - when: {turn: 1}
            call: [{tool: ask_process, args: {process: clerk, content: "How late, {{secret:LOGIN}}?"}}]
          - when: {turn: 2}
            call: [{tool: memory_store, args: {content: "Noon, {{secret:LOGIN}}."}}]
          - say: Done.
        """);
    Files.writeString(node.agents().resolve("asker.agent"), """
        name: asker
        model: script:asker.play.yaml
        instructions: Ask.
        memory: {provider: in_memory}
        secrets: {secrets: {LOGIN: {value: "${LOGIN}", tools: ["*"]}}}
        """);
    node.write("clerk", "");
    node.start(true);
    ManualTrigger wanted = new ManualTrigger(Json.of(1), Json.EMPTY, null, true, id -> {});
    Node.nothing(node.process("asker").trigger(wanted));
    node.until("asker", "invocation_count", 1);
    node.until("clerk", "invocation_count", 1);
    String journal = Node.now(node.process("asker").journal(500, "1", null)).toString();
    assertTrue(journal.contains("\"outcome\":\"ok\""), journal);
    assertFalse(journal.contains("no other process here"), journal);
    String clerk = Node.now(node.process("clerk").journal(500, "1", null)).toString();
    assertTrue(clerk.contains("How late, {{secret:LOGIN}}?"), clerk);
    String memory = Node.now(new MemoryDesk(node.process("asker")).list(Memory.Where.ALL, 10, null))
        .toString();
    assertTrue(memory.contains("\"origin\":\"manual:manual\""), memory);
    assertTrue(memory.contains("Noon, {{secret:LOGIN}}."), memory);
  }

  private static RuntimeFault refused(Future<?> said) {
    return assertThrows(RuntimeFault.class, () -> Node.now(said));
  }

  private void run(int count) {
    node.trigger(NOTES, RELEASE);
    node.until(NOTES, "invocation_count", count);
  }

  private String steps() {
    InvocationId id = new InvocationId(node.invocations(NOTES, 1).get(0));
    return Node.now(node.process(NOTES).invocation(id)).toString();
  }

  private String journal() {
    return Node.now(node.process(NOTES).journal(500, "1", null)).toString();
  }

  private String secrets() {
    return Node.list(Node.now(node.process(NOTES).oversee(all -> all.secrets().list())), "secrets")
        .stream()
        .map(item -> (Map<?, ?>) item)
        .map(one -> one.get("name") + " " + one.get("status") + " " + one.get("source"))
        .collect(Collectors.joining(", "));
  }

  private Json rotate(String secret, @Nullable String source) {
    return Node.now(
        node.process(NOTES).oversee(all -> all.secrets().rotate(secret, source, "test")));
  }

  @Test
  void toolsAreGivenSecretsAndNobodyElseIs() {
    run(1);
    assertEquals(
        List.of(
            "/releases/1.2 Bearer notes-token-1"
                + " {\"text\":\"[secret:NOTES_TOKEN] must not be here\"}",
            "/chat null {\"token\":\"chat-token-1\",\"text\":\"1.2 is out\"}"),
        List.copyOf(heard));
    assertEquals(2, node.number(NOTES, "active_secrets"));
    String all = steps()
        + journal()
        + node.status(NOTES)
        + Node.now(node.process(NOTES).knowledge().context());
    assertTrue(all.contains("got Bearer [secret:NOTES_TOKEN]"), all);
    assertTrue(all.contains("{{secret:CHAT_TOKEN}}"), all);
    assertTrue(!all.contains("notes-token") && !all.contains("chat-token-1"), all);
    for (String access : List.of(
        "\"secret\":\"NOTES_TOKEN\",\"action\":\"used\",\"by\":\"publish_notes\"",
        "\"secret\":\"CHAT_TOKEN\",\"action\":\"read\",\"by\":\"get_secret\"",
        "\"secret\":\"CHAT_TOKEN\",\"action\":\"used\",\"by\":\"tell_chat\"")) {
      assertTrue(all.contains(access), access + " in " + all);
    }
  }

  @Test
  void aRotatedSecretIsUsedFromTheNextCallOn() throws IOException {
    run(1);
    Files.writeString(node.agents().resolve("chat-token"), "chat-token-2\n");
    env.put("OTHER_TOKEN", "notes-token-2");
    Json unused = rotate("CHAT_TOKEN", null);
    assertTrue(rotate("NOTES_TOKEN", "${OTHER_TOKEN}").toString().contains("${OTHER_TOKEN}"));
    heard.clear();
    run(2);
    assertTrue(heard.toString().contains("Bearer notes-token-2"), heard.toString());
    assertTrue(heard.toString().contains("chat-token-2"), heard.toString());

    // Over a restart it is found where it was said to be.
    node.stop();
    node.start(true);
    heard.clear();
    run(3);
    assertTrue(heard.toString().contains("Bearer notes-token-2"), heard.toString());
    assertTrue(!journal().contains("-token-2"), journal());
  }

  @Test
  void aRevokedSecretIsGivenToNobody() {
    Json unused = Node.now(
        node.process(NOTES).oversee(all -> all.secrets().revoke(List.of("NOTES_TOKEN"), "test")));
    run(1);
    assertEquals(1, heard.size());
    assertTrue(steps().contains("secret NOTES_TOKEN is revoked"), steps());
    assertTrue(journal().contains("\"action\":\"denied\""), journal());

    node.stop();
    node.start(true);
    assertEquals(
        "NOTES_TOKEN revoked ${NOTES_TOKEN}, CHAT_TOKEN active file:chat-token", secrets());
    unused = rotate("NOTES_TOKEN", null);
    heard.clear();
    run(2);
    assertEquals(2, heard.size());
  }

  @Test
  void aStopTakesTheValuesOutOfMemory() {
    Node.nothing(node.process(NOTES).stop("test"));
    assertEquals("NOTES_TOKEN absent ${NOTES_TOKEN}, CHAT_TOKEN absent file:chat-token", secrets());
    Node.nothing(node.process(NOTES).start());
    assertEquals("NOTES_TOKEN active ${NOTES_TOKEN}, CHAT_TOKEN active file:chat-token", secrets());
  }

  @Test
  void aStopLeavesTheValuesWhereTheManifestSaysSo() {
    env.put("LOGIN", "login-token-1");
    node.deploy("clerk", "secrets:\n  revoke_on_stop: false\n  secrets: {LOGIN: \"${LOGIN}\"}\n");
    Node.nothing(node.process("clerk").stop("test"));
    assertEquals("active", statusOfLogin());
    env.remove("LOGIN");
    Node.nothing(node.process("clerk").start());
    assertEquals("active", statusOfLogin(), "it was read again");
  }

  @Test
  void aSourceThatCannotBeReadIsSaid() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Json unused = rotate("NOTES_TOKEN", "${NOWHERE}");
    });
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    fault = assertThrows(RuntimeFault.class, () -> {
      Json unused = rotate("NOTES_TOKEN", "the-value-itself");
    });
    assertTrue(!fault.failure().message().contains("itself,"), fault.getMessage());
    assertEquals("NOTES_TOKEN active ${NOTES_TOKEN}, CHAT_TOKEN active file:chat-token", secrets());

    Node.nothing(node.process(NOTES).stop("test"));
    env.remove("NOTES_TOKEN");
    fault =
        assertThrows(RuntimeFault.class, () -> Node.nothing(node.process(NOTES).start()));
    assertEquals(ErrorCode.START_FAILED, fault.code());
    assertEquals(
        "environment variable NOTES_TOKEN is not set, expected a secret in it", fault.getMessage());
  }

  @Test
  void aManifestWhoseSecretIsMissingDoesNotComeInForce() throws IOException {
    Path file = node.agents().resolve(NOTES + ".agent");
    String before = Files.readString(file);
    String after = before
        .replace("{secret:NOTES_TOKEN}", "{secret:LATER_TOKEN}")
        .replace("    CHAT_TOKEN:", "    LATER_TOKEN: ${LATER_TOKEN}\n    CHAT_TOKEN:");
    Files.writeString(file, after);
    node.until(() -> problem().contains("LATER_TOKEN is not set"));
    assertEquals(1, version());
    assertEquals("NOTES_TOKEN active ${NOTES_TOKEN}, CHAT_TOKEN active file:chat-token", secrets());
    run(1);
    assertTrue(heard.toString().contains("Bearer notes-token-1"), heard.toString());

    env.put("LATER_TOKEN", "later-token-1");
    Files.writeString(file, after + "\n");
    node.until(() -> version() == 2);
    heard.clear();
    run(2);
    assertTrue(heard.toString().contains("Bearer later-token-1"), heard.toString());
    assertTrue(!journal().contains("later-token-1"), journal());
    assertEquals("null", problem());
  }

  private String statusOfLogin() {
    Json list = Node.now(node.process("clerk").oversee(all -> all.secrets().list()));
    return String.valueOf(((Map<?, ?>) Node.list(list, "secrets").get(0)).get("status"));
  }

  private long marksOfLogin() {
    Json journal = Node.now(node.process("clerk").journal(500, "1", "secret_access"));
    return Node.list(journal, "entries").stream()
        .filter(entry -> entry.toString().contains("loaded"))
        .count();
  }

  private void change(String more) {
    String yaml = Node.ECHO.replace("NAME", "clerk") + more;
    Node.nothing(node.runtime()
        .replace(
            node.process("clerk"), node.runtime().manifests().readYaml(yaml, "test", null, false)));
  }

  private static String clerk(String source, String ttl) {
    return "secrets:\n  secrets:\n    LOGIN:\n      value: " + source + "\n      ttl: " + ttl
        + "\n";
  }

  @Test
  void whatHasExpiredStaysSoOverRestartsUntilItIsRotated() {
    env.put("LOGIN", "login-token-1");
    env.put("LOGIN_2", "login-token-2");
    node.deploy("clerk", clerk("${LOGIN}", "1s"));
    node.until(() -> statusOfLogin().equals("expired"));
    Node.nothing(node.process("clerk").restart());
    assertEquals("expired", statusOfLogin());
    assertEquals(1, marksOfLogin());
    node.stop();
    node.start(true);
    node.until("clerk", "state", "running");
    assertEquals("expired", statusOfLogin());
    assertEquals(1, marksOfLogin());
    // It is still known, so that it is taken out of texts.
    node.trigger("clerk", "is it login-token-1?");
    node.until("clerk", "invocation_count", 1);
    assertFalse(Node.now(node.process("clerk").journal(500, "1", null))
        .toString()
        .contains("login-token-1"));

    // With a longer life what is left is counted from the same moment.
    change(clerk("${LOGIN}", "1h"));
    Node.nothing(node.process("clerk").restart());
    assertEquals("active", statusOfLogin());
    assertEquals(1, marksOfLogin());
    change(clerk("${LOGIN}", "1s"));
    Node.nothing(node.process("clerk").restart());
    assertEquals("expired", statusOfLogin());
    change(clerk("${LOGIN}", "1h"));
    Json rotated =
        Node.now(node.process("clerk").oversee(all -> all.secrets().rotate("LOGIN", null, "me")));
    assertTrue(rotated.toString().contains("active"), rotated::toString);
    assertEquals(2, marksOfLogin());
    Node.nothing(node.process("clerk").restart());
    assertEquals("active", statusOfLogin());
    assertEquals(2, marksOfLogin());

    // Found elsewhere it is another value.
    change(clerk("${LOGIN_2}", "1h"));
    assertEquals("active", statusOfLogin());
    assertEquals(3, marksOfLogin());
  }

  private String problem() {
    return String.valueOf(node.status(NOTES).get("manifest_problem"));
  }

  private int version() {
    Map<?, ?> manifest = (Map<?, ?>) node.status(NOTES).get("manifest");
    return manifest == null ? 0 : Integer.parseInt(String.valueOf(manifest.get("version")));
  }
}
