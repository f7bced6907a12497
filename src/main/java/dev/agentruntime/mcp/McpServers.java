package dev.agentruntime.mcp;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.agentruntime.child.Child;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.context.EnvironmentBlock;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.time.Timers;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections to servers of tools for the processes of a node. Safe on every thread; what
 * blocks, as starting a program does, runs on a pool of its own.
 */
public final class McpServers {

  private static final int POOL_SIZE = 4;
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final Timers timers;
  private final Function<SecretRef, String> secrets;
  private final Path directory;
  private final ThreadPoolExecutor pool;
  private final McpJsonMapper mapper = new JacksonMcpJsonMapper(new ObjectMapper());
  private final SharedClient http;

  /**
   * The servers of a node.
   *
   * @param secrets the value behind a reference; blocks, and throws INVALID_CONFIG
   * @param directory what the directories of children are relative to
   */
  public McpServers(Timers timers, Function<SecretRef, String> secrets, Path directory) {
    this.timers = timers;
    this.secrets = secrets;
    this.directory = directory;
    this.pool = new ThreadPoolExecutor(
        POOL_SIZE,
        POOL_SIZE,
        IDLE.toSeconds(),
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        McpServers::thread,
        new ThreadPoolExecutor.DiscardPolicy());
    this.pool.allowCoreThreadTimeOut(true);
    this.http = new SharedClient(pool);
  }

  /**
   * A server that is not connected yet.
   *
   * @param owner whose it is, for the log
   * @param context runs tasks on the process's context
   * @param listener told of it there
   */
  public McpServer server(
      ProcessName owner, ServerConfig config, Executor context, McpServer.Listener listener) {
    return new McpServer(
        config,
        told -> blocking(() -> resolved(config), context)
            .compose(values -> {
              // First, for what it is given may come back with the first thing it says.
              if (!values.isEmpty()) {
                listener.given(named(config, values));
              }
              String who = owner.value() + "/" + config.name();
              return blocking(() -> transport(who, config, values, told), context);
            })
            .map(wire -> new McpSession(config, wire, context, told)),
        timers,
        context,
        listener);
  }

  private static Child child(List<String> command, Map<String, String> env, Path cwd) {
    try {
      return Child.start(command, env, cwd);
    } catch (IOException e) {
      // Of its message only the end is about the cause; it repeats all arguments.
      String why = String.valueOf(e.getMessage()).replaceFirst("(?s).*error=[0-9]+, ", "");
      throw new RuntimeFault(
          ErrorCode.START_FAILED,
          "cannot start " + Json.quote(command.get(0)) + " in " + cwd + ": " + why);
    }
  }

  private Map<SecretRef, String> resolved(ServerConfig config) {
    Map<SecretRef, String> values = new HashMap<>();
    config.secrets().forEach(secret -> values.put(secret, secrets.apply(secret)));
    return values;
  }

  /** What stands for each secret in texts, {@code SERVER.KEY}, and the forms it has. */
  static Map<String, List<String>> named(ServerConfig config, Map<SecretRef, String> values) {
    Map<String, List<String>> named = new LinkedHashMap<>();
    BiConsumer<String, @Nullable SecretRef> add = (key, secret) -> {
      if (secret != null) {
        named
            .computeIfAbsent(config.name() + "." + key, name -> new ArrayList<>())
            .add(value(values, secret));
      }
    };
    if (config instanceof ServerConfig.Stdio stdio) {
      // A directory or a mode is in many texts, and a server may need to be told it by the model.
      stdio.env().forEach((key, secret) -> {
        if (secret.kind() == SecretRef.Kind.FILE || EnvironmentBlock.isSecret(key)) {
          add.accept(key, secret);
        }
      });
    } else if (config instanceof ServerConfig.Http remote) {
      remote.headers().forEach((key, secret) -> {
        add.accept(key, secret);
        // A scheme goes before what is secret, as in "Bearer abc".
        String text = value(values, secret);
        int end = text.indexOf(' ');
        if (end > 0) {
          named
              .computeIfAbsent(config.name() + "." + key, name -> new ArrayList<>())
              .add(text.substring(end + 1));
        }
      });
      add.accept("bearer_token", remote.bearer());
      add.accept("api_key", remote.apiKey());
    }
    return named;
  }

  private static Redactor given(ServerConfig config, Map<SecretRef, String> values) {
    Map<String, List<String>> named = named(config, values);
    named.replaceAll((name, all) ->
        all.stream().filter(text -> text.length() >= Redactor.CHARS_MIN).toList());
    return Redactor.of(() -> named);
  }

  private static String value(Map<SecretRef, String> values, SecretRef secret) {
    return Objects.requireNonNull(values.get(secret));
  }

  private McpClientTransport transport(
      String who, ServerConfig config, Map<SecretRef, String> values, McpSession.Told told) {
    if (config instanceof ServerConfig.Stdio stdio) {
      List<String> command = new ArrayList<>();
      command.add(stdio.command());
      command.addAll(stdio.args());
      Map<String, String> env = new HashMap<>();
      stdio.env().forEach((key, secret) -> env.put(key, value(values, secret)));
      String cwd = stdio.cwd();
      Child child = child(command, env, cwd == null ? directory : directory.resolve(cwd));
      return new ChildTransport(
          child,
          mapper,
          new ChildTransport.Around(who, timers, told::lost, pool, given(config, values)));
    }
    ServerConfig.Http remote = (ServerConfig.Http) config;
    HttpRequest.Builder request = HttpRequest.newBuilder();
    remote.headers().forEach((name, value) -> request.header(name, value(values, value)));
    if (remote.bearer() != null) {
      request.header("Authorization", "Bearer " + value(values, remote.bearer()));
    }
    if (remote.apiKey() != null) {
      request.header("X-API-Key", value(values, remote.apiKey()));
    }
    URI uri = URI.create(remote.url());
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return HttpClientStreamableHttpTransport.builder(
            uri.getScheme() + "://" + uri.getRawAuthority())
        .endpoint(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery())
        .clientBuilder(http)
        .requestBuilder(request)
        .jsonMapper(mapper)
        .maxResponseSize(ChildTransport.LINE_MAX)
        .build();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "agentruntime-mcp");
    thread.setDaemon(true);
    return thread;
  }

  private <T> Future<T> blocking(Callable<T> task, Executor context) {
    Promise<T> home = Promise.promise();
    pool.execute(() -> {
      try {
        T done = task.call();
        context.execute(() -> home.complete(done));
      } catch (Exception e) {
        context.execute(() -> home.fail(e));
      }
    });
    return home.future();
  }

  /** Ends the pool; every server must be closed before. */
  public void close() {
    pool.shutdown();
  }
}
