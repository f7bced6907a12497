package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.console.Console;
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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Serves a node until a signal ends it: the main thread starts it, waits, and lets it drain. Exit
 * code 0 after a whole drain, 1 when the start failed or the drain was cut short.
 */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = "Serves a node: its agents, webhooks and control API. A bare start serves too.")
final class ServeCommand implements Callable<Integer> {

  private static final Path CONF_DEFAULT = Path.of("conf", "runtime.yaml");

  /** What closing may take beyond the drain. */
  private static final Duration CLOSE_MARGIN = Duration.ofSeconds(5);

  @Spec
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
      converter = Address.class,
      description = "Where the control API listens (default: 127.0.0.1:9100).")
  private @Nullable HostPort control;

  @Option(
      names = "--ingress",
      paramLabel = "HOST:PORT",
      converter = Address.class,
      description = "Where webhooks arrive (default: 127.0.0.1:9090).")
  private @Nullable HostPort ingress;

  @Option(names = "--node", paramLabel = "ID", description = "The node's id.")
  private @Nullable String node;

  @Override
  public Integer call() throws InterruptedException {
    Map<String, String> flags = flags();
    Console console =
        new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), false);
    Signals signals = Signals.listen();
    Vertx vertx = Vertx.vertx(vertxOptions());
    try {
      RuntimeConfig config =
          await(RuntimeConfigReader.read(vertx, confFile(), System.getenv(), flags), signals);
      ServedNode served = await(ServedNode.start(vertx, config), signals);
      for (String line : await(served.report(), signals)) {
        console.line(line);
      }
      console.line("ready in " + served.ageMillis() + " ms");
      signals.end().join();
      return drain(served, config, signals, console);
    } catch (Ended e) {
      console.note("ended while starting");
      return 0;
    } finally {
      close(vertx, console);
    }
  }

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

  private @Nullable Path confFile() {
    if (conf == null) {
      return Files.exists(CONF_DEFAULT) ? CONF_DEFAULT : null;
    }
    if (!Files.isRegularFile(conf)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "there is no settings file " + conf + " (-conf)");
    }
    return conf;
  }

  // Nothing is served from the class path, so nothing has to be unpacked to a temporary directory.
  static VertxOptions vertxOptions() {
    return new VertxOptions()
        .setFileSystemOptions(new FileSystemOptions()
            .setFileCachingEnabled(false)
            .setClassPathResolvingEnabled(false));
  }

  private static int drain(
      ServedNode served, RuntimeConfig config, Signals signals, Console console)
      throws InterruptedException {
    console.note("draining, for at most " + config.drainTimeout().toSeconds() + " s");
    CompletableFuture<?> closed = served.close().toCompletionStage().toCompletableFuture();
    Duration limit = config.drainTimeout().plus(CLOSE_MARGIN);
    try {
      Object unused = CompletableFuture.anyOf(closed, signals.quickEnd())
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (closed.isDone()) {
        console.note("stopped");
        return 0;
      }
      console.note("hurried by a second signal; what was open goes on at the next start");
    } catch (TimeoutException e) {
      console.note("not drained within " + limit.toSeconds() + " s; what was open goes on at the"
          + " next start");
    } catch (ExecutionException e) {
      console.note("not stopped cleanly: " + e.getCause());
    }
    return 1;
  }

  private static void close(Vertx vertx, Console console) throws InterruptedException {
    try {
      Object unused = vertx
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE_MARGIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      console.note("Vert.x did not close: " + e);
    }
  }

  /** Waits for a step of the start, or for the signal that ends it. */
  private static <T> T await(Future<T> step, Signals signals) throws InterruptedException {
    CompletableFuture<T> future = step.toCompletionStage().toCompletableFuture();
    try {
      Object unused = CompletableFuture.anyOf(future, signals.end()).get();
      if (!future.isDone()) {
        throw new Ended();
      }
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new RuntimeFault(ErrorCode.START_FAILED, String.valueOf(e.getCause()), e);
    }
  }

  /** A signal came before the node was there. */
  private static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Ended() {
      super("ended", null, false, false);
    }
  }

  /** Reads {@code HOST:PORT}, {@code [::1]:PORT}. */
  static final class Address implements ITypeConverter<HostPort> {

    private static final Pattern FORM =
        Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9.-]+):([0-9]{1,5})");
    private static final int PORT_MAX = 65_535;

    @Override
    public HostPort convert(String text) {
      Matcher matcher = FORM.matcher(text);
      if (matcher.matches() && Integer.parseInt(matcher.group(2)) <= PORT_MAX) {
        return new HostPort(matcher.group(1), Integer.parseInt(matcher.group(2)));
      }
      throw new TypeConversionException(
          "expected=HOST:PORT with a port from 0 to " + PORT_MAX + ", actual=" + text);
    }
  }
}
