package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.yaml.ConfigError;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a manifest may not say, each with the whole message. */
class BadManifestTest {

  private static final Map<String, String> ENV =
      Map.of("SET", "set", "EMPTY", "", "NESTED", "${SET}", "HOOK", "s3cret", "PORT", "9191");

  @TempDir
  Path directory;

  static Arguments bad(String yaml, String... messages) {
    return Arguments.of(yaml, String.join("\n", messages));
  }

  static Stream<Arguments> yaml() {
    return Stream.of(
        bad("", "t.agent:1:1: empty manifest"),
        bad("# nothing\n\n# here\n", "t.agent:1:1: empty manifest"),
        bad("---\n", "t.agent:1:1: empty manifest"),
        bad(
            "name: a\nworld:\n\tx: 1\n",
            "t.agent:3:1: a tab where YAML wants spaces, expected indentation by spaces"),
        bad("name: a\nname: b\n", "t.agent:2:1: key \"name\" is given twice, first on line 1"),
        bad("name: no\n", "t.agent:1:7: no is read differently by YAML 1.1 and 1.2, quote it"),
        bad("name: 010\n", "t.agent:1:7: 010 is read differently by YAML 1.1 and 1.2, quote it"),
        bad("name: 1.0\n", "t.agent:1:7: name: expected text, actual 1.0, quote it"),
        bad(
            "name: a\nworld:\n  at: 12:30:45\n",
            "t.agent:3:7: 12:30:45 is read differently by YAML 1.1 and 1.2, quote it"),
        bad(
            "name: a\nworld: !!javax.script.ScriptEngineManager [x]\n",
            "t.agent:2:8: tags (tag:yaml.org,2002:javax.script.ScriptEngineManager) are not taken"),
        bad("name: !!str a\n", "t.agent:1:7: tags (tag:yaml.org,2002:str) are not taken"),
        bad(
            "name: a\nworld: &x [*x]\n",
            "t.agent:2:8: anchors (&name) are not taken, write the value out"),
        bad(
            "name: a\nworld: {b: *x}\n",
            "t.agent:2:12: aliases (*name) are not taken, write the value out"),
        bad("name: a\n---\nname: b\n", "t.agent:2:1: a second document, expected one in a file"),
        bad("%YAML 1.1\n---\nname: a\n", "t.agent:1:1: directives (%YAML, %TAG) are not taken"),
        bad("[name]\n", "t.agent:1:1: manifest: expected a map of keys and values, actual a list"),
        bad("name\n", "t.agent:1:1: manifest: expected a map of keys and values, actual \"name\""),
        bad("? [a]\n: b\n", "t.agent:1:3: a map or list as a key, expected text"),
        bad("name: a\nworld: {1: x}\n", "t.agent:2:9: key 1 is not text, quote it"),
        bad(
            "name: a\nworld:\n  x: .inf\n",
            "t.agent:3:6: .inf is no JSON number, expected a finite one"),
        bad(
            "name: [a\n",
            "t.agent:2:1: not YAML: while parsing a flow sequence, expected ','"
                + " or ']', but got <stream end>"));
  }

