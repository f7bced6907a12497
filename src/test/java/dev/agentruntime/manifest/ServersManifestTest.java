package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretRef.Kind;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code servers} takes, and how it is kept. */
class ServersManifestTest {

  private static final Map<String, String> ENV = Map.of("KEY", "k", "DIR", "inbox");

  private static Manifest read(String yaml, boolean posted) {
    return new ManifestReader(ENV::get).readYaml(yaml, "t.agent", Path.of("."), posted);
  }

  private static final String BOTH = """
      name: a
      model: echo
      instructions: x
      servers:
        files:
          command: npx
          args: [-y, server-filesystem, "${DIR}"]
          env: {API_KEY: "${KEY}", LEVEL: debug, PIN: "file:pin.txt"}
          cwd: work
          timeout: 5s
        web_1:
          transport: streamable-http
          url: https://tools.example/mcp?v=1
          headers: {X-Team: blue}
          bearer_token: ${KEY}
          connect_timeout: 90
        near: {type: http, url: "http://[::1]:8080/", api_key: "file:key"}
      """;

  @Test
  void bothTransportsAreReadAndKeptWithoutASecret() {
    Manifest manifest = read(BOTH, false);
    ProcessConfig config = manifest.config();
    assertEquals(List.of("files", "web_1", "near"), List.copyOf(config.servers().keySet()));
    assertEquals(
        new ServerConfig.Stdio(
            "files",
            "npx",
            List.of("-y", "server-filesystem", "inbox"),
            Map.of(
                "API_KEY", new SecretRef(Kind.ENV, "KEY"),
                "LEVEL", new SecretRef(Kind.LITERAL, "debug"),
                "PIN", new SecretRef(Kind.FILE, "pin.txt")),
            "work",
            new ServerConfig.Times(Duration.ofSeconds(5), Duration.ofSeconds(30))),
        config.servers().get("files"));
    assertEquals(
        new ServerConfig.Http(
            "web_1",
            "https://tools.example/mcp?v=1",
            Map.of("X-Team", new SecretRef(Kind.LITERAL, "blue")),
            new SecretRef(Kind.ENV, "KEY"),
            null,
            new ServerConfig.Times(Duration.ofSeconds(60), Duration.ofSeconds(90))),
        config.servers().get("web_1"));
    String resolved = manifest.resolved().toString();
    assertTrue(
        resolved.contains(
            "\"env\":{\"API_KEY\":\"${KEY}\",\"LEVEL\":\"***\",\"PIN\":\"file:pin.txt\"}"),
        resolved);
    assertFalse(resolved.contains("blue"), resolved);
    ProcessConfig back = ManifestReader.fromResolved(manifest.resolved());
    config
        .servers()
        .forEach((name, server) -> assertEquals(server.masked(), back.servers().get(name)));
    ServerConfig files = Objects.requireNonNull(config.servers().get("files"));
    assertEquals(files, ServerConfig.unmasked(files.masked(), config.servers()));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      x: {}                                    | 4:3: x: neither 'command' nor 'url', expected a command to start, or the url of a server that runs
      x: {comand: a}                           | 4:7: unknown key 'comand', did you mean 'command'?
      x: {command: a, url: "https://h"}        | 4:7: 'command' does not belong to a server with 'url'
      x: {command: a, bearer_token: s}         | 4:19: 'bearer_token' does not belong to a server with 'command'
      x: {url: "https://h", args: [a]}         | 4:25: 'args' does not belong to a server with 'url'
      x: {type: sse, url: "https://h"}         | 4:13: type: 'sse' is not available yet, expected stdio or http
      x: {transport: tcp, url: "https://h"}    | 4:18: transport: unknown value 'tcp', expected one of stdio, http, streamable-http
      x: {type: http, transport: http, url: "https://h"} | 4:19: 'transport' is another word for 'type', expected one of them
      x: {url: "https://h", auth: oauth}       | 4:25: 'auth' is not available yet
      x: {url: "https://h", audience: me}      | 4:25: 'audience' is not available yet
      x: {url: "https://h", forward_caller_token: true} | 4:25: 'forward_caller_token' is not available yet
      x: {command: a, keep_alive: false}       | 4:31: keep_alive: 'false' is not available yet, expected true
      x: {url: "http://h/mcp"}                 | 4:12: url: h is another machine, expected https, for http is not secret
      x: {url: "https://me:pw@h/"}             | 4:12: url: expected https://HOST/PATH, without user and fragment, actual another URL
      x: {url: "ftp://h/"}                     | 4:12: url: expected https, actual ftp
      x: {url: "https://a b"}                  | 4:12: url: expected https://HOST/PATH, actual no URL: Illegal character in authority
      x: {url: "https://h", headers: {Host: a}} | 4:35: headers: 'Host' is set by the protocol itself
      x: {url: "https://h", headers: {"a b": c}} | 4:35: headers: expected the name of a header, actual "a b"
      x: {command: a, env: {"1": b}}           | 4:25: env: expected the name of an environment variable, actual "1"
      x: {command: a, env: {A: "b${KEY}"}}     | 4:28: A: expected one variable and nothing else, as in ${VARIABLE}; a secret has no default
      x: {command: a, timeout: 0}              | 4:28: timeout: expected a duration from 1s to 1h, in seconds or with a unit (ms, s, m, h, d), actual 0
      x: {command: ""}                         | 4:7: command: expected a program, actual ""
      a__b: {command: a}                       | 4:3: servers: a name, expected letters, digits, '-' or single '_' between them, at most 32, actual "a__b"
      x: npx                                   | 4:6: x: expected a map of keys and values, actual "npx"
      """)
  void whatItCannotTakeIsNamedWithItsPlace(String entry, String message) {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> read("name: a\ninstructions: x\nservers:\n  " + entry + "\n", false));
    assertTrue(fault.failure().message().contains("t.agent:" + message), fault.getMessage());
  }

  @Test
  void aRequestStartsNoProgramAndSendsNoSecretAnywhere() {
    String yaml = """
        name: a
        instructions: x
        servers:
          x: {command: a}
          y: {url: "https://h", bearer_token: "${KEY}"}
        """;
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(yaml, true));
    assertTrue(
        fault
            .failure()
            .message()
            .contains("t.agent:4:7: command: a request may not start programs"),
        fault.getMessage());
    assertTrue(
        fault.failure().message().contains("t.agent:5:25: 'bearer_token' would send a secret"),
        fault.getMessage());
    String open = "name: a\ninstructions: x\nservers:\n  y: {url: \"https://h\"}\n";
    assertEquals(1, read(open, true).config().servers().size());
  }

  @Test
  void aTokenIsExpandedNowhereElse() {
    String yaml = """
        name: a
        instructions: "use ${KEY}"
        servers:
          y: {url: "https://h", bearer_token: "${KEY}"}
        """;
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(yaml, false));
    assertTrue(fault.failure().message().contains("${KEY} holds a secret"), fault.getMessage());
  }
}
