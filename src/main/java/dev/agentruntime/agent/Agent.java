package dev.agentruntime.agent;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.provider.Models;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * An agent alone: a model, instructions and tools, without triggers, state or journal. Each
 * question is a run of its own that remembers nothing. Safe on every thread; all runs share one
 * context.
 *
 * <pre>
 * Agent agent = Agent.builder()
 *     .model("openai:gpt-5-mini")
 *     .instructions("Answer in one sentence.")
 *     .tool(new Weather())
 *     .build();
 * agent.ask("Do I need an umbrella in Oslo?").onSuccess(System.out::println);
 * </pre>
 */
public final class Agent {

  /** Longest question shown to the model, in characters; the rest is cut and said to be. */
  public static final int QUESTION_CHARS_MAX = 20_000;

  private final Vertx vertx;
  private final boolean ownVertx;
  private final @Nullable Models models;
  private final ChatClient model;
  private final Toolbox tools;
  private final String instructions;
  private final int maxTurns;
  private final Timers timers;
  private final Ids ids;
  private final Context context;
  private final Set<CancelSignal> running = new HashSet<>();
  private boolean closed;

  private Agent(Builder builder, Toolbox tools, Vertx vertx) {
    this.vertx = vertx;
    this.ownVertx = builder.vertx == null;
    this.tools = tools;
    this.instructions = builder.instructions;
    this.maxTurns = builder.maxTurns;
    this.timers = new VertxTimers(vertx);
    this.ids = Ids.random(timers);
    this.context = vertx.getOrCreateContext();
    if (builder.client == null) {
      Models made = new Models(vertx, timers, ids, provider -> builder.endpoint(), Agent::secret);
      this.models = made;
      this.model = made.create(builder.model, builder.play);
    } else {
      this.models = null;
      this.model = builder.client;
    }
  }

  private static @Nullable String secret(SecretRef reference) {
    return reference.kind() == SecretRef.Kind.ENV
        ? System.getenv(reference.value())
        : reference.value();
  }

  /** Starts to describe an agent; without more it is an {@code echo}. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Asks.
   *
   * @return the final reply, on the agent's context; fails with a {@link RuntimeFault}
   */
  public Future<String> ask(String question) {
    return ask(question, ReplyListener.NOBODY);
  }

  /**
   * Asks, and lets somebody hear the replies while they are written.
   *
   * @param listener called on the agent's context; it must not block
   * @return as {@link #ask(String)}
   */
  public Future<String> ask(String question, ReplyListener listener) {
    Promise<String> promise = Promise.promise();
    try {
      context.runOnContext(go -> run(question, listener).onComplete(promise));
    } catch (RejectedExecutionException gone) { // its own Vert.x has ended
      promise.tryFail(closedFault());
    }
    return promise.future();
  }

  private static RuntimeFault closedFault() {
    return new RuntimeFault(ErrorCode.CANCELLED, "the agent is closed");
  }

  private Future<String> run(String question, ReplyListener listener) {
    if (closed) {
      return Future.failedFuture(closedFault());
    }
    InvocationId invocation = new InvocationId(ids.next());
    TriggerEvent event = new TriggerEvent(
        ids.next(), "ask", "ask", timers.now(), Json.of(question), Json.EMPTY, null, true);
    RunInput input = new RunInput(
        instructions,
        AgentContext.EMPTY,
        Conversation.EMPTY,
        event,
        invocation,
        Map.of(),
        tools.definitions(),
        maxTurns,
        QUESTION_CHARS_MAX);
    CancelSignal cancel = new CancelSignal();
    running.add(cancel);
    Steps steps = new DirectSteps(model, tools, invocation, timers, cancel).heardBy(listener);
    return AgentLoop.run(input, steps)
        .map(AgentLoop.End::text)
        .onComplete(done -> running.remove(cancel));
  }

  /** Ends the runs in flight and what the builder made: the connections, and its own Vert.x. */
  public Future<Void> close() {
    Promise<Void> promise = Promise.promise();
    context.runOnContext(go -> {
      closed = true;
      List.copyOf(running).forEach(CancelSignal::cancel);
      Future<Void> connections = models == null ? Future.succeededFuture() : models.close();
      connections.onComplete(promise);
    });
    return promise.future().eventually(() -> ownVertx ? vertx.close() : Future.succeededFuture());
  }

  /** Describes an agent. */
  public static final class Builder {

    private @Nullable Vertx vertx;
    private @Nullable ChatClient client;
    private String model = "echo";
    private @Nullable Json play;
    private @Nullable String baseUrl;
    private @Nullable String apiKey;
    private Duration timeout = ModelEndpoint.DEFAULT.timeout();
    private String instructions = "";
    private final List<Tool> tools = new ArrayList<>();
    private int maxTurns = 50;

    private Builder() {}

    /** The model: {@code PROVIDER:MODEL}, as in {@code openai:gpt-5-mini}, or {@code echo}. */
    @CanIgnoreReturnValue
    public Builder model(String model) {
      this.model = model;
      this.client = null;
      return this;
    }

    /** A model of one's own; {@link Agent#close()} leaves it alone. */
    @CanIgnoreReturnValue
    public Builder model(ChatClient client) {
      this.client = client;
      return this;
    }

    /** The model {@code script} with this play. */
    @CanIgnoreReturnValue
    public Builder script(Json play) {
      this.model = "script:builder";
      this.play = play;
      this.client = null;
      return this;
    }

    /** Where the model is reached, as {@code http://localhost:11434/v1}; default: its provider. */
    @CanIgnoreReturnValue
    public Builder baseUrl(String baseUrl) {
      this.baseUrl = baseUrl;
      return this;
    }

    /**
     * The key; default what the environment holds for the provider, such as {@code
     * OPENAI_API_KEY}, and none with a base URL.
     */
    @CanIgnoreReturnValue
    public Builder apiKey(String apiKey) {
      this.apiKey = apiKey;
      return this;
    }

    /** For one whole reply; default 120 s. */
    @CanIgnoreReturnValue
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /** The system prompt; default none. */
    @CanIgnoreReturnValue
    public Builder instructions(String instructions) {
      this.instructions = instructions;
      return this;
    }

    /** One more tool. */
    @CanIgnoreReturnValue
    public Builder tool(Tool tool) {
      tools.add(tool);
      return this;
    }

    /** Most model calls for one question, 1..1,000; default 50. */
    @CanIgnoreReturnValue
    public Builder maxTurns(int maxTurns) {
      this.maxTurns = maxTurns;
      return this;
    }

    /** Runs on this Vert.x, which stays open; default: one of its own. */
    @CanIgnoreReturnValue
    public Builder vertx(Vertx vertx) {
      this.vertx = vertx;
      return this;
    }

    /**
     * Makes the agent.
     *
     * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when the model or a tool is not usable
     */
    public Agent build() {
      if (maxTurns < 1 || maxTurns > 1_000) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG, "maxTurns, expected=1 to 1000, actual=" + maxTurns);
      }
      Toolbox box = Toolbox.of(tools);
      Vertx on = vertx == null ? Vertx.vertx() : vertx;
      try {
        return new Agent(this, box, on);
      } catch (RuntimeFault refused) {
        if (vertx == null) {
          on.close();
        }
        throw refused;
      }
    }

    private ModelEndpoint endpoint() {
      SecretRef key = apiKey == null ? null : new SecretRef(SecretRef.Kind.LITERAL, apiKey);
      return new ModelEndpoint(baseUrl, key, timeout, ModelEndpoint.DEFAULT.attemptsMax());
    }
  }
}
