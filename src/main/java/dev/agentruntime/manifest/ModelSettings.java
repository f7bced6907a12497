package dev.agentruntime.manifest;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.Json;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Section;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The settings under {@code models}: where a provider is reached, and on which terms. */
public final class ModelSettings {

  /** Who runs models, in the order of {@code conf/runtime.yaml}. */
  static final List<String> PROVIDERS =
      List.of("openai", "anthropic", "google", "mistral", "ollama");

  private static final List<String> TERMS = List.of(
      "base_url",
      "api_key",
      "timeout",
      "attempts_max",
      "output_max",
      "concurrency",
      "tokens_per_minute",
      "queue_timeout",
      "prices");
  private static final List<String> PRICE = List.of("input", "output", "cached");
  private static final BigDecimal DOLLARS_MAX = BigDecimal.valueOf(1_000_000);
  private static final Duration HOUR = Duration.ofHours(1);

  private final Reading reading;

  public ModelSettings(Reading reading) {
    this.reading = reading;
  }

  /** Every key, dotted. */
  public static List<String> keys() {
    return PROVIDERS.stream()
        .flatMap(provider -> TERMS.stream().map(key -> "models." + provider + "." + key))
        .toList();
  }

  public Map<String, ModelEndpoint> read(Section section) {
    Map<String, ModelEndpoint> models = new LinkedHashMap<>();
    for (String provider : PROVIDERS) {
      if (section.has(provider)) {
        models.put(provider, endpoint(section.section(provider)));
      }
    }
    return models;
  }

  /** A secret under a key of the settings, null when there is none. */
  public static @Nullable SecretRef secret(Section section, String key) {
    return section.has(key) ? WebhookTriggerReader.secret(section, key) : null;
  }

  private ModelEndpoint endpoint(Section section) {
    ModelEndpoint usual = ModelEndpoint.DEFAULT;
    String url = section.text("base_url");
    if (url != null && !isHttp(url)) {
      reading.error(
          section.markOfValue("base_url"),
          "base_url: expected an http or https URL as https://api.openai.com/v1, actual "
              + Json.quote(url));
    }
    SecretRef secret = secret(section, "api_key");
    return new ModelEndpoint(
        url,
        secret,
        section.duration("timeout", Duration.ofSeconds(1), HOUR, usual.timeout()),
        section.whole("attempts_max", 1, 10, usual.attemptsMax()),
        section.whole("output_max", 0, 1_000_000, usual.outputMax()),
        quota(section),
        section.has("prices") ? prices(section.section("prices")) : Map.of());
  }

  private static Quota quota(Section section) {
    Quota usual = Quota.DEFAULT;
    return new Quota(
        section.whole("concurrency", 1, 4_096, usual.concurrency()),
        section.whole("tokens_per_minute", 0, 2_000_000_000, (int) usual.tokensPerMinute()),
        section.duration("queue_timeout", Duration.ZERO, Duration.ofDays(1), usual.queueTimeout()));
  }

  private Map<String, Price> prices(Section section) {
    Map<String, Price> prices = new LinkedHashMap<>();
    section.members().forEach((model, member) -> {
      Price price = price(model, member.value());
      if (price != null) {
        prices.put(model, price);
      }
    });
    return prices;
  }

  private @Nullable Price price(String model, Node node) {
    Section section = Section.of(reading, model, node);
    section.only(PRICE, List.of());
    BigDecimal input = section.decimal("input", BigDecimal.ZERO, DOLLARS_MAX);
    BigDecimal output = section.decimal("output", BigDecimal.ZERO, DOLLARS_MAX);
    BigDecimal cached = section.decimal("cached", BigDecimal.ZERO, DOLLARS_MAX);
    if (input == null || output == null) {
      if (!section.has("input") || !section.has("output")) {
        reading.error(
            node.mark(),
            model + ": expected input and output, US dollars for a million tokens, as in"
                + " {input: 0.25, output: 2}");
      }
      return null;
    }
    return new Price(input, output, cached == null ? input : cached);
  }

  static boolean isHttp(String url) {
    try {
      URI uri = new URI(url);
      return Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getQuery() == null
          && uri.getFragment() == null
          && uri.getUserInfo() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
