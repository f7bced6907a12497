package dev.agentruntime.mcp;

import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One connection to a server, from the handshake to its end. Its futures complete on the process's
 * context; it is called there.
 */
final class McpSession {

  /** Where a call carries its effect key, in {@code _meta}. */
  static final String EFFECT_KEY = "dev.agentruntime/effect-key";

  /** Where a call says that its progress is wanted, and under which name. */
  static final String PROGRESS = "progressToken";

  /** Most pages of a list of tools, and most tools on them, that are read. */
  private static final int PAGES_MAX = 50;

  private static final int READ_MAX = 10_000;

  private static final Duration SLACK = Duration.ofMinutes(1);
  private static final McpSchema.Implementation WHO =
      McpSchema.Implementation.builder("agent-runtime", "0.1.0").build();

  private final ServerConfig server;
  private final GuardedTransport transport;
  private final McpAsyncClient client;
  private final Executor context;

  /** Who hears of a connection, on any thread. */
  interface Told {
    /** It is of no use any more. */
    void lost(String why);

    /** The server says that its tools are others now. */
    void toolsChanged();

    /**
     * A call is so far. Of its progress nothing more is told until it is asked for.
     *
     * @param more asks for more
     */
    void progress(String effectKey, Progress said, Runnable more);
  }

  McpSession(ServerConfig server, McpClientTransport wire, Executor context, Told told) {
    this.server = server;
    this.context = context;
    this.transport = new GuardedTransport(wire, told);
    Duration longest = server.times().call().compareTo(server.times().connect()) > 0
        ? server.times().call()
        : server.times().connect();
    // Times are ours to keep; these only end what we have given up.
    this.client = McpClient.async(transport)
        .requestTimeout(longest.plus(SLACK))
        .initializationTimeout(longest.plus(SLACK))
        .clientInfo(WHO)
        .capabilities(McpSchema.ClientCapabilities.builder().build())
        .enableCallToolSchemaCaching(false)
        .jsonSchemaValidator(new Unchecked())
        .build();
  }

  /** Results go to a model, which reads them whatever their form. */
  private static final class Unchecked implements JsonSchemaValidator {
    @Override
    public ValidationResponse validate(Map<String, Object> schema, Object content) {
      return ValidationResponse.asValid(null);
    }
  }

  /** Shakes hands and asks for the tools. */
  Future<Listing> open() {
    return future(client.initialize()).compose(hello -> list());
  }

  Future<Listing> list() {
    if (client.getServerCapabilities() == null || client.getServerCapabilities().tools() == null) {
      return Future.succeededFuture(new Listing(List.of(), Map.of()));
    }
    return page(null, new ArrayList<>(), 1).map(all -> Listing.of(server, all));
  }

  private Future<List<McpSchema.Tool>> page(
      @Nullable String cursor, List<McpSchema.Tool> before, int count) {
    return future(client.listTools(cursor)).compose(page -> {
      before.addAll(page.tools() == null ? List.of() : page.tools());
      if (page.nextCursor() == null || page.nextCursor().isEmpty()) {
        return Future.succeededFuture(before);
      }
      return count < PAGES_MAX && before.size() < READ_MAX
          ? page(page.nextCursor(), before, count + 1)
          : Future.failedFuture(new RuntimeFault(
              ErrorCode.INVALID_CONFIG,
              "its list of tools has no end, expected<=" + PAGES_MAX + " pages and<=" + READ_MAX
                  + " tools"));
    });
  }

  /**
   * Calls a tool by the server's own name.
   *
   * @param progress whether somebody wants to know how far it is
   */
  Future<McpSchema.CallToolResult> call(
      String tool, Map<String, @Nullable Object> arguments, String effectKey, boolean progress) {
    Map<String, Object> meta = new HashMap<>();
    if (!effectKey.isEmpty()) {
      meta.put(EFFECT_KEY, effectKey);
      if (progress) {
        meta.put(PROGRESS, effectKey);
      }
    }
    return future(
        client.callTool(new McpSchema.CallToolRequest(tool, new HashMap<>(arguments), meta)));
  }

  /** Nobody waits for this call any more. */
  void cancel(String effectKey, String why) {
    if (!effectKey.isEmpty()) {
      transport.cancel(effectKey, why).subscribe(done -> {}, McpSession::unheard);
    }
  }

  /** Completes when the server answers anything. */
  Future<Void> ping() {
    return future(client.ping()).mapEmpty();
  }

  /** Ends the connection and what it started; calls in flight fail. */
  Future<Void> close() {
    client.close();
    return future(transport.closeGracefully()).mapEmpty();
  }

  private static void unheard(Throwable cause) {
    System.getLogger(McpSession.class.getName())
        .log(System.Logger.Level.DEBUG, "not told: {0}", Reasons.of(cause));
  }

  private <T> Future<T> future(Mono<T> mono) {
    Promise<T> promise = Promise.promise();
    mono.subscribe(
        value -> context.execute(() -> promise.tryComplete(value)),
        cause -> context.execute(() -> promise.tryFail(cause)),
        () -> context.execute(() -> promise.tryComplete()));
    return promise.future();
  }
}
