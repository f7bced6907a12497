package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a manifest says of context, conversation, environment and files. */
final class ContextManifestTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path top;

  private Manifest read(String rest, boolean posted) throws IOException {
    Path directory = Files.createDirectories(top.resolve("agents/docs")).getParent();
    return new ManifestReader(variable -> null)
        .readYaml(
            "name: a\nmodel: echo\ninstructions: x\n" + rest,
            "t.agent",
            posted ? null : directory,
            posted);
  }

  private String refusal(String rest, boolean posted) {
    return assertThrows(RuntimeFault.class, () -> read(rest, posted)).failure().message();
  }

  @Test
  void everyKeyIsReadAndResolved() throws IOException {
    String context = "context: {writable_keys: [k], state_max_tokens: 10, conversation_max_tokens:"
        + " 5000, conversation_summary: true, env_prefix: MY_, file_mounts: {d: docs}}\n";
    ProcessConfig.Context expected = new ProcessConfig.Context(
        List.of("k"), 10, true, 100, 5_000, true, "MY_", Map.of("d", "docs"));
    Manifest manifest = read(context, false);
    assertEquals(expected, manifest.config().context());
    assertEquals(expected, ManifestReader.fromResolved(manifest.resolved()).context());
  }

  @Test
  void nothingSaidIsNothingResolved() throws IOException {
    assertEquals(
        new ProcessConfig.Context(List.of(), 4_000, true, 100, 0, false, "AGENT_", Map.of()),
        read("", false).config().context());
    assertEquals(false, read("", false).resolved().object().containsKey("context"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {state_max_tokens: -1} | 4:29: state_max_tokens: expected a whole number from 0 to 10000000, actual -1
      {writable_keys: [a, a]} | 4:26: writable_keys: "a" is there twice, expected once
      {writable_keys: [""]} | 4:26: writable_keys: key, expected=1 to 200 characters, actual=0
      {conversation_summary: true, conversation_history: false} | 4:33: conversation_summary: there is no conversation to summarise, expected conversation_history: true
      {conversation_summary: true, conversation_max_messages: 0} | 4:33: conversation_summary: nothing would ever be summarised, expected conversation_max_messages or conversation_max_tokens above 0
      {conversation_summary: true, conversation_max_messages: 3} | 4:33: conversation_summary: expected conversation_max_messages 0 or at least 4, actual 3
      {conversation_summary: true, conversation_max_tokens: 3999} | 4:33: conversation_summary: expected conversation_max_tokens 0 or at least 4000, actual 3999
      {env_prefix: "A B"} | 4:23: env_prefix: expected letters, digits and '_', as in AGENT_, or "" for none, actual "A B"
      {env_prefix: "1A"} | 4:23: env_prefix: expected letters, digits and '_', as in AGENT_, or "" for none, actual "1A"
      {file_mounts: {"a/b": docs}} | 4:25: file_mounts: name "a/b", expected a letter or digit, then letters, digits, '_' or '-', at most 64
      {file_mounts: {d: /etc}} | 4:28: file_mounts: expected a path inside the directory of the manifest, as in data/reports, actual "/etc"
      {file_mounts: {d: docs/../../x}} | 4:28: file_mounts: expected a path inside the directory of the manifest, as in data/reports, actual "docs/../../x"
      {file_mounts: {d: ""}} | 4:28: file_mounts: expected a path inside the directory of the manifest, as in data/reports, actual ""
      {file_mounts: {d: 5}} | 4:28: d: expected text, actual 5, quote it
      {file_mounts: [docs]} | 4:24: file_mounts: expected a map of keys and values, actual a list
      """)
  void whatItCannotMeanIsRefusedWithItsPlace(String context, String message) {
    assertEquals("t.agent:" + message, refusal("context: " + context + "\n", false));
  }

  @Test
  void aMountThatIsALinkOutIsRefused() throws IOException {
    Path agents = Files.createDirectories(top.resolve("agents"));
    Files.createSymbolicLink(agents.resolve("out"), top);
    assertEquals(
        "t.agent:4:28: file_mounts: \"out\" leads outside the directory of the manifest",
        refusal("context: {file_mounts: {d: out}}\n", false));
  }

  @Test
  void aMountThatIsNotThereYetIsAWarning() throws IOException {
    List<String> warnings = read("context: {file_mounts: {d: later}}\n", false).warnings();
    assertEquals(
        List.of("t.agent:4:28: file_mounts: \"later\" is not there yet"),
        warnings.stream().filter(warning -> warning.contains("file_mounts")).toList());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      {file_mounts: {d: docs}} | file_mounts: reads files beside the manifest, which a request may not
      {env_prefix: AWS_} | env_prefix: a request may show an agent only variables that begin with
      """)
  void aRequestMayNotReachForTheMachine(String context, String message) {
    String refusal = refusal("context: " + context + "\n", true);
    assertEquals(true, refusal.contains(message), refusal);
  }

  @Test
  void theInitialContextHasLimits() {
    String large = "world: {big: \"" + "x".repeat(200_000) + "\", k: 1}\n";
    assertEquals(200_002, assertReads(large));
    assertEquals(
        "t.agent:4:9: world: key, expected=1 to 200 characters, actual=201",
        refusal("world: {" + "k".repeat(201) + ": 1}\n", false));
    String many = IntStream.rangeClosed(0, 1_000)
        .mapToObj(i -> "k" + i + ": 1")
        .collect(Collectors.joining(", ", "world: {", "}\n"));
    assertEquals(
        "t.agent:4:8: world: keys of the context, expected<=1000, actual=1001",
        refusal(many, false));
  }

  private int assertReads(String rest) {
    try {
      var value = read(rest, false).config().world().get("big");
      return value == null ? 0 : value.length();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
