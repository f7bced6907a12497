package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.console.Console;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
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
import picocli.CommandLine.Mixin;
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

  /** What closing may take beyond the drain. */
  private static final Duration CLOSE_MARGIN = Duration.ofSeconds(5);

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private NodeOptions options;

  @Option(
      names = "--detach",
      description = "Start it in the background, wait until it is up, and say its pid and its log,"
          + " which lie in its directory.")
  private boolean detach;

  @Option(
      names = "--pid-file",
      paramLabel = "FILE",
      description = "Write the pid there when it is up, and take the file away at the end.")
  private @Nullable Path pidFile;

  @Override
  public Integer call() throws InterruptedException {
    Console console =
        new Console(spec.commandLine().getOut(), spec.commandLine().getErr(), false);
    if (detach) {
      if (pidFile != null) {
        throw new ParameterException(
            spec.commandLine(), "--pid-file, expected=without --detach, which sets it itself");
      }
      Detached.start(options, console);
      return console.flushed() ? 0 : 1;
    }
    Signals signals = Signals.listen();
    Vertx vertx = Vertx.vertx(NodeOptions.vertxOptions());
    boolean drained = true;
    try {
      RuntimeConfig config = await(options.settings(vertx), signals);
      ServedNode served = await(ServedNode.start(vertx, config), signals);
      Path pid = pidFile;
      if (pid != null) {
        NodeFiles.say(pid);
      }
      for (String line : await(served.report(), signals)) {
        console.line(line);
      }
      console.line("ready in " + served.ageMillis() + " ms");
      signals.end().join();
      drained = drain(served, config, signals, console);
      if (pid != null) {
        pid.toFile().deleteOnExit();
      }
      return drained ? 0 : 1;
    } catch (Ended e) {
      console.note("ended while starting");
      return 0;
    } finally {
      // A node that is not drained still writes its journal, and needs its event loops for that:
      // the end of the JVM takes both at once.
      if (drained) {
        close(vertx, console);
      }
    }
  }

  /** The settings that flags say, by their dotted keys. */
  Map<String, String> flags() {
    return options.flags();
  }

  /** False when it was not drained in time. */
  private static boolean drain(
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
        return true;
      }
      console.note("hurried by a second signal; what was open goes on at the next start");
    } catch (TimeoutException e) {
      console.note("not drained within " + limit.toSeconds() + " s; what was open goes on at the"
          + " next start");
    } catch (ExecutionException e) {
      console.note("not stopped cleanly: " + e.getCause());
    }
    return false;
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