  static Stream<Arguments> keys() {
    return Stream.of(
        bad(
            "name: a\ntrigers: []\n",
            "t.agent:2:1: unknown key 'trigers', did you mean 'triggers'?"),
        bad("model: echo\n", "t.agent:1:1: no 'name', expected one, as in name: my-agent"),
        bad("name: a\nversion: \"99\"\n", "t.agent:2:10: version: expected \"1.0\", actual \"99\""),
        bad(
            "name: a\nversion: 1.0\n",
            "t.agent:2:10: version: expected text, actual 1.0, quote it"),
        bad("name: a\nidentity: {}\n", "t.agent:2:1: 'identity' is not available yet"),
        bad("name: a\nentrypoint: x\n", "t.agent:2:1: 'entrypoint' is not available yet"),
        bad("name: a\nconcurrency: 2\n", "t.agent:2:1: 'concurrency' belongs under 'config'"),
        bad("name: a\nbudgt: {}\n", "t.agent:2:1: unknown key 'budgt', did you mean 'budget'?"),
        bad(
            "name: a\nzzzzzz: {}\n",
            "t.agent:2:1: unknown key 'zzzzzz', expected one of version, name, config, model,"
                + " instructions, execution_mode, triggers, world, context, journal,"
                + " trigger_delivery, tools, servers, memory, http_tools, secrets, budget,"
                + " inbox, escalation, health, mission, approval, taint"),
        bad(
            "name: a\nexecution_mode: open\n",
            "t.agent:2:17: execution_mode: 'open' is not available yet, expected strict"),
        bad(
            "name: a\nmodel: echo\nconfig:\n  model: echo\n",
            "t.agent:4:3: 'model' is given twice, first on line 2, expected one"),
        bad(
            "name: a\nconfig: {restart_policy: alway, heartbeat_interval: 2}\n",
            "t.agent:2:26: restart_policy: unknown value 'alway', did you mean 'always'?",
            "t.agent:2:33: 'heartbeat_interval' is not available yet"),
        bad(
            "name: a\nmodel: opnai:x\n",
            "t.agent:2:8: model: unknown provider 'opnai', did you mean 'openai'?"),
        bad(
            "name: a\nmodel: openai\n",
            "t.agent:2:8: model: expected PROVIDER:MODEL, custom:NAME, script:FILE or echo, actual"
                + " \"openai\""),
        bad(
            "name: a\nmodel: script:none.yaml\n",
            "t.agent:2:8: model: cannot read the play \"none.yaml\", expected a file in DIR (no"
                + " such file)"),
        bad(
            "name: a\nmodel: script:../out.yaml\n",
            "t.agent:2:8: model: \"../out.yaml\" is outside the directory of the manifest"),
        bad(
            "name: a\nmodel: script:bad.yaml\n",
            "bad.yaml:2:3: key \"say\" is given twice, first on line 1"));
  }

  static Stream<Arguments> sections() {
    return Stream.of(
        bad(
            "name: a\njournal: {path: /x, level: ful}\n",
            "t.agent:2:11: 'path' cannot be chosen by a process: all processes of a node share its"
                + " journal, expected journal.path in conf/runtime.yaml",
            "t.agent:2:28: level: unknown value 'ful', did you mean 'full'?"),
        bad(
            "name: a\njournal: {backend: postgres}\n",
            "t.agent:2:20: backend: 'postgres' is not available yet, expected file or memory"),
        bad(
            "name: a\njournal: {level: full}\nconfig: {journal_level: full}\n",
            "t.agent:3:10: 'journal_level' is given twice, first on line 2, expected one"),
        bad(
            "name: a\ncontext: {initial_state: {}}\nworld: {}\n",
            "t.agent:2:11: 'initial_state' is given twice, first on line 3, expected one"),
        bad(
            "name: a\ncontext:\n",
            "t.agent:2:9: context: expected a map of keys and values, actual nothing"),
        bad(
            "name: a\ninstructions: 5\n",
            "t.agent:2:15: instructions: expected text, actual 5, quote it"),
        bad(
            "name: a\ncontext: {writable_keys: [a, 5], memory_max: 1}\n",
            "t.agent:2:30: writable_keys: expected text, actual 5, quote it",
            "t.agent:2:34: 'memory_max' is 'max' under 'memory'"));
  }

  static Stream<Arguments> numbers() {
    return Stream.of(
        number("concurrency: 0", 23, "a whole number from 1 to 100, actual 0"),
        number("concurrency: 101", 23, "a whole number from 1 to 100, actual 101"),
        number("concurrency: 1.5", 23, "a whole number from 1 to 100, actual 1.5"),
        number("concurrency: \"2\"", 23, "a whole number from 1 to 100, actual \"2\""),
        number("concurrency: .nan", 23, "a whole number from 1 to 100, actual .nan"),
        number("concurrency: [1]", 23, "a whole number from 1 to 100, actual a list"),
        number("concurrency: ${SET}", 23, "a whole number from 1 to 100, actual \"${SET}\""),
        number("max_turns: 1001", 21, "a whole number from 1 to 1000, actual 1001"),
        number(
            "max_turns: 99999999999999999999",
            21,
            "a whole number from 1 to 1000, actual 99999999999999999999"),
        number("idle_timeout: -1", 24, DURATION + " -1"),
        number("idle_timeout: 1.0e+308", 24, DURATION + " 1.0e+308"),
        number("idle_timeout: 1.0e+99999", 24, DURATION + " 1.0e+99999"),
        number("idle_timeout: .inf", 24, DURATION + " .inf"),
        number("idle_timeout: 5 minutes", 24, DURATION + " \"5 minutes\""),
        number("idle_timeout: 0.0001", 24, DURATION + " 0.0001"),
        number(
            "trigger_inbox_bytes: 64MB",
            31,
            "bytes from 1KiB to 64GiB as a number or with a unit (B, KiB, MiB, GiB), actual"
                + " \"64MB\""),
        number(
            "trigger_inbox_max: 1000001",
            29,
            "a whole number from 1 to 1000000, actual" + " 1000001"),
        number("builtin_tools: \"yes\"", 25, "true or false, actual \"yes\""));
  }

