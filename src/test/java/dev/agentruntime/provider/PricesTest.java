package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.Message;
import dev.langchain4j.model.anthropic.AnthropicTokenUsage;
import dev.langchain4j.model.googleai.GoogleAiGeminiTokenUsage;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import dev.langchain4j.model.output.TokenUsage;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a reply costs, to the billionth of a dollar. */
final class PricesTest {

  private static final Price TWO_TEN =
      new Price(new BigDecimal("2"), new BigDecimal("10"), new BigDecimal("0.5"));

  private static ModelEndpoint endpoint(@Nullable String url, Map<String, Price> prices) {
    return new ModelEndpoint(url, null, Duration.ofSeconds(1), 1, 0, Quota.DEFAULT, prices);
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-5-mini, 0.25",
    "gpt-5-mini-2025-08-07, 0.25",
    "gpt-4o-mini-2024-07-18, 0.15",
    "gpt-4.1, 2",
    "gpt-4o-2024-05-13, 5",
  })
  void anEditionCostsWhatItsModelCosts(String model, BigDecimal input) {
    Price price = Prices.of(Provider.OPENAI, model, ModelEndpoint.DEFAULT);
    assertEquals(input, assertPresent(price).input());
  }

  private static Price assertPresent(@Nullable Price price) {
    assertNotNull(price);
    return price;
  }

  @Test
  void whatNobodySaidIsNotKnown() {
    assertNull(Prices.of(Provider.OPENAI, "gpt-99", ModelEndpoint.DEFAULT));
    assertNull(
        Prices.of(Provider.MISTRAL, "mistral-large-latest", ModelEndpoint.DEFAULT),
        "what is the latest changes");
    assertNull(
        Prices.of(Provider.OPENAI, "gpt-5-mini", endpoint("http://elsewhere/v1", Map.of())),
        "a price holds at the provider's own address");
    assertNull(Prices.usage(new TokenUsage(10, 10), null).cost());
  }

  @Test
  void theSettingsComeFirst() {
    Map<String, Price> said = Map.of("gpt-5-mini", TWO_TEN);
    assertEquals(TWO_TEN, Prices.of(Provider.OPENAI, "gpt-5-mini", endpoint(null, said)));
    assertEquals(TWO_TEN, Prices.of(Provider.OPENAI, "gpt-5-mini", endpoint("http://x/v1", said)));
  }

  @Test
  void whatRunsAtHomeIsFree() {
    Price price = Prices.of(Provider.OLLAMA, "qwen3:8b", ModelEndpoint.DEFAULT);
    assertEquals(0L, Prices.usage(new TokenUsage(10, 10), price).cost());
  }

  @Test
  void eachCountsInItsOwnWay() {
    Message.Usage openAi = Prices.usage(
        OpenAiTokenUsage.builder()
            .inputTokenCount(100)
            .inputTokensDetails(
                OpenAiTokenUsage.InputTokensDetails.builder().cachedTokens(40).build())
            .outputTokenCount(3)
            .build(),
        TWO_TEN);
    assertEquals(new Message.Usage(100, 3, 40, 60 * 2_000L + 40 * 500 + 3 * 10_000), openAi);
    Message.Usage anthropic = Prices.usage(
        AnthropicTokenUsage.builder()
            .inputTokenCount(50)
            .cacheReadInputTokens(40)
            .cacheCreationInputTokens(10)
            .outputTokenCount(3)
            .build(),
        TWO_TEN);
    assertEquals(openAi, anthropic);
    Message.Usage google = Prices.usage(
        GoogleAiGeminiTokenUsage.builder()
            .inputTokenCount(100)
            .cachedContentTokenCount(40)
            .outputTokenCount(1)
            .thoughtsTokenCount(2)
            .build(),
        TWO_TEN);
    assertEquals(openAi, google);
  }

  @Test
  void nonsenseCountsAsNothingAndCostsNobodyKnowsWhat() {
    for (TokenUsage said :
        new TokenUsage[] {new TokenUsage(-5, 7), new TokenUsage(0, 0), new TokenUsage(null, 3), null
        }) {
      assertEquals(new Message.Usage(0, 0), Prices.usage(said, TWO_TEN));
    }
  }

  @Test
  void aFractionOfABillionthIsRounded() {
    Price tiny = new Price(new BigDecimal("0.0005"), BigDecimal.ZERO, new BigDecimal("0.0005"));
    assertEquals(1L, Prices.usage(new TokenUsage(1, 0), tiny).cost());
    assertEquals(2L, Prices.usage(new TokenUsage(3, 0), tiny).cost());
  }
}
