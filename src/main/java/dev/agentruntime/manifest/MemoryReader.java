package dev.agentruntime.manifest;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.core.Json;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads {@code memory} of a manifest, and of the settings of a node. */
public final class MemoryReader {

  private static final List<String> KEYS = List.of(
      "provider",
      "collection",
      "persist_directory",
      "user_id",
      "auto_store",
      "max",
      "min_score",
      "timeout");
  private static final String PREFIX = "memory_";
  private static final int RECALLED_MAX = 100;

  /** As strict as the strictest store. */
  private static final Pattern COLLECTION =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]");

  private static final Pattern USER = Pattern.compile("[\\p{L}\\p{N}._@:+-]{1,128}");
  private static final Pattern STEP = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{3,128}");
  private static final Pattern MODEL = Pattern.compile("(openai|ollama):\\S+");

  private MemoryReader() {}

  /** Of a manifest. */
  static MemoryConfig read(Section section) {
    MemoryConfig usual = MemoryConfig.DEFAULT;
    section.only(KEYS, List.of());
    String provider = section.choice(
        "provider",
        Stream.of(MemoryConfig.Provider.values())
            .map(MemoryConfig.Provider::word)
            .toList(),
        usual.provider().word());
    return new MemoryConfig(
        MemoryConfig.Provider.valueOf(provider.toUpperCase(Locale.ROOT)),
        matching(
            section,
            "collection",
            COLLECTION,
            "3 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first and last",
            usual.collection()),
        directory(section, provider),
        matching(
            section, "user_id", USER, "1 to 128 letters, digits or . _ @ : + -", usual.userId()),
        section.flag("auto_store", usual.autoStore()),
        section.whole("max", 1, RECALLED_MAX, usual.max()),
        section.number("min_score", 0, 1, usual.minScore()),
        section.duration("timeout", Duration.ofMillis(10), Duration.ofMinutes(5), usual.timeout()));
  }

  /** Refuses the names that these keys have in Java; answers which were there. */
  static List<String> refuseInContext(Section context) {
    List<String> misplaced = context.members().keySet().stream()
        .filter(key -> key.startsWith(PREFIX) && KEYS.contains(key.substring(PREFIX.length())))
        .toList();
    misplaced.forEach(key -> context
        .reading()
        .error(
            context.markOf(key),
            "'" + key + "' is '" + key.substring(PREFIX.length()) + "' under 'memory'"));
    return misplaced;
  }

  private static @Nullable String directory(Section section, String provider) {
    String text = section.text("persist_directory");
    if (text == null) {
      return null;
    }
    if (!provider.equals("lucene")) {
      section
          .reading()
          .error(
              section.markOf("persist_directory"),
              "persist_directory: provider " + provider
                  + " keeps nothing in a directory of this node," + " expected none");
      return null;
    }
    boolean inside = Arrays.stream(text.split("/", -1))
        .allMatch(step -> STEP.matcher(step).matches() && !step.equals("..") && !step.equals("."));
    if (!inside) {
      section
          .reading()
          .error(
              section.markOfValue("persist_directory"),
              "persist_directory: expected a path of names below the node's memory directory, as in"
                  + " notes or team/notes, actual " + Json.quote(text));
    }
    return text;
  }

  private static String matching(
      Section section, String key, Pattern allowed, String expected, String usual) {
    String text = section.text(key, usual);
    if (!allowed.matcher(text).matches()) {
      section
          .reading()
          .error(
              section.markOfValue(key),
              key + ": expected " + expected + ", actual " + Json.quote(text));
    }
    return text;
  }

  /** Of a node. */
  public static MemorySettings settings(Section section) {
    MemorySettings usual = MemorySettings.DEFAULT;
    String embedding = section.text("embedding");
    if (embedding != null && !MODEL.matcher(embedding).matches()) {
      section
          .reading()
          .error(
              section.markOfValue("embedding"),
              "embedding: expected openai:MODEL or ollama:MODEL, actual " + Json.quote(embedding));
    }
    Section chroma = section.section("chroma");
    Section mem0 = section.section("mem0");
    String name = "3 to 128 of A-Z a-z 0-9 . _ -";
    return new MemorySettings(
        embedding,
        new MemorySettings.Chroma(
            url(chroma, usual.chroma().url()),
            matching(chroma, "tenant", NAME, name, usual.chroma().tenant()),
            matching(chroma, "database", NAME, name, usual.chroma().database()),
            WebhookTriggerReader.secret(chroma, "token")),
        new MemorySettings.Mem0(
            url(mem0, usual.mem0().url()), WebhookTriggerReader.secret(mem0, "api_key")));
  }

  private static String url(Section section, String usual) {
    String url = section.text("url", usual);
    if (!ModelSettings.isHttp(url)) {
      section
          .reading()
          .error(
              section.markOfValue("url"),
              "url: expected an http or https URL as " + usual + ", actual " + Json.quote(url));
    }
    return url;
  }
}
