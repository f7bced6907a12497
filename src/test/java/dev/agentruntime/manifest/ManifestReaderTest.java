package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ProcessConfig.Context;
import dev.agentruntime.config.ProcessConfig.Level;
import dev.agentruntime.config.ProcessConfig.Run;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.fold.Dedup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestReaderTest {

  private static final String FULL = """
      version: "1.0"
      name: ci-assistant
      model: script:ci.yaml
      instructions: |
        You watch ${BRANCH:-main}.
      execution_mode: strict
      triggers:
        - type: webhook
          webhook_path: /push
          webhook_port: 9191
          signature_scheme: github
          signature_header: X-Sig
          hmac_secret: ${HOOK_SECRET}
          allowed_sources: [10.0.0.0/8, "::1"]
        - type: cron
          id: nightly
          cron_expression: " 0  3 * * * "
          cron_timezone: Europe/Berlin
      world:
        seen: 0
        team: {lead: ann, size: 3, open: 1.50, gone: null}
      context:
        writable_keys: [seen]
        conversation_max_messages: 20
      journal:
        level: full
        backend: file
      config:
        concurrency: 2
        idle_timeout: 90
        max_invocation_time: 500ms
        max_consecutive_failures: 5
        max_turns: 7
        trigger_inbox_max: 10
        trigger_inbox_bytes: 1MiB
        drain_timeout: 2m
        builtin_tools: false
        restart_policy: never
        conversation_history: false
      """;

  private static final String RESOLVED =
      "{\"version\":\"1.0\",\"name\":\"ci-assistant\",\"model\":\"script:ci.yaml\","
          + "\"script\":{\"rules\":[{\"say\":\"${NOT_EXPANDED}\"}]},"
          + "\"instructions\":\"You watch main.\\n\",\"triggers\":["
          + "{\"type\":\"webhook\",\"id\":\"webhook-f7fc49fb\",\"webhook_path\":\"/push\","
          + "\"webhook_host\":\"127.0.0.1\",\"webhook_port\":9191,"
          + "\"hmac_secret\":\"${HOOK_SECRET}\",\"signature_scheme\":\"github\","
          + "\"signature_header\":\"x-sig\",\"allowed_sources\":[\"10.0.0.0/8\",\"::1\"]},"
          + "{\"type\":\"cron\",\"id\":\"nightly\",\"cron_expression\":\"0 3 * * *\","
          + "\"cron_timezone\":\"Europe/Berlin\"}],"
          + "\"world\":{\"seen\":0,\"team\":{\"lead\":\"ann\",\"size\":3,\"open\":1.50,"
          + "\"gone\":null}},"
          + "\"context\":{\"writable_keys\":[\"seen\"],\"conversation_max_messages\":20,"
          + "\"conversation_history\":false},\"journal\":{\"level\":\"full\"},"
          + "\"config\":{\"concurrency\":2,\"idle_timeout\":90,\"max_invocation_time\":0.5,"
          + "\"max_consecutive_failures\":5,\"max_turns\":7,\"trigger_inbox_max\":10,"
          + "\"trigger_inbox_bytes\":1048576,\"drain_timeout\":120,\"builtin_tools\":false}}";

  private static final Map<String, String> ENV =
      Map.of("SET", "set", "EMPTY", "", "NESTED", "${SET}", "PORT", "9191");

  @TempDir
  Path directory;

  @Test
  void readsEverythingItKnows() throws Exception {
    write("ci.yaml", "rules:\n  - say: ${NOT_EXPANDED}\n");
    Path file = write("ci.agent", FULL);
    Manifest manifest = reader().readFile(file);
    ProcessConfig config = manifest.config();
    assertEquals(new ProcessName("ci-assistant"), config.name());
    assertEquals("You watch main.\n", config.instructions());
    assertEquals(Json.parse("{\"rules\":[{\"say\":\"${NOT_EXPANDED}\"}]}"), config.script());
    assertEquals(
        List.of(
            new TriggerConfig.Webhook(
                "webhook-f7fc49fb",
                "/push",
                "127.0.0.1",
                9191,
                List.of(new SecretRef(SecretRef.Kind.ENV, "HOOK_SECRET")),
                "github",
                "x-sig",
                false,
                List.of("10.0.0.0/8", "::1")),
            new TriggerConfig.Cron("nightly", "0 3 * * *", "Europe/Berlin")),
        config.triggers());
    assertEquals(Json.of(0), config.world().get("seen"));
    assertEquals(new Context(List.of("seen"), 20, false), config.context());
    assertEquals(Level.FULL, config.level());
    assertEquals(
        new Run(
            2,
            Duration.ofSeconds(90),
            Duration.ofMillis(500),
            5,
            7,
            10,
            1 << 20,
            Duration.ofMinutes(2),
            false),
        config.run());
    assertEquals(RESOLVED, manifest.resolved().toString());
    assertEquals(Hex.sha256(RESOLVED), manifest.digest());
    assertEquals(file.toString(), manifest.file());
    assertEquals(List.of(), manifest.warnings());
    assertEquals(config, ManifestReader.fromResolved(manifest.resolved()));
  }

  @Test
  void leastManifestIsAllDefaults() {
    Manifest manifest = read("name: a\n");
    assertEquals(
        new ProcessConfig(
            new ProcessName("a"),
            "openai:gpt-5-mini",
            null,
            "",
            List.of(),
            Map.of(),
            Context.DEFAULT,
            Level.CHECKPOINT,
            Run.DEFAULT,
            ProcessConfig.Delivery.DEFAULT,
            ProcessConfig.Restarts.DEFAULT,
            Map.of()),
        manifest.config());
    assertEquals(
        "{\"version\":\"1.0\",\"name\":\"a\",\"model\":\"openai:gpt-5-mini\"}",
        manifest.resolved().toString());
    assertEquals(
        List.of(
            "t.agent:1:1: no instructions: the model is told nothing about its task",
            "t.agent:1:1: no triggers: only an operator can wake this process"),
        manifest.warnings());
    assertEquals(manifest.digest(), ManifestReader.of(manifest.config()).digest());
  }

  @Test
  void unsignedWebhookOnLoopbackIsWarnedOf() {
    Manifest manifest =
        read("name: a\ninstructions: x\ntriggers:\n  - type: webhook\n    id: hook\n");
    assertEquals(
        List.of("t.agent:4:5: this webhook checks no signature: any program on this machine may"
            + " fire it; give 'hmac_secret', or say 'auth: none'"),
        manifest.warnings());
    TriggerConfig.Webhook webhook = webhook(manifest);
    assertEquals("/webhook", webhook.path());
    assertNull(webhook.host());
    assertEquals(0, webhook.port());
    assertFalse(webhook.authNone());
  }

  @Test
  void aWebhookMayListenWhereItWants() {
    String yaml = "name: a\ntriggers:\n  - {type: webhook, auth: none, %s}\n";
    TriggerConfig.Webhook open = webhook(read(yaml.formatted("webhook_host: 0.0.0.0")));
    assertEquals("0.0.0.0", open.host());
    assertEquals(9090, open.port());
    assertTrue(open.authNone());
    TriggerConfig.Webhook near = webhook(read(yaml.formatted("webhook_port: \"${PORT}\"")));
    assertEquals("127.0.0.1", near.host());
    assertEquals(9191, near.port());
  }

  /** What is sent again must be known where it was taken. */
  @Test
  void nothingIsOwedLongerThanItsReceiverRemembersIt() {
    String yaml = "name: a\nmodel: echo\ntrigger_delivery: {event_ttl: %s}\n";
    ManifestReader reader = new ManifestReader(name -> null);
    assertEquals(
        Dedup.AGE_MAX,
        reader
            .readYaml(yaml.formatted("7d"), "t.agent", directory, false)
            .config()
            .delivery()
            .eventTtl());
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> reader.readYaml(yaml.formatted("8d"), "t.agent", directory, false));
    assertEquals(
        "t.agent:3:31: event_ttl: expected a duration from 1s to 7d, in seconds or with a unit (ms,"
            + " s, m, h, d), actual \"8d\"",
        fault.failure().message());
  }

  @Test
  void defaultIdsComeFromWhatDefinesATrigger() {
    String yaml = """
        name: a
        triggers:
          - {type: cron, cron_expression: "*/5 * * * *"}
          - {type: cron, cron_expression: "*/5 * * * *", cron_timezone: Asia/Tokyo}
          - {type: webhook, auth: none}
        """;
    assertEquals(
        List.of(
            "cron-" + Hex.sha256("*/5 * * * *\nUTC").substring(0, 8),
            "cron-" + Hex.sha256("*/5 * * * *\nAsia/Tokyo").substring(0, 8),
            "webhook-" + Hex.sha256("/webhook\n\n0").substring(0, 8)),
        read(yaml).config().triggers().stream().map(TriggerConfig::id).toList());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      ${SET}|set
      a ${SET} b ${SET}|a set b set
      ${NOT_SET:-default}|default
      ${NOT_SET:-}|``
      ${EMPTY:-default}|default
      [${EMPTY}]|[]
      ${NESTED}|${SET}
      $${SET}|${SET}
      costs $5|costs $5
      """)
  void variablesAreExpandedOnce(String text, String expanded) {
    Manifest manifest = read("name: a\ninstructions: \"" + text + "\"\n");
    assertEquals(expanded, manifest.config().instructions());
    assertEquals(manifest.config(), ManifestReader.fromResolved(manifest.resolved()));
  }

  @Test
  void secretsOfTheNodeAreNeverExpanded() {
    ManifestReader reader = new ManifestReader(ENV::get, Set.of("SET"));
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> reader.readYaml("name: a\nworld: {x: \"${SET}\"}\n", "t", null, false));
    assertEquals(
        "t:2:12: ${SET} holds a secret, expected it in secret fields only",
        fault.failure().message());
  }

  @Test
  void literalSecretIsMaskedEverywhere() {
    String yaml = "name: a\ntriggers:\n  - {type: webhook, hmac_secret: %s}\n";
    Manifest manifest = read(yaml.formatted("hunter2"));
    assertEquals(
        new SecretRef(SecretRef.Kind.LITERAL, "hunter2"),
        webhook(manifest).secrets().get(0));
    assertFalse(manifest.toString().contains("hunter2"));
    assertFalse(manifest.resolved().toString().contains("hunter2"));
    assertEquals(manifest.digest(), read(yaml.formatted("other")).digest());
    TriggerConfig back =
        ManifestReader.fromResolved(manifest.resolved()).triggers().get(0);
    assertEquals(
        new SecretRef(SecretRef.Kind.LITERAL, SecretRef.MASK),
        assertInstanceOf(TriggerConfig.Webhook.class, back).secrets().get(0));
    assertEquals(
        new SecretRef(SecretRef.Kind.FILE, "keys/hook"),
        webhook(read(yaml.formatted("file:keys/hook"))).secrets().get(0));
  }

  @Test
  void memoryBackendIsLevelNone() {
    Manifest manifest = read("name: a\njournal: {backend: memory, level: full}\n");
    assertEquals(Level.NONE, manifest.config().level());
    assertEquals(3, manifest.warnings().size());
    assertEquals(
        Level.FULL, read("name: a\nconfig: {journal_level: full}\n").config().level());
  }

  @Test
  void windowsLinesAreRead() {
    String yaml = "name: a\r\ninstructions: |\r\n  x\r\n  y\r\nconfig:\r\n  max_turns: 3\r\n";
    assertEquals(3, read(yaml).config().run().maxTurns());
    assertEquals("x\ny\n", read(yaml).config().instructions());
  }

  @Test
  void whatIsPostedReadsNothingOfTheNode() {
    String yaml = """
        name: a
        model: script:play.yaml
        instructions: ${SET}
        triggers:
          - {type: webhook, webhook_path: /a, hmac_secret: hunter2}
          - {type: webhook, webhook_path: /b, hmac_secret: "${HOOK}"}
          - {type: webhook, webhook_path: /c, hmac_secret: "file:key"}
        """;
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> reader().readYaml(yaml, "posted", directory, true));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(
        "posted:2:8: model: script: reads a file beside the manifest, which a request may not; put"
            + " the manifest and its play into the agents directory\n"
            + "posted:3:15: ${SET} outside a secret is expanded in files only, expected the value"
            + " itself, or $${ for the characters ${\n"
            + "posted:5:52: hmac_secret: a literal secret is taken from a file only, expected"
            + " ${VARIABLE} or file:PATH",
        fault.failure().message());
  }

  @Test
  void jsonOfTheApiIsFlat() {
    Json config = Json.parse("""
        {"model": "echo", "concurrency": 3, "idle_timeout": 1.5, "world": {"x": [1]},
         "triggers": [{"type": "webhook", "auth": "none", "id": "h"}],
         "journal": {"level": "none"}, "conversation_history": false}
        """);
    Manifest manifest = reader().readJson(config, "a");
    String yaml = """
        name: a
        model: echo
        world: {x: [1]}
        triggers: [{type: webhook, auth: none, id: h}]
        journal: {level: none}
        config: {concurrency: 3, idle_timeout: 1500ms, conversation_history: false}
        """;
    assertEquals(read(yaml).config(), manifest.config());
    assertEquals(read(yaml).digest(), manifest.digest());
    assertNull(manifest.file());
  }

  @Test
  void errorsInJsonNameThePath() {
    Json config = Json.parse("""
        {"modle": "echo", "triggers": [{"type": "webhook", "hmac_secret": "x"}, 5],
         "concurrency": "2", "context": {"writable_keys": [1]}}
        """);
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> reader().readJson(config, "a"));
    assertEquals(
        Set.of(
            "config: modle: unknown key 'modle', did you mean 'model'?",
            "config: triggers[0].hmac_secret: a literal secret is taken from a file"
                + " only, expected ${VARIABLE} or file:PATH",
            "config: triggers[1]: expected a map of keys and values, actual 5",
            "config: concurrency: expected a whole number from 1 to 100, actual" + " \"2\"",
            "config: context.writable_keys[0]: writable_keys: expected text, actual 1"),
        Set.copyOf(fault.failure().message().lines().toList()));
    RuntimeFault list =
        assertThrows(RuntimeFault.class, () -> reader().readJson(Json.parse("[]"), "a"));
    assertEquals(
        "config: config: expected a map of keys and values, actual a list",
        list.failure().message());
  }

  @Test
  void playOutsideTheDirectoryIsRefusedThroughALinkToo() throws Exception {
    Path agents = Files.createDirectory(directory.resolve("agents"));
    Path outside = write("outside.yaml", "rules: []\n");
    Files.createSymbolicLink(agents.resolve("inside.yaml"), outside);
    Path file = write("agents/a.agent", "name: a\nmodel: script:inside.yaml\n");
    assertEquals(
        "model: \"inside.yaml\" is outside the directory of the manifest",
        reader().checkFile(file).errors().get(0).message());
  }

  @Test
  void directoryIsReadInOrderAndABadFileHoldsUpNobody() throws Exception {
    write("b.agent", "name: bb\n");
    write("a.agent", "name: aa\nmax: 1\n");
    write("c.agent", "name: cc\n");
    write(".hidden.agent", "name: hidden\n");
    write("d.yaml", "name: dd\n");
    Files.createDirectory(directory.resolve("e.agent"));
    List<ManifestReader.Read> reads = reader().readDirectory(directory);
    assertEquals(
        List.of("aa", "bb", "cc"), reads.stream().map(ManifestReader.Read::name).toList());
    assertNull(reads.get(0).manifest());
    assertTrue(reads.get(1).manifest() != null && reads.get(2).manifest() != null);
  }

  @Test
  void twoFilesOfOneNameAreBothNamedAndNeitherIsTaken() throws Exception {
    Path first = write("a.agent", "name: same\n");
    Path second = write("b.agent", "name: same\n");
    write("c.agent", "name: other\n");
    List<ManifestReader.Read> reads = reader().readDirectory(directory);
    for (int i = 0; i < 2; i++) {
      assertNull(reads.get(i).manifest());
      assertEquals(
          "name 'same' is given by more than one file, expected one of " + first + ", " + second,
          reads.get(i).errors().get(0).message());
    }
    assertTrue(reads.get(2).manifest() != null);
  }

  @Test
  void whatIsNoDirectoryIsRefused() throws Exception {
    Path file = write("a.agent", "name: a\n");
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> reader().readDirectory(file));
    assertEquals("not a directory: " + file, fault.failure().message());
    assertEquals(
        "cannot be read: no such file",
        reader().checkFile(directory.resolve("none.agent")).errors().get(0).message());
  }

  @Test
  void thousandsOfFilesTakeBoundedTime() throws Exception {
    int files = Integer.getInteger("manifests", 2_000);
    for (int i = 0; i < files; i++) {
      write("a" + i + ".agent", "name: a" + i + "\nmodel: echo\n");
    }
    List<ManifestReader.Read> reads =
        assertTimeout(Duration.ofMillis(6L * files), () -> reader().readDirectory(directory));
    assertEquals(files, reads.stream().filter(read -> read.manifest() != null).count());
  }

  @Test
  void aFileThatIsReplacedIsReadWholeBeforeOrWholeAfter() throws Exception {
    Path file = write("a.agent", "name: a\nmodel: echo\n");
    String longer = "name: b\nmodel: echo\ninstructions: " + "x".repeat(100_000) + "\n";
    AtomicBoolean done = new AtomicBoolean();
    Thread writer = new Thread(() -> {
      for (int i = 0; !done.get(); i++) {
        try {
          Path next = write("next", i % 2 == 0 ? longer : "name: a\nmodel: echo\n");
          Path moved = Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
          assertEquals(file, moved);
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    });
    writer.start();
    try {
      for (int i = 0; i < 100; i++) {
        ManifestReader.Read read = reader().checkFile(file);
        if (read.manifest() == null) {
          assertEquals("cannot be read: it keeps changing", read.errors().get(0).message());
          continue;
        }
        int length = read.orThrow().config().instructions().length();
        assertEquals(read.orThrow().config().name().value().equals("a") ? 0 : 100_000, length);
      }
    } finally {
      done.set(true);
      writer.join();
    }
  }

  private ManifestReader reader() {
    return new ManifestReader(ENV::get);
  }

  private Manifest read(String yaml) {
    return reader().readYaml(yaml, "t.agent", directory, false);
  }

  private static TriggerConfig.Webhook webhook(Manifest manifest) {
    return assertInstanceOf(
        TriggerConfig.Webhook.class, manifest.config().triggers().get(0));
  }

  @CanIgnoreReturnValue
  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}
