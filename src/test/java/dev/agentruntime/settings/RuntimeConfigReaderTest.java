package dev.agentruntime.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(VertxExtension.class)
class RuntimeConfigReaderTest {

  private static final Path SHIPPED = Path.of("conf/runtime.yaml");

  @TempDir
  Path directory;

  @Test
  void nothingGivenIsTheDefault(Vertx vertx) throws Exception {
    assertEquals(RuntimeConfig.DEFAULT, read(vertx, null, Map.of(), Map.of()));
  }

  @Test
  void shippedFileIsTheDefault(Vertx vertx) throws Exception {
    RuntimeConfig read = read(vertx, SHIPPED, Map.of(), Map.of());
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    assertEquals(
        Map.of(
            "openai", ModelEndpoint.DEFAULT,
            "anthropic", ModelEndpoint.DEFAULT,
            "google", ModelEndpoint.DEFAULT,
            "mistral", ModelEndpoint.DEFAULT,
            "ollama", ModelEndpoint.DEFAULT),
        read.models());
    assertEquals(usual, withModels(read, Map.of()));
  }

  @Test
  void shippedFileShowsEveryKeyAndNoOther(Vertx vertx) throws Exception {
    // A key that is commented out has no space but the one after '#' and its level's indentation.
    Pattern line = Pattern.compile("^( *)(?:# )?([a-z0-9_]+):(?: .*)?$");
    List<String> keys = new ArrayList<>();
    TreeMap<Integer, String> parents = new TreeMap<>();
    for (String text : Files.readAllLines(SHIPPED)) {
      Matcher matcher = line.matcher(text);
      if (!matcher.matches()) {
        continue;
      }
      int level = matcher.group(1).length();
      parents.tailMap(level, true).clear();
      String parent = String.join(".", parents.values());
      String key = parent.isEmpty() ? matcher.group(2) : parent + "." + matcher.group(2);
      parents.put(level, matcher.group(2));
      keys.add(key);
    }
    keys.removeAll(
        List.of("control", "ingress", "journal", "http", "tls", "cluster", "outbound", "models"));
    keys.remove("verticles");
    keys.removeAll(read(vertx, SHIPPED, Map.of(), Map.of()).models().keySet().stream()
        .map(provider -> "models." + provider)
        .toList());
    keys.removeAll(List.of("memory", "memory.chroma", "memory.mem0", "observe"));
    assertEquals(RuntimeConfigReader.keys(), keys);
  }

  @Test
  void everyKeyHasItsOwnNameInTheEnvironment() {
    List<String> names = RuntimeConfigReader.keys().stream()
        .map(RuntimeConfigReader::environmentName)
        .toList();
    assertEquals(names.size(), new HashSet<>(names).size());
    assertEquals(
        "AGENTRUNTIME_MODELS_OPENAI_BASE_URL",
        RuntimeConfigReader.environmentName("models.openai.base_url"));
  }

  @Test
  void eachLayerWinsOverTheOneBefore(Vertx vertx) throws Exception {
    Path file = write("""
        data_dir: from-file
        control:
          port: 1001
        http:
          body_max: 2MiB
          idle_timeout: 7
        cluster:
          members: ["127.0.0.1:1"]
        """);
    RuntimeConfig config = read(
        vertx,
        file,
        Map.of(
            "AGENTRUNTIME_CONTROL_PORT", "1002",
            "AGENTRUNTIME_DATA_DIR", "from-env",
            "AGENTRUNTIME_CLUSTER_MEMBERS", "10.0.0.1:5, 10.0.0.2:5",
            "AGENTRUNTIME_CLUSTER_ENABLED", "true",
            "HOME", "/nowhere"),
        Map.of("control.port", "1003", "control.host", "::1"));
    assertEquals(new HostPort("::1", 1003), config.control());
    assertEquals(Path.of("from-env"), config.dataDir());
    assertEquals(2 << 20, config.http().bodyBytesMax());
    assertEquals(Duration.ofSeconds(7), config.http().idleTimeout());
    assertTrue(config.cluster().enabled());
    assertEquals(List.of("10.0.0.1:5", "10.0.0.2:5"), config.cluster().members());
  }

