package dev.agentruntime.memory;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.EmbeddingSpending;
import dev.agentruntime.provider.Models;
import dev.agentruntime.time.Timers;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The memories of one node, made from what manifests declare; processes that name the same place
 * share its store and not what is in it. Safe on every thread.
 */
public final class Memories {

  private static final String OPENAI_URL = "https://api.openai.com/v1";
  private static final String OLLAMA_URL = "http://127.0.0.1:11434";
  private static final int READERS = 4;
  private static final int EMBEDDERS = 8;

  private final Deps deps;
  private final JsonHttp http;
  private final WorkerExecutor writing;
  private final WorkerExecutor reading;
  private final WorkerExecutor embedding;
  private final Memory inMemory = new InMemoryMemory();
  private final Map<Path, LuceneIndex> indexes = new ConcurrentHashMap<>();
  private final ChromaApi chroma;

  /**
   * What memories are made of.
   *
   * @param directory of the node's own stores, null = there is none
   * @param endpoints of model providers by name
   * @param secrets finds a secret's value, null when it is not set
   * @param model an embedding model of the application, in place of the configured one; null = none
   */
  public record Deps(
      Vertx vertx,
      Timers timers,
      @Nullable Path directory,
      MemorySettings settings,
      Function<String, ModelEndpoint> endpoints,
      Function<SecretRef, @Nullable String> secrets,
      @Nullable EmbeddingModel model) {}

  public Memories(Deps deps) {
    this.deps = deps;
    this.http = new JsonHttp(deps.vertx(), deps.timers());
    // Names are per instance: executors of one name are shared, and closed with the last of them.
    String name = "memory-" + Integer.toHexString(System.identityHashCode(this));
    this.writing = deps.vertx().createSharedWorkerExecutor(name + "-write", 1);
    this.reading = deps.vertx().createSharedWorkerExecutor(name + "-read", READERS);
    this.embedding = deps.vertx().createSharedWorkerExecutor(name + "-embed", EMBEDDERS);
    MemorySettings.Chroma server = deps.settings().chroma();
    this.chroma = new ChromaApi(
        http,
        new ChromaApi.Place(trimmed(server.url()), server.tenant(), server.database()),
        secret(server.token()));
  }

  /**
   * The memory that a manifest declares. Nothing is opened and nothing sent before it is used.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when this node cannot have it
   */
  public Memory create(MemoryConfig config) {
    return new Bounded(
        switch (config.provider()) {
          case IN_MEMORY -> inMemory;
          case LUCENE ->
            new LuceneMemory(
                index(config.persistDirectory()), embedder(), EmbeddingSpending.NOBODY);
          case CHROMA -> new ChromaMemory(chroma, needed(embedder()), EmbeddingSpending.NOBODY);
          case MEM0 ->
            new Mem0Memory(
                http,
                trimmed(deps.settings().mem0().url()),
                secret(deps.settings().mem0().apiKey()));
        });
  }

  private LuceneIndex index(@Nullable String name) {
    Path directory = deps.directory();
    if (directory == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "memory: provider lucene, expected=a data directory to keep it in, actual=none; give one,"
              + " or say provider: in_memory");
    }
    Path place = directory.resolve(name == null ? "default" : name).normalize();
    return indexes.computeIfAbsent(place, path -> new LuceneIndex(path, writing, reading));
  }

  private static Embedder needed(@Nullable Embedder embedder) {
    if (embedder == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "memory: provider chroma finds by meaning only, expected=an embedding model, as"
              + " memory.embedding: openai:text-embedding-3-small in conf/runtime.yaml,"
              + " actual=none");
    }
    return embedder;
  }

  private @Nullable Embedder embedder() {
    EmbeddingModel own = deps.model();
    if (own != null) {
      return new ModelEmbedder(own.modelName(), () -> own, embedding, null);
    }
    String configured = deps.settings().embedding();
    if (configured == null) {
      return null;
    }
    String provider = configured.substring(0, Math.max(0, configured.indexOf(':')));
    String model = configured.substring(configured.indexOf(':') + 1);
    ModelEndpoint endpoint = deps.endpoints().apply(provider);
    WaitingTransport transport = new WaitingTransport(http, endpoint.timeout());
    return switch (provider) {
      case "openai" ->
        new ModelEmbedder(
            configured,
            () -> openAi(model, endpoint, transport),
            embedding,
            Models.reading(configured, endpoint));
      case "ollama" ->
        new ModelEmbedder(
            configured,
            () -> new OllamaEmbeddingModel.OllamaEmbeddingModelBuilder()
                .httpClientBuilder(transport)
                .baseUrl(endpoint.baseUrl() == null ? OLLAMA_URL : endpoint.baseUrl())
                .modelName(model)
                .maxRetries(0)
                .build(),
            embedding,
            Models.reading(configured, endpoint));
      default ->
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "memory.embedding " + Json.quote(configured)
                + ", expected=openai:MODEL or ollama:MODEL");
    };
  }

  private EmbeddingModel openAi(String model, ModelEndpoint endpoint, WaitingTransport transport) {
    String url = endpoint.baseUrl();
    SecretRef reference = endpoint.apiKey() == null && url == null
        ? new SecretRef(SecretRef.Kind.ENV, "OPENAI_API_KEY")
        : endpoint.apiKey();
    String key = secret(reference).get();
    if (reference != null && (key == null || key.isBlank())) {
      throw new RuntimeFault(
          ErrorCode.MEMORY_UNAVAILABLE,
          "no API key, expected=" + reference.shown() + " to be set, actual=empty");
    }
    // Not builder(): that would search the class path at every call.
    var builder = new OpenAiEmbeddingModel.OpenAiEmbeddingModelBuilder()
        .httpClientBuilder(transport)
        .baseUrl(url == null ? OPENAI_URL : url)
        .modelName(model)
        .maxRetries(0);
    return (key == null ? builder : builder.apiKey(key)).build();
  }

  private Supplier<@Nullable String> secret(@Nullable SecretRef reference) {
    return () -> reference == null ? null : deps.secrets().apply(reference);
  }

  private static String trimmed(String url) {
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /** Ends all stores; whatever was acknowledged is kept. */
  public Future<Void> close() {
    List<Future<Void>> closing = new ArrayList<>();
    indexes.values().forEach(index -> closing.add(index.close()));
    return Future.join(closing)
        .otherwiseEmpty()
        .compose(
            done -> Future.join(writing.close(), reading.close(), embedding.close(), http.close()))
        .mapEmpty();
  }
}
