package dev.agentruntime.provider;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.llm.RequestBound;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.googleai.GoogleAiGeminiStreamingChatModel;
import dev.langchain4j.model.mistralai.MistralAiStreamingChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who runs models, and in what each differs from the others. */
enum Provider {
  OPENAI("https://api.openai.com/v1", "OPENAI_API_KEY"),
  ANTHROPIC("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
  GOOGLE("https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"),
  MISTRAL("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
  OLLAMA("http://127.0.0.1:11434", null);

  /** What Anthropic must be told: how long a reply may become, in tokens. */
  private static final int ANTHROPIC_OUTPUT_MAX = 8_192;

  /** Stands for no key where an adapter insists on one; it never leaves the JVM. */
  static final String NO_KEY = "none";

  /** Google's word for a call that another model made, which it did not sign. */
  private static final String UNSIGNED = "skip_thought_signature_validator";

  private final String url;
  private final @Nullable String variable;

  Provider(String url, @Nullable String variable) {
    this.url = url;
    this.variable = variable;
  }

  /** The provider of that name in manifests and settings, null when there is none. */
  static @Nullable Provider of(String word) {
    for (Provider provider : values()) {
      if (provider.word().equals(word)) {
        return provider;
      }
    }
    return null;
  }

  /** What manifests and settings call it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Where it is reached by default. */
  String url() {
    return url;
  }

  /** Its key at the default address, null when it needs none. */
  @Nullable
  SecretRef key() {
    return variable == null ? null : new SecretRef(SecretRef.Kind.ENV, variable);
  }

  /** Whether it streams a JSON text a line instead of server-sent events. */
  boolean streamsLines() {
    return this == OLLAMA;
  }

  /** Whether the schema of a tool goes to it as it is. */
  boolean takesSchemas(boolean withDefinitions) {
    return switch (this) {
      case OPENAI, ANTHROPIC -> true;
      case MISTRAL, OLLAMA -> !withDefinitions;
      case GOOGLE -> false;
    };
  }

  /** Whether a call of a tool may have this id; Mistral takes nine letters and digits only. */
  boolean takesCallId(String id) {
    return this != MISTRAL || id.matches("[a-zA-Z0-9]{9}");
  }

  /** What stands for the signature of a reply that has none, null when nothing does. */
  @Nullable
  String unsigned(String model) {
    return this == GOOGLE && model.matches("gemini-([3-9]|[1-9][0-9]).*") ? UNSIGNED : null;
  }

  /** Whether this is how a stream says that the reply is complete. */
  boolean isEnd(String data) {
    return switch (this) {
      case GOOGLE -> data.contains("\"finishReason\"");
      case OPENAI -> data.equals("[DONE]");
      default -> false;
    };
  }

  /** Whether this says that the question or the answer is not allowed. */
  boolean isRefusal(String data) {
    return switch (this) {
      case GOOGLE -> data.contains("\"blockReason\"");
      case ANTHROPIC -> data.contains("\"stop_reason\":\"refusal\"");
      default -> false;
    };
  }

  /**
   * Whether a reply that its adapter calls complete is so. Those of the other providers say it only
   * when the stream did.
   */
  boolean isComplete(@Nullable FinishReason reason, boolean sawEnd) {
    return switch (this) {
      case OPENAI -> reason != null || sawEnd;
      case GOOGLE -> sawEnd;
      default -> true;
    };
  }

  /** Longest reply in tokens where the settings say nothing, as far as it is known. */
  int outputUsual() {
    return this == ANTHROPIC ? ANTHROPIC_OUTPUT_MAX : RequestBound.OUTPUT_USUAL;
  }

  /** An adapter for one call. */
  StreamingChatModel model(
      LangChainModels.Target target, HttpClientBuilder transport, @Nullable String key) {
    // Not builder() where there is another way: it would search the class path at every call.
    Integer outputMax = target.outputMax() == 0 ? null : (Integer) target.outputMax();
    return switch (this) {
      case OPENAI -> {
        var builder = new OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder()
            .httpClientBuilder(transport)
            .baseUrl(target.baseUrl())
            .modelName(target.model())
            .maxCompletionTokens(outputMax);
        yield (key == null ? builder : builder.apiKey(key)).build();
      }
      case ANTHROPIC ->
        new AnthropicStreamingChatModel.AnthropicStreamingChatModelBuilder()
            .httpClientBuilder(transport)
            .baseUrl(target.baseUrl())
            .modelName(target.model())
            .maxTokens(outputMax == null ? (Integer) ANTHROPIC_OUTPUT_MAX : outputMax)
            .apiKey(key == null ? NO_KEY : key)
            .build();
      case GOOGLE ->
        GoogleAiGeminiStreamingChatModel.builder()
            .httpClientBuilder(transport)
            .baseUrl(target.baseUrl())
            .modelName(target.model())
            .maxOutputTokens(outputMax)
            .returnThinking(true)
            .sendThinking(true)
            .apiKey(key == null ? NO_KEY : key)
            .build();
      case MISTRAL ->
        new MistralAiStreamingChatModel.MistralAiStreamingChatModelBuilder()
            .httpClientBuilder(transport)
            .baseUrl(target.baseUrl())
            .modelName(target.model())
            .maxTokens(outputMax)
            .apiKey(key == null ? NO_KEY : key)
            .build();
      case OLLAMA -> {
        var builder = new OllamaStreamingChatModel.OllamaStreamingChatModelBuilder()
            .httpClientBuilder(transport)
            .baseUrl(target.baseUrl())
            .modelName(target.model())
            .numPredict(outputMax);
        yield (key == null
                ? builder
                : builder.customHeaders(Map.of("Authorization", "Bearer " + key)))
            .build();
      }
    };
  }
}