  private static final String DURATION =
      "a duration from 0 to 365d, in seconds or with a unit (ms," + " s, m, h, d), actual";

  private static Arguments number(String line, int column, String expected) {
    String key = line.substring(0, line.indexOf(':'));
    return bad(
        "name: a\nconfig:\n  " + line + "\n",
        "t.agent:3:" + (column - 7) + ": " + key + ": expected " + expected);
  }

  static Stream<Arguments> variables() {
    return Stream.of(
        bad(
            """
            name: ${HOOK}
            config:
              triggers: [{type: webhook, hmac_secret: "${HOOK}"}]
            """,
            "t.agent:1:7: ${HOOK} holds a secret, expected it in secret fields only",
            "t.agent:1:7: name: expected a letter, then letters, digits, '_' or '-', at most 64,"
                + " actual \"\""),
        bad(
            "name: a\ninstructions: hello ${NOT_SET}\n",
            "t.agent:2:15: environment variable NOT_SET is not set, expected it or a default as in"
                + " ${NOT_SET:-default}"),
        bad(
            "name: a\ninstructions: ${not closed\n",
            "t.agent:2:15: a variable has another form, expected ${NAME} or ${NAME:-default}, or"
                + " $${ for the characters ${"),
        bad("""
            name: a
            instructions: "key ${HOOK}"
            triggers:
              - type: webhook
                hmac_secret: ${HOOK}
            """, "t.agent:2:15: ${HOOK} holds a secret, expected it in secret fields only"));
  }

  static Stream<Arguments> triggers() {
    return Stream.of(
        trigger("{type: cron}", 5, "a cron trigger needs 'cron_expression'"),
        trigger(
            "{id: x}",
            5,
            "triggers[0] has no 'type', expected cron, webhook, file_watch, event or message"),
        trigger("[]", 5, "triggers[0]: expected a map of keys and values, actual a list"),
        trigger("{type: corn}", 12, "type: unknown value 'corn', did you mean 'cron'?"),
        trigger("{type: event}", 5, "a trigger of type event needs 'event_type'"),
        trigger(
            "{type: file_watch}",
            5,
            "a file_watch trigger needs 'watch_path', the directory to watch"),
        trigger(
            "{type: webhook, cron_expression: x, auth: none}",
            21,
            "'cron_expression' is no key of a trigger of type webhook"),
        trigger(
            "{type: cron, cron_expression: '@daily', cron_timezone: Europe/Berln}",
            60,
            "cron_timezone: unknown zone \"Europe/Berln\", did you mean 'Europe/Berlin'?"),
        trigger(
            "{type: cron, cron_expression: '@daily', cron_timezone: '+25:00'}",
            60,
            "cron_timezone: unknown zone \"+25:00\", expected an IANA name as Europe/Berlin"),
        trigger(
            "{type: cron, cron_expression: ' '}",
            35,
            "cron_expression: empty, expected 5 or 6 fields or a macro as @hourly"));
  }

