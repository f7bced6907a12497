package dev.agentruntime.provider;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.EchoChat;
import dev.agentruntime.llm.ScriptedChat;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a model from what a manifest calls it: {@code PROVIDER:MODEL}, {@code custom:NAME} for one
 * that was registered, {@code script:FILE} or {@code echo}. All models of one instance share one
 * HTTP client, and all that are the same model of the same account share one gate. Safe on every
 * thread.
 */
public final class Models {

  private static final String EXPECTED =
      "openai:, anthropic:, google:, mistral: or ollama:MODEL, custom:NAME, script:FILE or echo";

  /** Before the name of a registered model. */
  private static final String CUSTOM = "custom";

  // A model thinks for minutes, so every run in flight needs a connection of its own.
  private static final int CONNECTIONS_MAX = 4_096;

  /** How long a question waits for a model while another one may be asked instead. */
  private static final Duration FALLBACK_PATIENCE = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Timers timers;
  private final Ids ids;
  private final Function<String, ModelEndpoint> endpoints;
  private final Function<SecretRef, @Nullable String> secrets;
  private final HttpClient client;
  private final Context gatekeeper;
  private final Map<String, ProviderGate> gates = new ConcurrentSkipListMap<>();
  private final Map<String, ChatClient> registered = new ConcurrentSkipListMap<>();

