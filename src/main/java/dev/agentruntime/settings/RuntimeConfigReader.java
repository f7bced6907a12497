package dev.agentruntime.settings;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.manifest.Unavailable;
import dev.agentruntime.yaml.ConfigError;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Node.Mapping;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Member;
import dev.agentruntime.yaml.Node.Scalar;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import dev.agentruntime.yaml.YamlDocument;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings of a node: {@code conf/runtime.yaml}, then {@code AGENTRUNTIME_*} of the
 * environment, then flags, each over the one before. Our reader checks every layer first and owns
 * places and unknown keys; Vert.x Config then loads and merges them.
 *
 * <p>A key's name in the environment is {@code AGENTRUNTIME_} and the key in upper case with
 * {@code _} for each dot: {@code control.port} is {@code AGENTRUNTIME_CONTROL_PORT}. A list is
 * divided by commas there.
 */
public final class RuntimeConfigReader {

  private static final String PREFIX = "AGENTRUNTIME_";

  /** Set for the commands, often in the shell that a node is started from too. */
  private static final String COMMANDS_ONLY = PREFIX + "TOKEN";
  // A payload may double its length as a JSON string, and each of its bytes may become six.
  private static final int SEGMENT_BODIES_MIN = 8;

  private RuntimeConfigReader() {}

  /** Every key, dotted, in the order of {@code conf/runtime.yaml}. */
  public static List<String> keys() {
    return RuntimeSettings.KEYS;
  }

