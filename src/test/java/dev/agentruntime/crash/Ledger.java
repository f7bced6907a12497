package dev.agentruntime.crash;

import dev.agentruntime.core.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A running {@link LedgerServer}, from here. */
final class Ledger implements AutoCloseable {

  private final Jvm jvm;
  private final String url;
  private final HttpClient client = HttpClient.newHttpClient();

  private Ledger(Jvm jvm, String url) {
    this.jvm = jvm;
    this.url = url;
  }

  /**
   * What is known of one effect key.
   *
   * @param arrivals calls that came
   * @param effects what they did to the world
   */
  record Effect(String key, String mode, String body, long arrivals, long effects) {}

  static Ledger start(Path directory) {
    Jvm jvm = Jvm.start(
        directory.resolve("ledger.log"),
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            LedgerServer.class.getName()));
    Matcher said = jvm.await(Pattern.compile("^ledger (http://\\S+)$"), Duration.ofSeconds(60));
    if (said == null) {
      jvm.close();
      throw new AssertionError("the ledger did not start: " + jvm.said());
    }
    return new Ledger(jvm, said.group(1));
  }

  String url() {
    return url;
  }

  private String get(String path) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url + path)).build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** All effects by key. */
  Map<String, Effect> effects() {
    String text = get("/effects");
    Map<String, Effect> effects = new LinkedHashMap<>();
    for (Map<String, Object> item : Answers.objects(Json.parse(text).object(), "effects")) {
      Effect effect = new Effect(
          Answers.text(item, "key"),
          Answers.text(item, "mode"),
          Answers.text(item, "body"),
          Answers.number(item, "arrivals"),
          Answers.number(item, "effects"));
      effects.put(effect.key(), effect);
    }
    return effects;
  }

  /** How often a tool of one mode was called, all keys together. */
  long arrivals(String mode) {
    return effects().values().stream()
        .filter(effect -> effect.mode().equals(mode))
        .mapToLong(Effect::arrivals)
        .sum();
  }

  /** From now on, or no longer, it acts and does not answer. */
  void silent(boolean silent) {
    get("/silent?" + silent);
  }

  @Override
  public void close() {
    jvm.close();
  }
}