  @Test
  void termsOfAProviderAreRead(Vertx vertx) throws Exception {
    Path file = write("""
        models:
          mistral:
            base_url: http://127.0.0.1:1/v1
            output_max: 500
            concurrency: 7
            tokens_per_minute: 90000
            queue_timeout: 30s
            prices:
              mistral-tiny: {input: 0.25, output: 2}
              "qwen3:8b": {input: 1, output: 0, cached: 0.1}
        """);
    assertEquals(
        Map.of(
            "mistral",
            new ModelEndpoint(
                "http://127.0.0.1:1/v1",
                null,
                Duration.ofMinutes(2),
                4,
                500,
                new Quota(7, 90_000, Duration.ofSeconds(30)),
                Map.of(
                    "mistral-tiny",
                    new Price(new BigDecimal("0.25"), new BigDecimal("2"), new BigDecimal("0.25")),
                    "qwen3:8b",
                    new Price(BigDecimal.ONE, BigDecimal.ZERO, new BigDecimal("0.1"))))),
        read(vertx, file, Map.of(), Map.of()).models());
  }

  @Test
  void termsOfTheManualAreValid(Vertx vertx) throws Exception {
    RuntimeConfig config =
        read(vertx, Path.of("src/test/resources/models.yaml"), Map.of(), Map.of());
    assertEquals(3, config.models().size());
  }

  @Test
  void secretsStayReferencesAndLiteralsAreNotShown(Vertx vertx) throws Exception {
    RuntimeConfig config =
        read(vertx, write("models: {openai: {api_key: sk-literal}}\n"), Map.of(), Map.of());
    SecretRef key = new SecretRef(SecretRef.Kind.LITERAL, "sk-literal");
    assertEquals(key, openAi(config).apiKey());
    assertTrue(!config.toString().contains("sk-literal"), config.toString());
    RuntimeConfig other =
        read(vertx, write("models: {openai: {api_key: \"${K}\"}}\n"), Map.of(), Map.of());
    assertEquals(new SecretRef(SecretRef.Kind.ENV, "K"), openAi(other).apiKey());
  }