  static Stream<Arguments> webhooks() {
    String host = "0.0.0.0";
    return Stream.of(
        trigger("{type: webhook, webhook_path: push, auth: none}", 35, path("push")),
        trigger("{type: webhook, webhook_path: /a/../b, auth: none}", 35, path("/a/../b")),
        trigger("{type: webhook, webhook_path: '/a?b', auth: none}", 35, path("/a?b")),
        trigger(
            "{type: webhook, webhook_port: 80, auth: none}",
            35,
            "webhook_port: expected a whole number from 1025 to 65535, actual 80"),
        trigger(
            "{type: webhook, webhook_host: 'a b', auth: none}",
            35,
            "webhook_host: expected a host name or an IP address, actual \"a b\""),
        trigger(
            "{type: webhook, webhook_host: " + host + "}",
            35,
            "webhook_host: 0.0.0.0 is reached from other machines, expected 'hmac_secret', or"
                + " 'auth: none' when anyone may fire this trigger"),
        trigger(
            "{type: webhook, hmac_secret: x, auth: none}",
            37,
            "'auth: none' and 'hmac_secret' contradict each other, expected one of them"),
        trigger("{type: webhook, auth: basic}", 27, "auth: unknown value 'basic', expected none"),
        trigger(
            "{type: webhook, auth: none, signature_scheme: github}",
            33,
            "'signature_scheme' needs 'hmac_secret'"),
        trigger(
            "{type: webhook, hmac_secret: x, signature_scheme: strip}",
            55,
            "signature_scheme: unknown value 'strip', did you mean 'stripe'?"));
  }

  static Stream<Arguments> protection() {
    return Stream.of(
        trigger(
            "{type: webhook, hmac_secret: ''}",
            34,
            "hmac_secret: empty, expected ${VARIABLE}, file:PATH or the secret itself"),
        trigger(
            "{type: webhook, hmac_secret: 12345}",
            34,
            "hmac_secret: expected text (${VARIABLE}, file:PATH or the secret itself), quote it"),
        trigger(
            "{type: webhook, hmac_secret: '***'}",
            34,
            "hmac_secret: this is the mask that stands for a secret, expected the secret,"
                + " ${VARIABLE} or file:PATH"),
        trigger(
            "{type: webhook, hmac_secret: '${S:-x}'}",
            34,
            "hmac_secret: expected one variable and nothing else, as in ${VARIABLE}; a secret has"
                + " no default"),
        trigger(
            "{type: webhook, auth: none, allowed_sources: [10.0.0.0/33]}",
            50,
            "allowed_sources: expected an IP address or a block as 10.0.0.0/8, actual"
                + " \"10.0.0.0/33\""),
        trigger(
            "{type: webhook, auth: none, id: 'a b'}",
            37,
            "id: expected a letter or digit, then letters, digits, '_', '.' or '-', at most 64,"
                + " actual \"a b\""),
        bad("""
            name: a
            triggers:
              - {type: cron, cron_expression: '@daily', id: x}
              - {type: cron, cron_expression: '@hourly', id: x}
            """, "t.agent:4:50: trigger id 'x' is given twice, first on line 3"),
        bad("""
            name: a
            triggers:
              - {type: webhook, auth: none, id: x}
              - {type: webhook, auth: none, id: y}
            """, "t.agent:4:5: /webhook is the route of another trigger, on line 3"));
  }

  private static Arguments trigger(String yaml, int column, String message) {
    return bad("name: a\ntriggers:\n  - " + yaml + "\n", "t.agent:3:" + column + ": " + message);
  }

  private static String path(String actual) {
    return "webhook_path: expected '/' and then letters, digits or any of /._~!$&'()+,;=:@-, no"
        + " '.' or '..' between slashes, at most 256 characters, actual " + Json.quote(actual);
  }

