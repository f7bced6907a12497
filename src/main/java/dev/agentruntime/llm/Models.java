package dev.agentruntime.llm;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a model from what a manifest calls it: {@code openai:MODEL}, {@code script:FILE} or {@code
 * echo}. All models of one instance share one HTTP client. Safe on every thread.
 */
public final class Models {

  private static final String EXPECTED = "openai:MODEL, script:FILE or echo";
  private static final List<String> LATER = List.of("anthropic", "google", "mistral", "ollama");
  private static final String OPENAI_URL = "https://api.openai.com/v1";
  private static final SecretRef OPENAI_KEY = new SecretRef(SecretRef.Kind.ENV, "OPENAI_API_KEY");

  // A model thinks for minutes, so every run in flight needs a connection of its own.
  private static final int CONNECTIONS_MAX = 4_096;

  private final Timers timers;
  private final Ids ids;
  private final Function<String, ModelEndpoint> endpoints;
  private final Function<SecretRef, @Nullable String> secrets;
  private final HttpClient client;

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
    this.timers = timers;
    this.ids = ids;
    this.endpoints = endpoints;
    this.secrets = secrets;
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
    int colon = model.indexOf(':');
    String provider = colon < 0 ? model : model.substring(0, colon);
    String name = colon < 0 ? "" : model.substring(colon + 1).trim();
    if (model.equals("echo")) {
      return new EchoChat();
    }
    if (provider.equals("script") && !name.isEmpty()) {
      return scripted(model, script);
    }
    if (provider.equals("openai") && !name.isEmpty()) {
      ModelEndpoint endpoint = endpoints.apply(provider);
      return patient(
          new LangChainModels(
              client, timers, target(/* configured= */ model, /* model= */ name, endpoint)),
          endpoint);
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "model " + Json.quote(model) + (LATER.contains(provider) ? " is not available yet" : "")
            + ", expected=" + EXPECTED);
  }

  private ChatClient scripted(String model, @Nullable Json script) {
    if (script == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "model " + Json.quote(model) + ", expected=its play, actual=none");
    }
    return patient(new ScriptedChat(script, timers), endpoints.apply("script"));
  }

  private ChatClient patient(ChatClient once, ModelEndpoint endpoint) {
    return new Backoff(once, timers, ids, endpoint.attemptsMax());
  }

  private LangChainModels.Target target(String configured, String model, ModelEndpoint endpoint) {
    String url = endpoint.baseUrl();
    SecretRef key = endpoint.apiKey();
    if (url == null && key == null) {
      key = OPENAI_KEY;
    }
    return new LangChainModels.Target(
        configured, model, url == null ? OPENAI_URL : checked(url), key(key), endpoint.timeout());
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

  private static String checked(String url) {
    try {
      URI uri = new URI(url);
      String scheme = String.valueOf(uri.getScheme());
      if (uri.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return url;
      }
    } catch (URISyntaxException e) {
      throw badUrl(url);
    }
    throw badUrl(url);
  }

  private static RuntimeFault badUrl(String url) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "models.openai.base_url " + Json.quote(url)
            + ", expected=http://HOST:PORT/v1 or https://HOST/v1");
  }

  /** Closes the connections. */
  public Future<Void> close() {
    return client.close();
  }
}
