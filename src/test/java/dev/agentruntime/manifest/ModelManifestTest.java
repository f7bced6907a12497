package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The key {@code model}: one model, or a chain. */
final class ModelManifestTest {

  @TempDir
  private Path directory = Path.of("");

  private Manifest read(String model) throws Exception {
    Files.writeString(directory.resolve("p.yaml"), "rules:\n  - say: hi\n");
    Path file = Files.writeString(
        directory.resolve("t.agent"), "name: a\nmodel: " + model + "\ninstructions: Do.\n");
    return new ManifestReader(name -> null).readFile(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "openai:gpt-5-mini",
        "anthropic:claude-sonnet-4-5",
        "google:gemini-2.5-flash",
        "mistral:mistral-small",
        "'ollama:qwen3:8b'",
        "script:p.yaml",
        "echo"
      })
  void aModelOfEachProviderIsTaken(String model) throws Exception {
    Manifest manifest = read(model);
    assertEquals(model.replace("'", ""), manifest.config().model());
    assertEquals(List.of(), manifest.config().fallbacks());
  }

  @Test
  void aListOfModelsIsAChain() throws Exception {
    Manifest manifest = read("[openai:gpt-5-mini, 'ollama:qwen3:8b', script:p.yaml]");
    assertEquals("openai:gpt-5-mini", manifest.config().model());
    assertEquals(List.of("ollama:qwen3:8b", "script:p.yaml"), manifest.config().fallbacks());
    String resolved = manifest.resolved().toString();
    assertTrue(
        resolved.contains("\"model\":[\"openai:gpt-5-mini\",\"ollama:qwen3:8b\",\"script:p.yaml\"],"
            + "\"script\":{\"rules\":[{\"say\":\"hi\"}]}"),
        resolved);
    assertEquals(manifest.config(), ManifestReader.fromResolved(manifest.resolved()));
  }

  @Test
  void theExampleOfTheManualIsValid() {
    Manifest manifest =
        new ManifestReader(name -> null).readFile(Path.of("src/test/resources/chain.agent"));
    assertEquals("anthropic:claude-sonnet-4-5", manifest.config().model());
    assertEquals(2, manifest.config().fallbacks().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[openai:x, opnai:y]|2:19: model: unknown provider 'opnai', did you mean 'openai'?",
        "[openai:x, openai:x]|2:19: model: \"openai:x\" is there twice, expected each once",
        "[script:p.yaml, script:p.yaml]|2:24: model: \"script:p.yaml\" is a second script,"
            + " expected at most one",
        "[]|2:8: model: expected one model, or a list of 1 to 5, actual 0",
        "[echo, openai:a, openai:b, openai:c, openai:d, openai:e]|2:8: model: expected one model,"
            + " or a list of 1 to 5, actual 6",
        "{openai: x}|2:8: model: expected text, actual a map",
        "anthropic|2:8: model: expected PROVIDER:MODEL, custom:NAME, script:FILE or echo, actual"
            + " \"anthropic\"",
      })
  void aMistakeIsNamed(String model, String message) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(model));
    String told = Objects.requireNonNull(fault.getMessage());
    assertTrue(told.contains("t.agent:" + message), told);
  }
}