  @ParameterizedTest
  @MethodSource({
    "yaml",
    "keys",
    "sections",
    "numbers",
    "variables",
    "triggers",
    "webhooks",
    "protection"
  })
  void isRefused(String yaml, String message) throws Exception {
    Path agents = Files.createDirectory(directory.resolve("agents"));
    Files.writeString(directory.resolve("out.yaml"), "rules: []\n");
    Files.writeString(agents.resolve("bad.yaml"), "say: a\nsay: b\n".replaceAll("(?m)^", "  "));
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> new ManifestReader(ENV::get).readYaml(yaml, "t.agent", agents, false));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(message.replace("DIR", agents.toString()), fault.failure().message());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../x",
        "a/b",
        "-a",
        "a b",
        "",
        "a.",
        "1a",
        "\u202Eabc",
        "\uD83D\uDE00",
        "@node-1",
        "a\\n"
      })
  void namesOfAnotherFormAreRefused(String name) {
    String yaml = "name: " + Json.quote(name) + "\n";
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(yaml));
    assertTrue(
        fault.failure().message().startsWith("t.agent:1:7: name: expected a letter, then letters"),
        fault.failure().message());
    assertThrows(RuntimeFault.class, () -> new ManifestReader(ENV::get).readJson(Json.EMPTY, name));
  }

  @Test
  void longNamesAreRefused() {
    assertThrows(RuntimeFault.class, () -> read("name: " + "a".repeat(65) + "\n"));
    assertEquals(
        64, read("name: " + "a".repeat(64) + "\n").config().name().value().length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yes",
        "Off",
        "08",
        "0o17",
        "0b1",
        "1_000",
        "-0x1F",
        "0x_1",
        "1e3",
        "1.5e3",
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "1:30",
        "190:20:30.15",
        "<<",
        "="
      })
  void whatTwoYamlVersionsReadDifferentlyIsQuoted(String text) {
    String plain = "name: a\nworld: {x: " + text + " }\n";
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(plain));
    assertEquals(
        "t.agent:2:12: " + text + " is read differently by YAML 1.1 and 1.2, quote it",
        fault.failure().message());
    Manifest quoted = read("name: a\nworld: {x: \"" + text + "\"}\n");
    assertEquals(Map.of("x", Json.of(text)), quoted.config().world());
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32"})
  void otherEncodingsAreNamed(String charset) throws Exception {
    assertEquals(
        "looks like UTF-16 or UTF-32, expected UTF-8",
        refusal("name: a\n".getBytes(Charset.forName(charset))));
  }

  @Test
  void brokenUtf8IsNamedWithItsPlace() throws Exception {
    assertEquals(
        "starts with a byte order mark (BOM), expected UTF-8 without one",
        refusal("\uFEFFname: a\n".getBytes(StandardCharsets.UTF_8)));
    Path file = directory.resolve("t.agent");
    Files.write(file, "name: a\nmodel: \u00FC".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        List.of(new ConfigError(file.toString(), 2, 8, "not UTF-8, expected UTF-8 text")),
        new ManifestReader(ENV::get).checkFile(file).errors());
  }

  @Test
  void hugeTextsAreRefusedByTheirSize() throws Exception {
    assertEquals(
        "too long, expected at most 262144 bytes",
        refusal("#".repeat(300 << 10).getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void deepAndExplosiveTextsAreRefusedAtOnce() {
    List<String> texts = List.of(
        "name: a\nworld: {x: " + "[".repeat(10_000) + "]".repeat(10_000) + "}\n",
        "name: a\nworld: " + "{a: ".repeat(10_000) + "1" + "}".repeat(10_000) + "\n",
        "name: a\nworld:\n  " + "- ".repeat(10_000) + "x\n",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\n");
    for (String text : texts) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(2), () -> assertThrows(RuntimeFault.class, () -> read(text)));
    }
  }

  @Test
  void allErrorsOfATextComeAtOnceInItsOrder() {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> read("nam: a\nmodel: xx:y\nconfig:\n  concurrency: 0\n  max_turns: 0\n"));
    assertEquals(
        List.of("t.agent:1:1", "t.agent:1:1", "t.agent:2:8", "t.agent:4:16", "t.agent:5:14"),
        fault
            .failure()
            .message()
            .lines()
            .map(line -> line.substring(0, line.indexOf(": ")))
            .toList());
  }

  private Manifest read(String yaml) {
    return new ManifestReader(ENV::get).readYaml(yaml, "t.agent", directory, false);
  }

  private String refusal(byte[] manifest) throws Exception {
    Path file = Files.write(directory.resolve("t.agent"), manifest);
    ManifestReader.Read read = new ManifestReader(ENV::get).checkFile(file);
    assertEquals(1, read.errors().size(), read.errors().toString());
    assertEquals(1, read.errors().get(0).line());
    return read.errors().get(0).message();
  }
}
