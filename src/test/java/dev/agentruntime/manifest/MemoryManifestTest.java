package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.settings.RuntimeConfigReader;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code memory} of a manifest and of a node, good and bad. */
@ExtendWith(VertxExtension.class)
final class MemoryManifestTest {

  private static final String HEAD = "name: a\nmodel: echo\ninstructions: x\n";

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private static Manifest read(String more) {
    return new ManifestReader(name -> null).readYaml(HEAD + more, "t.agent", null, false);
  }

  @Test
  void withoutTheSectionThereIsNone() {
    assertNull(read("").config().memory());
  }

  @Test
  void anEmptySectionIsLuceneWithAllDefaults() {
    Manifest manifest = read("memory: {}\n");

    assertEquals(MemoryConfig.DEFAULT, manifest.config().memory());
    assertEquals(
        manifest.config(), ManifestReader.fromResolved(manifest.resolved()), "as journaled");
  }

  @Test
  void everyKeyIsReadAndJournaled() {
    Manifest manifest = read("""
        memory:
          provider: lucene
          collection: notes-1
          persist_directory: team/notes
          user_id: ann@example.org
          auto_store: true
          max: 12
          min_score: 0.25
          timeout: 800ms
        """);

    assertEquals(
        new MemoryConfig(
            MemoryConfig.Provider.LUCENE,
            "notes-1",
            "team/notes",
            "ann@example.org",
            true,
            12,
            0.25,
            Duration.ofMillis(800)),
        manifest.config().memory());
    assertEquals(manifest.config(), ManifestReader.fromResolved(manifest.resolved()));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      memory: [a]                              | 4:9: memory: expected a map of keys and values, actual a list
      memory: {providr: lucene}                | 4:10: unknown key 'providr', did you mean 'provider'?
      memory: {provider: redis}                | 4:20: provider: unknown value 'redis', expected one of lucene, chroma, mem0, in_memory
      memory: {provider: crhoma}               | 4:20: provider: unknown value 'crhoma', did you mean 'chroma'?
      memory: {collection: a/b}                | 4:22: collection: expected 3 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first and last, actual "a/b"
      memory: {collection: ab}                 | 4:22: collection: expected 3 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first and last, actual "ab"
      memory: {collection: 5}                  | 4:22: collection: expected text, actual 5, quote it
      memory: {persist_directory: ../x}        | 4:29: persist_directory: expected a path of names below the node's memory directory, as in notes or team/notes, actual "../x"
      memory: {persist_directory: /etc}        | 4:29: persist_directory: expected a path of names below the node's memory directory, as in notes or team/notes, actual "/etc"
      memory: {persist_directory: a//b}        | 4:29: persist_directory: expected a path of names below the node's memory directory, as in notes or team/notes, actual "a//b"
      memory: {provider: chroma, persist_directory: x} | 4:28: persist_directory: provider chroma keeps nothing in a directory of this node, expected none
      memory: {user_id: ""}                    | 4:19: user_id: expected 1 to 128 letters, digits or . _ @ : + -, actual ""
      memory: {user_id: "a b"}                 | 4:19: user_id: expected 1 to 128 letters, digits or . _ @ : + -, actual "a b"
      memory: {auto_store: maybe}              | 4:22: auto_store: expected true or false, actual "maybe"
      memory: {max: 0}                         | 4:15: max: expected a whole number from 1 to 100, actual 0
      memory: {max: 101}                       | 4:15: max: expected a whole number from 1 to 100, actual 101
      memory: {min_score: 1.5}                 | 4:21: min_score: expected a number from 0 to 1, actual 1.5
      memory: {min_score: -0.1}                | 4:21: min_score: expected a number from 0 to 1, actual -0.1
      memory: {min_score: high}                | 4:21: min_score: expected a number from 0 to 1, actual "high"
      memory: {timeout: 0}                     | 4:19: timeout: expected a duration from 10ms to 5m, in seconds or with a unit (ms, s, m, h, d), actual 0
      memory: {timeout: 10m}                   | 4:19: timeout: expected a duration from 10ms to 5m, in seconds or with a unit (ms, s, m, h, d), actual "10m"
      context: {memory_provider: chroma}       | 4:11: 'memory_provider' is 'provider' under 'memory'
      """)
  void isRefused(String yaml, String message) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(yaml + "\n"));

    assertEquals("t.agent:" + message, fault.failure().message());
  }

  // --- Of a node

  private static RuntimeConfig settings(Vertx vertx, Path file) throws Exception {
    return RuntimeConfigReader.read(vertx, file, Map.of(), Map.of())
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @Test
  void settingsOfANodeAreRead(Vertx vertx) throws Exception {
    Path file = Files.writeString(directory.resolve("runtime.yaml"), """
        memory:
          embedding: ollama:nomic-embed-text
          chroma: {url: "https://chroma.example.org", tenant: team, database: notes, token: "${T}"}
          mem0: {url: "http://127.0.0.1:9", api_key: "file:key"}
        """);

    assertEquals(
        new MemorySettings(
            "ollama:nomic-embed-text",
            new MemorySettings.Chroma(
                "https://chroma.example.org",
                "team",
                "notes",
                new SecretRef(SecretRef.Kind.ENV, "T")),
            new MemorySettings.Mem0(
                "http://127.0.0.1:9", new SecretRef(SecretRef.Kind.FILE, "key"))),
        settings(vertx, file).memory());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      memory: {embedding: words}           | :1:21: embedding: expected openai:MODEL or ollama:MODEL, actual "words"
      memory: {embedding: "openai:"}       | :1:21: embedding: expected openai:MODEL or ollama:MODEL, actual "openai:"
      memory: {chroma: {url: "ftp://x"}}   | :1:24: url: expected an http or https URL as http://127.0.0.1:8000, actual "ftp://x"
      memory: {chroma: {tenant: ab}}       | :1:27: tenant: expected 3 to 128 of A-Z a-z 0-9 . _ -, actual "ab"
      memory: {chroma: {database: "a/bc"}} | :1:29: database: expected 3 to 128 of A-Z a-z 0-9 . _ -, actual "a/bc"
      memory: {mem0: {api_key: ""}}        | :1:26: api_key: empty, expected ${VARIABLE}, file:PATH or the secret itself
      memory: {mem0: {key: x}}             | :1:17: unknown key 'key', expected one of url, api_key
      """)
  void settingsOfANodeAreRefused(String yaml, String message, Vertx vertx) throws Exception {
    Path file = Files.writeString(directory.resolve("runtime.yaml"), yaml + "\n");

    ExecutionException failed = assertThrows(ExecutionException.class, () -> settings(vertx, file));

    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, failed.getCause());
    assertEquals(file + message, fault.failure().message());
  }
}
