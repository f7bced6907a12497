package dev.agentruntime.mcp;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A server of tools on a Vert.x of a test; its methods wait. */
final class Connected implements AutoCloseable, McpServer.Listener {

  private static final long WAIT_S = 60;

  final BlockingQueue<Listing> listings = new LinkedBlockingQueue<>();
  final BlockingQueue<String> failures = new LinkedBlockingQueue<>();
  final BlockingQueue<Progress> progress = new LinkedBlockingQueue<>();
  final AtomicBoolean curious = new AtomicBoolean();
  final Map<String, List<String>> given = new ConcurrentHashMap<>();
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final McpServers servers;
  private final McpServer server;
  private final AtomicInteger calls = new AtomicInteger();

  Connected(ServerConfig config, Path directory) {
    servers = new McpServers(new VertxTimers(vertx), SecretRef::value, directory);
    server = servers.server(
        new ProcessName("test"), config, task -> context.runOnContext(go -> task.run()), this);
    on(() -> {
      server.open();
      return Future.succeededFuture();
    });
  }

  /** The badly behaved server of ours. */
  static Connected scripted(Path directory, Duration timeout) {
    return new Connected(scripted("bad", directory, Map.of(), timeout), directory);
  }

  static ServerConfig.Stdio scripted(
      String name, Path directory, Map<String, SecretRef> env, Duration timeout) {
    List<String> command = ScriptedServer.command(directory);
    return new ServerConfig.Stdio(
        name,
        command.get(0),
        command.subList(1, command.size()),
        env,
        null,
        new ServerConfig.Times(timeout, Duration.ofSeconds(WAIT_S)));
  }

  @Override
  public void given(Map<String, List<String>> values) {
    given.putAll(values);
  }

  @Override
  public void listed(Listing listing) {
    listings.add(listing);
  }

  @Override
  public void failed(String why) {
    failures.add(why);
  }

  @Override
  public boolean wantsProgress() {
    return curious.get();
  }

  @Override
  public void progress(String effectKey, Progress said) {
    progress.add(said);
  }

  McpServer server() {
    return server;
  }

  @CanIgnoreReturnValue
  Listing listing() {
    return taken(listings);
  }

  @CanIgnoreReturnValue
  String failure() {
    return taken(failures);
  }

  private static <T> T taken(BlockingQueue<T> queue) {
    try {
      T one = queue.poll(WAIT_S, TimeUnit.SECONDS);
      if (one == null) {
        throw new AssertionError("nothing came");
      }
      return one;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Calls a tool with one text. */
  Tool.Reply call(String tool, String text) {
    return call(tool, Json.of(Map.of("text", text)));
  }

  Tool.Reply call(String tool, Json arguments) {
    return Objects.requireNonNull(await(calling(tool, arguments, new CancelSignal())));
  }

  /** Why a call failed. */
  Throwable failing(String tool, String text) {
    try {
      Tool.Reply reply = call(tool, text);
      throw new AssertionError("it answered: " + reply);
    } catch (IllegalStateException failed) {
      return Objects.requireNonNull(failed.getCause());
    }
  }

  Future<Tool.Reply> calling(String tool, Json arguments, CancelSignal cancel) {
    InvocationId run = new InvocationId("01TEST" + String.format("%020d", 1));
    Tool.Call call = new Tool.Call(
        new ProcessName("test"),
        run,
        run.effectKey(calls.incrementAndGet()),
        arguments,
        AgentContext.EMPTY,
        cancel);
    return on(() -> server.call(tool, call, () -> null));
  }

  @CanIgnoreReturnValue
  <T> Future<T> on(Supplier<Future<T>> task) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(go -> task.get().onComplete(promise));
    return promise.future();
  }

  @CanIgnoreReturnValue
  static <T> @Nullable T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(WAIT_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError("no answer", e);
    }
  }

  @Override
  public void close() {
    await(on(server::close));
    servers.close();
    await(vertx.close());
  }
}