  /**
   * A factory.
   *
   * @param ids its chance spreads the pauses between retries
   * @param endpoints by provider name; {@link ModelEndpoint#DEFAULT} for one that is not configured
   * @param secrets finds a secret's value, null when it is not set; asked at each call of a model,
   * on
   *     its context, so it must not block
   */
  public Models(
      Vertx vertx,
      Timers timers,
      Ids ids,
      Function<String, ModelEndpoint> endpoints,
      Function<SecretRef, @Nullable String> secrets) {
    this.vertx = vertx;
    this.timers = timers;
    this.ids = ids;
    this.endpoints = endpoints;
    this.secrets = secrets;
    this.gatekeeper = vertx.getOrCreateContext();
    // TLS as Vert.x has it by default: the JDK's authorities, the host's name verified.
    this.client = vertx
        .httpClientBuilder()
        .with(new HttpClientOptions().setConnectTimeout(10_000).setKeepAliveTimeout(30))
        .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS_MAX))
        .build();
  }

  /**
   * Makes a model. Nothing is sent and no secret is looked up before it is asked.
   *
   * @param model as in the manifest
   * @param script the play of a {@code script:} model, null for any other
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when there is no such model
   */
  public ChatClient create(String model, @Nullable Json script) {
    return create(model, List.of(), script);
  }

  /**
   * Makes a model with others that are asked in order when it cannot be had.
   *
   * @param script the play of the {@code script:} model among them, null when there is none
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when one of them does not exist
   */
  public ChatClient create(String model, List<String> fallbacks, @Nullable Json script) {
    if (fallbacks.isEmpty()) {
      return single(model, script, null);
    }
    List<ChatClient> chain = new ArrayList<>();
    chain.add(single(model, script, FALLBACK_PATIENCE));
    for (int i = 0; i < fallbacks.size(); i++) {
      boolean last = i == fallbacks.size() - 1;
      chain.add(single(fallbacks.get(i), script, last ? null : FALLBACK_PATIENCE));
    }
    return new FallbackChat(chain);
  }

  /**
   * Where a model is asked, empty when it answers inside this JVM or nobody knows it.
   *
   * @param endpoints by provider name
   */
  public static Optional<String> baseUrl(String model, Map<String, ModelEndpoint> endpoints) {
    Provider provider = Provider.of(model.replaceFirst(":.*", ""));
    if (provider == null) {
      return Optional.empty();
    }
    ModelEndpoint endpoint = endpoints.get(provider.word());
    String url = endpoint == null ? null : endpoint.baseUrl();
    return Optional.of(url == null ? provider.url() : url);
  }

  /**
   * What it costs that a model reads so many tokens and writes none, as one for embeddings; without
   * a cost when nobody said what it is.
   *
   * @param model with its provider, as in {@code openai:text-embedding-3-small}
   */
  public static LongFunction<Message.Usage> reading(String model, ModelEndpoint endpoint) {
    int colon = model.indexOf(':');
    Provider provider = Provider.of(model.substring(0, Math.max(0, colon)));
    Price price =
        provider == null ? null : Prices.of(provider, model.substring(colon + 1), endpoint);
    return tokens -> new Message.Usage(tokens, 0, 0, Prices.cost(tokens, 0, 0, price));
  }

  private ChatClient single(String model, @Nullable Json script, @Nullable Duration patience) {
    int colon = model.indexOf(':');
    String word = colon < 0 ? model : model.substring(0, colon);
    String name = colon < 0 ? "" : model.substring(colon + 1).trim();
    if (model.equals("echo")) {
      return new EchoChat();
    }
    if (word.equals("script") && !name.isEmpty()) {
      return scripted(model, script);
    }
    if (word.equals(CUSTOM) && !name.isEmpty()) {
      return registered(name);
    }
    Provider provider = Provider.of(word);
    if (provider != null && !name.isEmpty()) {
      return remote(provider, model, name, patience);
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_CONFIG, "model " + Json.quote(model) + ", expected=" + EXPECTED);
  }

  private ChatClient registered(String name) {
    ChatClient client = registered.get(name);
    if (client == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "model custom:" + name + " is not registered, expected=one of " + registered.keySet()
              + "; deploy the verticle that brings it");
    }
    return client;
  }

  /**
   * Registers a model as {@code custom:NAME}, in place of one of that name. What was made before
   * goes on as it is.
   */
  public void register(String name, ChatClient client) {
    registered.put(name, new RegisteredChat(name, client, vertx));
  }

  /** Takes a registered model away. */
  public void unregister(String name) {
    registered.remove(name);
  }

  private ChatClient scripted(String model, @Nullable Json script) {
    if (script == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "model " + Json.quote(model) + ", expected=its play, actual=none");
    }
    return new Backoff(
        new ScriptedChat(script, timers),
        timers,
        ids,
        endpoints.apply("script").attemptsMax(),
        /* gated= */ false);
  }

  private ChatClient remote(
      Provider provider, String configured, String name, @Nullable Duration patience) {
    ModelEndpoint endpoint = endpoints.apply(provider.word());
    LangChainModels once =
        new LangChainModels(client, timers, target(provider, configured, name, endpoint));
    ProviderGate gate = gates.computeIfAbsent(
        account(configured, endpoint),
        key -> new ProviderGate(configured, endpoint.quota(), timers, ids));
    Duration longest = endpoint.quota().queueTimeout();
    ChatClient gated = new GatedChat(
        once,
        gate,
        this::onGatekeeper,
        this::caller,
        patience == null || patience.compareTo(longest) > 0 ? longest : patience);
    return new Backoff(gated, timers, ids, endpoint.attemptsMax(), /* gated= */ true);
  }

  /** Models that share what a provider allows: of one name, address and key. */
  private static String account(String configured, ModelEndpoint endpoint) {
    SecretRef key = endpoint.apiKey();
    return configured + " " + (endpoint.baseUrl() == null ? "" : endpoint.baseUrl()) + " "
        + (key == null ? "" : key.kind() + " " + key.value());
  }

  private void onGatekeeper(Runnable task) {
    gatekeeper.runOnContext(go -> task.run());
  }

  private Executor caller() {
    Context context = vertx.getOrCreateContext();
    return task -> context.runOnContext(go -> task.run());
  }

  private LangChainModels.Target target(
      Provider provider, String configured, String model, ModelEndpoint endpoint) {
    String url = endpoint.baseUrl();
    SecretRef key = endpoint.apiKey();
    if (url == null && key == null) {
      key = provider.key();
    }
    Price price = Prices.of(provider, model, endpoint);
    if (price == null) {
      System.getLogger(Models.class.getName())
          .log(
              System.Logger.Level.INFO,
              "what {0} costs is not known, so no cost is shown; say it under models.{1}.prices",
              configured,
              provider.word());
    }
    return new LangChainModels.Target(
        provider,
        configured,
        model,
        url == null ? provider.url() : checked(provider, url),
        key(key),
        endpoint.timeout(),
        endpoint.outputMax(),
        price);
  }

  private Supplier<@Nullable String> key(@Nullable SecretRef reference) {
    return () -> {
      String value = reference == null ? null : secrets.apply(reference);
      if (reference != null && (value == null || value.isBlank())) {
        throw new RuntimeFault(
            ErrorCode.MODEL_UNAUTHORIZED,
            "no API key, expected=" + reference.shown() + " to be set, actual=empty");
      }
      return value;
    };
  }

  private static String checked(Provider provider, String url) {
    try {
      URI uri = new URI(url);
      String scheme = String.valueOf(uri.getScheme());
      if (uri.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return url;
      }
    } catch (URISyntaxException e) {
      throw badUrl(provider, url);
    }
    throw badUrl(provider, url);
  }

  private static RuntimeFault badUrl(Provider provider, String url) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "models." + provider.word() + ".base_url " + Json.quote(url) + ", expected=an address as "
            + provider.url());
  }

  /** How the gates of the models stand that were made so far, by name; no secret is in it. */
  public Future<Json> status() {
    Promise<Json> promise = Promise.promise();
    onGatekeeper(() ->
        promise.complete(Json.of(gates.values().stream().map(ProviderGate::view).toList())));
    return promise.future();
  }

  /** Closes the connections. */
  public Future<Void> close() {
    return client.close();
  }
}