  /** The name of a key in the environment. */
  public static String environmentName(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /**
   * Reads all layers.
   *
   * @param file the settings' file, null = none
   * @param env the environment; names that do not begin with {@code AGENTRUNTIME_} are left alone
   * @param flags dotted key to value
   * @return the settings on the caller's context, or {@link ErrorCode#INVALID_CONFIG} with every
   *     error, a line each
   */
  public static Future<RuntimeConfig> read(
      Vertx vertx, @Nullable Path file, Map<String, String> env, Map<String, String> flags) {
    return vertx
        .executeBlocking(() -> layers(file, env, flags), false)
        .compose(layers -> merge(vertx, file, layers).map(all -> settings(all, layers)));
  }

  /** The file (empty when there is none), the environment and the flags, each found valid. */
  private static List<RuntimeSettings> layers(
      @Nullable Path file, Map<String, String> env, Map<String, String> flags) {
    Reading inFile = reading(String.valueOf(file), Origin.SETTINGS);
    RuntimeSettings ofFile = new RuntimeSettings(inFile, root(file, inFile));
    ofFile.checkKeys();
    Reading inEnv = reading("environment", Origin.TEXT);
    Reading inFlags = reading("flags", Origin.TEXT);
    List<RuntimeSettings> layers = List.of(
        ofFile,
        new RuntimeSettings(inEnv, environment(env, inEnv)),
        new RuntimeSettings(inFlags, flags(flags, inFlags)));
    List<ConfigError> errors = new ArrayList<>();
    for (RuntimeSettings layer : layers) {
      RuntimeConfig unused = layer.read();
      errors.addAll(layer.reading().errors());
    }
    if (!errors.isEmpty()) {
      throw ConfigError.fault(errors);
    }
    return layers;
  }

  private static Reading reading(String source, Origin origin) {
    return new Reading(source, "settings", origin, null, name -> null).later(Unavailable::value);
  }

  private static Node root(@Nullable Path file, Reading reading) {
    Node root = null;
    if (file != null) {
      try {
        root = YamlDocument.composeIfAny(ManifestReader.bytes(file), reading);
      } catch (IOException e) {
        reading.error(Mark.at(""), "cannot be read: " + FileFaults.reason(e));
      }
    }
    return root == null ? new Mapping(Mark.at(""), Map.of()) : root;
  }

  private static Node environment(Map<String, String> env, Reading reading) {
    Map<String, String> keys = keys().stream()
        .collect(Collectors.toMap(RuntimeConfigReader::environmentName, Function.identity()));
    Map<String, Scalar> values = new LinkedHashMap<>();
    new TreeMap<>(env).forEach((name, value) -> {
      String key = keys.get(name);
      if (key != null) {
        values.put(key, new Scalar(Mark.at(name), value, value));
      } else if (name.startsWith(PREFIX) && !name.equals(COMMANDS_ONLY)) {
        reading.error(Mark.at(name), "unknown variable" + Reading.suggestion(name, names()));
      }
    });
    return nest(values, "");
  }

  private static List<String> names() {
    return keys().stream().map(RuntimeConfigReader::environmentName).toList();
  }

  private static Node flags(Map<String, String> flags, Reading reading) {
    Map<String, Scalar> values = new LinkedHashMap<>();
    new TreeMap<>(flags).forEach((key, value) -> {
      if (keys().contains(key)) {
        values.put(key, new Scalar(Mark.at(key), value, value));
      } else {
        reading.error(Mark.at(key), "unknown key" + Reading.suggestion(key, keys()));
      }
    });
    return nest(values, "");
  }

  private static Mapping nest(Map<String, Scalar> values, String prefix) {
    Map<String, Member> members = new LinkedHashMap<>();
    values.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        String rest = key.substring(prefix.length());
        int dot = rest.indexOf('.');
        String head = dot < 0 ? rest : rest.substring(0, dot);
        if (!members.containsKey(head)) {
          Node node = dot < 0 ? value : nest(values, prefix + head + ".");
          members.put(head, new Member(value.mark(), node));
        }
      }
    });
    return new Mapping(Mark.at(prefix), members);
  }

  private static Future<JsonObject> merge(
      Vertx vertx, @Nullable Path file, List<RuntimeSettings> layers) {
    ConfigRetrieverOptions options = new ConfigRetrieverOptions().setScanPeriod(-1);
    if (file != null && !layers.get(0).isEmpty()) {
      options.addStore(new ConfigStoreOptions()
          .setType("file")
          .setFormat("yaml")
          .setConfig(new JsonObject().put("path", file.toAbsolutePath().toString())));
    }
    for (RuntimeSettings layer : layers.subList(1, layers.size())) {
      options.addStore(
          new ConfigStoreOptions().setType("json").setConfig(new JsonObject(layer.plain())));
    }
    ConfigRetriever retriever = ConfigRetriever.create(vertx, options);
    return retriever.getConfig().eventually(retriever::close);
  }

  private static RuntimeConfig settings(JsonObject merged, List<RuntimeSettings> layers) {
    Reading reading = reading("settings", Origin.TEXT);
    Node root = Node.of(Json.parse(merged.encode()).value(), "");
    RuntimeConfig config = new RuntimeSettings(reading, root).read();
    checkRelations(config, layers, reading);
    reading.throwErrors();
    return config;
  }

  private static void checkRelations(
      RuntimeConfig config, List<RuntimeSettings> layers, Reading out) {
    HostPort control = config.control();
    if (control.port() != 0 && control.equals(config.ingress())) {
      report(
          out,
          layers,
          "ingress.port",
          control + " is the address of the control API, expected another one");
    }
    for (String key : List.of("tls.cert", "tls.key")) {
      if (config.http().tls() == null
          && layers.stream().anyMatch(layer -> layer.place(key) != null)) {
        report(out, layers, key, "expected tls.cert and tls.key, or neither");
      }
    }
    long segment = config.journal().segmentBytes();
    long least = (long) SEGMENT_BODIES_MIN * config.http().bodyBytesMax();
    boolean defaults =
        config.journal().segmentBytes() == RuntimeConfig.DEFAULT.journal().segmentBytes();
    if (segment < least) {
      report(
          out,
          layers,
          defaults ? "http.body_max" : "journal.segment_size",
          "a segment of " + Section.size(segment) + " may not hold the entry of a body of "
              + Section.size(config.http().bodyBytesMax()) + ", expected journal.segment_size of"
              + " at least " + SEGMENT_BODIES_MIN + " x http.body_max");
    }
  }

  /** Reports where the last layer that gives {@code key} gives it. */
  private static void report(
      Reading out, List<RuntimeSettings> layers, String key, String message) {
    for (int i = layers.size() - 1; i >= 0; i--) {
      Mark mark = layers.get(i).place(key);
      if (mark != null) {
        out.add(layers.get(i).reading().at(mark, key + ": " + message));
        return;
      }
    }
    out.error(Mark.at(""), key + ": " + message);
  }
}