  @Test
  void fileOfCommentsIsTheDefault(Vertx vertx) throws Exception {
    Path file = write("# nothing\n");
    assertEquals(RuntimeConfig.DEFAULT, read(vertx, file, Map.of(), Map.of()));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      `controll: {}`|1:1: unknown key 'controll', did you mean 'control'?
      `control: {prot: 1}`|1:11: unknown key 'prot', did you mean 'port'?
      `control: {port: "9100"}`|1:17: port: expected a whole number from 0 to 65535, actual "9100"
      `control: {port: 70000}`|1:17: port: expected a whole number from 0 to 65535, actual 70000
      `control: 9100`|1:10: control: expected a map of keys and values, actual 9100
      `journal: {backend: postgres}`|1:20: backend: 'postgres' is not available yet, expected file \
      or memory
      `journal: {segment_size: 1MiB}`|1:25: journal.segment_size: a segment of 1MiB may not hold \
      the entry of a body of 1MiB, expected journal.segment_size of at least 8 x http.body_max
      `http: {body_max: 32MiB}`|1:18: http.body_max: a segment of 64MiB may not hold the entry of \
      a body of 32MiB, expected journal.segment_size of at least 8 x http.body_max
      `ingress: {port: 9100}`|1:17: ingress.port: 127.0.0.1:9100 is the address of the control \
      API, expected another one
      `models: {antropic: {}}`|1:10: unknown key 'antropic', did you mean 'anthropic'?
      `models: {ollama: {concurrency: 0}}`|1:32: concurrency: expected a whole number from 1 to \
      4096, actual 0
      `models: {openai: {prices: {m: {input: 1}}}}`|1:31: m: expected input and output, US dollars \
      for a million tokens, as in {input: 0.25, output: 2}
      `models: {openai: {prices: {m: {input: -1, output: 1}}}}`|1:39: input: expected a number \
      from 0 to 1000000, actual -1
      `models: {openai: {prices: {m: {input: 1, output: 1, cache: 1}}}}`|1:53: unknown key \
      'cache', did you mean 'cached'?
      `models: {openai: {prices: 7}}`|1:27: prices: expected a map of keys and values, actual 7
      `models: {openai: {base_url: "ftp://x"}}`|1:29: base_url: expected an http or https URL as \
      https://api.openai.com/v1, actual "ftp://x"
      `data_dir: "${HOME}/x"`|1:11: variables are taken in secrets only, expected the value \
      itself, or an AGENTRUNTIME_* variable in its place
      `node: no`|1:7: no is read differently by YAML 1.1 and 1.2, quote it
      `node: "a/b"`|1:7: node id "a/b" is not allowed, expected letters, digits, '_', '.' or '-', \
      starting with a letter or digit, at most 63 characters
      `cluster: {members: [here]}`|1:20: members: expected HOST:PORT each, actual "here"
      `tracing: {}`|1:1: 'tracing' is not available yet
      `tls: {cert: cert.pem}`|1:13: tls.cert: expected tls.cert and tls.key, or neither
      `tls: {key: key.pem}`|1:12: tls.key: expected tls.cert and tls.key, or neither
      `http: {connections_per_address: -1}`|1:33: connections_per_address: expected a whole \
      number from 0 to 1000000, actual -1
      `http: {caller_rate: -1}`|1:21: caller_rate: expected a whole number from 0 to \
      1000000, actual -1
      `http: {require_token: perhaps}`|1:23: require_token: expected true or false, actual "perhaps"
      `[]`|1:1: settings: expected a map of keys and values, actual a list
      """)
  void refusesWithPlaceAndReason(String yaml, String message, Vertx vertx) throws Exception {
    Path file = write(yaml + "\n");
    assertEquals(file + ":" + message, fault(vertx, file, Map.of(), Map.of()));
  }

  @Test
  void theTokenOfTheCommandsIsNoSetting(Vertx vertx) throws Exception {
    assertEquals(
        RuntimeConfig.DEFAULT.control(),
        read(vertx, null, Map.of("AGENTRUNTIME_TOKEN", "art_x"), Map.of()).control());
  }

  @Test
  void refusesUnknownNamesOfEveryLayer(Vertx vertx) {
    assertEquals(
        "environment: AGENTRUNTIME_CONTROL_PROT: unknown variable, did you mean"
            + " 'AGENTRUNTIME_CONTROL_PORT'?\n"
            + "flags: data-dir: unknown key, did you mean 'data_dir'?",
        fault(vertx, null, Map.of("AGENTRUNTIME_CONTROL_PROT", "1"), Map.of("data-dir", "x")));
    assertEquals(
        "environment: AGENTRUNTIME_CONTROL_PORT: port: expected a whole number from 0 to 65535,"
            + " actual \"80x\"",
        fault(vertx, null, Map.of("AGENTRUNTIME_CONTROL_PORT", "80x"), Map.of()));
  }

  @Test
  void namesAFileThatIsNotThere(Vertx vertx) {
    Path file = directory.resolve("none.yaml");
    assertEquals(file + ": cannot be read: no such file", fault(vertx, file, Map.of(), Map.of()));
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1:0,127.0.0.1,0", "[::1]:9100,::1,9100", "localhost:80,localhost,80"})
  void addressesAreReadAndShownAlike(String text, String host, int port) {
    assertEquals(new HostPort(host, port), HostPort.parse(text));
    assertEquals(text, HostPort.parse(text).toString());
    assertTrue(HostPort.parse(text).isLoopback());
  }

  @ParameterizedTest
  @CsvSource({"9100", ":9100", "a:-1", "a:70000", "::1:9100", "a b:1", "1.2.3:4", "''", "a:"})
  void malformedAddressesAreRefused(String text) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> HostPort.parse(text));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("runtime.yaml"), yaml);
  }

  private static ModelEndpoint openAi(RuntimeConfig config) {
    return Objects.requireNonNull(config.models().get("openai"));
  }

  private static RuntimeConfig withModels(RuntimeConfig config, Map<String, ModelEndpoint> models) {
    return new RuntimeConfig(
        config.node(),
        config.dataDir(),
        config.agentsDir(),
        config.control(),
        config.ingress(),
        config.drainTimeout(),
        config.journal(),
        config.http(),
        config.cluster(),
        models);
  }

  private static RuntimeConfig read(
      Vertx vertx, @Nullable Path file, Map<String, String> env, Map<String, String> flags)
      throws Exception {
    return RuntimeConfigReader.read(vertx, file, env, flags)
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private static String fault(
      Vertx vertx, @Nullable Path file, Map<String, String> env, Map<String, String> flags) {
    Exception thrown = assertThrows(Exception.class, () -> read(vertx, file, env, flags));
    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, thrown.getCause());
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    return fault.failure().message();
  }
}
