package dev.agentruntime.provider;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.core.Message;
import dev.langchain4j.model.anthropic.AnthropicTokenUsage;
import dev.langchain4j.model.googleai.GoogleAiGeminiTokenUsage;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import dev.langchain4j.model.output.TokenUsage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What replies cost. List prices per million tokens in US dollars for ordinary requests, as known
 * in August 2026; what the settings say comes first. They hold at the provider's own address only:
 * what a model costs elsewhere, nobody knows but the settings. That some providers charge more for
 * very long questions is not in the list.
 */
final class Prices {

  private static final Price FREE = new Price(BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO);

  /** A dated edition of a model costs what the model costs, unless it is listed itself. */
  private static final String EDITION = "-([0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})$";

  private static final Map<String, Price> LIST = Map.ofEntries(
      list("openai:gpt-5", "1.25", "10", "0.125"),
      list("openai:gpt-5-mini", "0.25", "2", "0.025"),
      list("openai:gpt-5-nano", "0.05", "0.40", "0.005"),
      list("openai:gpt-5.1", "1.25", "10", "0.125"),
      list("openai:gpt-5.2", "1.75", "14", "0.175"),
      list("openai:gpt-5.4-mini", "0.75", "4.50", "0.075"),
      list("openai:gpt-5.4-nano", "0.20", "1.25", "0.02"),
      list("openai:gpt-4.1", "2", "8", "0.50"),
      list("openai:gpt-4.1-mini", "0.40", "1.60", "0.10"),
      list("openai:gpt-4.1-nano", "0.10", "0.40", "0.025"),
      list("openai:gpt-4o", "2.50", "10", "1.25"),
      list("openai:gpt-4o-2024-05-13", "5", "15", "5"),
      list("openai:gpt-4o-mini", "0.15", "0.60", "0.075"),
      list("openai:o4-mini", "1.10", "4.40", "0.275"),
      list("openai:text-embedding-3-large", "0.13", "0", "0.13"),
      list("openai:text-embedding-3-small", "0.02", "0", "0.02"),
      list("openai:text-embedding-ada-002", "0.10", "0", "0.10"),
      list("anthropic:claude-opus-4-1", "15", "75", "1.50"),
      list("anthropic:claude-opus-4-5", "5", "25", "0.50"),
      list("anthropic:claude-opus-4-7", "5", "25", "0.50"),
      list("anthropic:claude-opus-4-8", "5", "25", "0.50"),
      list("anthropic:claude-opus-5", "5", "25", "0.50"),
      list("anthropic:claude-sonnet-4-5", "3", "15", "0.30"),
      list("anthropic:claude-sonnet-4-6", "3", "15", "0.30"),
      list("anthropic:claude-haiku-4-5", "1", "5", "0.10"),
      list("google:gemini-2.5-pro", "1.25", "10", "0.125"),
      list("google:gemini-2.5-flash", "0.30", "2.50", "0.03"),
      list("google:gemini-2.5-flash-lite", "0.10", "0.40", "0.01"),
      list("google:gemini-3.1-flash-lite", "0.25", "1.50", "0.025"),
      list("google:gemini-3.5-flash", "1.50", "9", "0.15"),
      list("mistral:mistral-large-2512", "0.50", "1.50", "0.05"),
      list("mistral:mistral-medium-2508", "0.40", "2", "0.04"),
      list("mistral:mistral-small-2603", "0.15", "0.60", "0.015"));

  private Prices() {}

  private static Map.Entry<String, Price> list(
      String model, String input, String output, String cached) {
    return Map.entry(
        model, new Price(new BigDecimal(input), new BigDecimal(output), new BigDecimal(cached)));
  }

  /** What a model costs, null when nobody said. */
  static @Nullable Price of(Provider provider, String model, ModelEndpoint endpoint) {
    Price told = endpoint.prices().get(model);
    if (told != null || endpoint.baseUrl() != null) {
      return told;
    }
    if (provider == Provider.OLLAMA) {
      return FREE;
    }
    Price listed = LIST.get(provider.word() + ":" + model);
    return listed != null
        ? listed
        : LIST.get(provider.word() + ":" + model.replaceFirst(EDITION, ""));
  }

  /** What a reply used and cost; a provider that says nothing, or nonsense, counts as nothing. */
  static Message.Usage usage(@Nullable TokenUsage said, @Nullable Price price) {
    if (said == null || said.inputTokenCount() == null || said.outputTokenCount() == null) {
      return new Message.Usage(0, 0);
    }
    long input = said.inputTokenCount();
    long output = said.outputTokenCount();
    long cached = 0;
    if (said instanceof OpenAiTokenUsage openAi && openAi.inputTokensDetails() != null) {
      cached = tokens(openAi.inputTokensDetails().cachedTokens());
    } else if (said instanceof GoogleAiGeminiTokenUsage google) {
      cached = tokens(google.cachedContentTokenCount());
      // What it thinks is not among what it says, but paid for like it.
      output += tokens(google.thoughtsTokenCount());
    } else if (said instanceof AnthropicTokenUsage anthropic) {
      // Counts only what no cache had to do with.
      cached = tokens(anthropic.cacheReadInputTokens());
      input += cached + tokens(anthropic.cacheCreationInputTokens());
    }
    if (input < 0 || output < 0 || (input == 0 && output == 0)) {
      return new Message.Usage(0, 0);
    }
    cached = Math.min(cached, input);
    return new Message.Usage(input, output, cached, cost(input, output, cached, price));
  }

  /** In billionths of a US dollar, null when the price is not known. */
  static @Nullable Long cost(long input, long output, long cached, @Nullable Price price) {
    if (price == null) {
      return null;
    }
    BigDecimal dollarsForMillions = price
        .input()
        .multiply(BigDecimal.valueOf(input - cached))
        .add(price.cached().multiply(BigDecimal.valueOf(cached)))
        .add(price.output().multiply(BigDecimal.valueOf(output)));
    return dollarsForMillions
        .movePointRight(3) // a millionth of a dollar is a thousand of the billionths counted
        .setScale(0, RoundingMode.HALF_UP)
        .longValue();
  }

  private static long tokens(@Nullable Integer count) {
    return count == null ? 0 : Math.max(0, count);
  }
}
