package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.settings.RuntimeConfigReader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which node is meant and how it is set up, and the settings they lead to. */
final class NodeOptions {

  private static final Path CONF_DEFAULT = Path.of("conf", "runtime.yaml");
  private static final Duration READ_LIMIT = Duration.ofSeconds(30);

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Option(
      names = {"-cluster", "--cluster"},
      description = "Join the other nodes, on loopback without further settings.")
  private boolean cluster;

  @Option(
      names = {"-conf", "--conf"},
      paramLabel = "FILE",
      description = "The settings (default: conf/runtime.yaml, if it is there).")
  private @Nullable Path conf;

  @Option(names = "--agents", paramLabel = "DIR", description = "Where the manifests are.")
  private @Nullable String agents;

  @Option(names = "--data", paramLabel = "DIR", description = "Where nodes keep their journals.")
  private @Nullable String data;

  @Option(
      names = "--control",
      paramLabel = "HOST:PORT",
      converter = ServeCommand.Address.class,
      description = "Where the control API listens (default: 127.0.0.1:9100).")
  private @Nullable HostPort control;

  @Option(
      names = "--ingress",
      paramLabel = "HOST:PORT",
      converter = ServeCommand.Address.class,
      description = "Where webhooks arrive (default: 127.0.0.1:9090).")
  private @Nullable HostPort ingress;

  @Option(names = "--node", paramLabel = "ID", description = "The node's id.")
  private @Nullable String node;

  /** The settings that flags say, by their dotted keys. */
  Map<String, String> flags() {
    Map<String, String> flags = new LinkedHashMap<>();
    if (cluster) {
      flags.put("cluster.enabled", "true");
    }
    put(flags, "agents_dir", agents);
    put(flags, "data_dir", data);
    if (node != null) {
      flags.put("node", checked(node));
    }
    put(flags, "control", control);
    put(flags, "ingress", ingress);
    return flags;
  }

  /** The flags as they were given, for another JVM. */
  List<String> again() {
    List<String> all = new ArrayList<>();
    if (cluster) {
      all.add("--cluster");
    }
    Map<String, @Nullable Object> given = new LinkedHashMap<>();
    given.put("--conf", conf);
    given.put("--agents", agents);
    given.put("--data", data);
    given.put("--control", control);
    given.put("--ingress", ingress);
    given.put("--node", node);
    given.forEach((flag, value) -> {
      if (value != null) {
        all.add(flag);
        all.add(value.toString());
      }
    });
    return all;
  }

  /** The settings' file: the one named, which must be there, or the usual one if it is. */
  @Nullable
  Path confFile() {
    if (conf == null) {
      return Files.exists(CONF_DEFAULT) ? CONF_DEFAULT : null;
    }
    if (!Files.isRegularFile(conf)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "there is no settings file " + conf + " (-conf)");
    }
    return conf;
  }

  /** All layers of settings as one. */
  Future<RuntimeConfig> settings(Vertx vertx) {
    return RuntimeConfigReader.read(vertx, confFile(), System.getenv(), flags());
  }

  /** All layers of settings as one, for a command that has no Vert.x. Blocks. */
  RuntimeConfig settings() {
    return read(confFile(), System.getenv(), flags());
  }

  /** As {@link RuntimeConfigReader#read}, on a Vert.x of its own. Blocks. */
  static RuntimeConfig read(
      @Nullable Path file, Map<String, String> env, Map<String, String> flags) {
    Vertx vertx = Vertx.vertx(vertxOptions());
    try {
      return get(RuntimeConfigReader.read(vertx, file, env, flags));
    } finally {
      Object unused = get(vertx.close().map("closed"));
    }
  }

  private static <T> T get(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(READ_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeFault fault) {
        throw fault;
      }
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "settings cannot be read: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "settings cannot be read in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RuntimeFault(ErrorCode.CANCELLED, "interrupted", e);
    }
  }

  // Nothing is served from the class path, so nothing has to be unpacked to a temporary directory.
  static VertxOptions vertxOptions() {
    return new VertxOptions()
        .setFileSystemOptions(new FileSystemOptions()
            .setFileCachingEnabled(false)
            .setClassPathResolvingEnabled(false));
  }

  private static void put(Map<String, String> flags, String key, @Nullable String value) {
    if (value != null) {
      flags.put(key, value);
    }
  }

  private static void put(Map<String, String> flags, String key, @Nullable HostPort address) {
    if (address != null) {
      flags.put(key + ".host", address.host());
      flags.put(key + ".port", Integer.toString(address.port()));
    }
  }

  private String checked(String id) {
    try {
      return new NodeId(id).value();
    } catch (RuntimeFault e) {
      throw new ParameterException(spec.commandLine(), "--node: " + e.getMessage(), e);
    }
  }
}
