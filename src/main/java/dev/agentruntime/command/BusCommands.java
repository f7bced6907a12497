package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Values;
import dev.agentruntime.core.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that speak to whoever listens: {@code emit, publish}. */
final class BusCommands {

  private BusCommands() {}

  /** What both have in common. */
  abstract static class Saying extends NodeCommand {

    @Option(
        names = "--source",
        paramLabel = "NAME",
        description = "Who says it, for those that ask (default: api).")
    private @Nullable String source;

    @Option(
        names = "--key",
        paramLabel = "KEY",
        description = "Idempotency key: a repetition under the same key says nothing.")
    private @Nullable String key;

    final void say(ApiClient api, Console console, String path, Map<String, Object> body) {
      if (source != null) {
        body.put("source", source);
      }
      Json answer =
          api.post(path, Json.of(body), key == null ? Map.of() : Map.of("Idempotency-Key", key));
      Map<String, @Nullable Object> said = answer.object();
      Object id = said.containsKey("event_id") ? said.get("event_id") : said.get("message_id");
      String word = Boolean.TRUE.equals(said.get("duplicate"))
          ? "duplicate"
          : "accepted for " + Console.text(said.get("takers"));
      print(console, answer, word + "  " + Console.text(id));
    }

    /** JSON as it is, anything else as a text, standard input for {@code -}. */
    static Json data(String text) {
      return text.equals("-") ? Values.json("-") : Json.of(Values.value(text));
    }
  }

  /** {@code emit TYPE [DATA]}. */
  @Command(
      name = "emit",
      mixinStandardHelpOptions = true,
      description = "Tells every agent that listens for a type of event; ends when it is durable.")
  static final class Emit extends Saying {

    @Parameters(index = "0", paramLabel = "TYPE", description = "As in build.failed.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String type;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "DATA",
        defaultValue = "null",
        description = "JSON, a text, or - for JSON on standard input.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String data;

    @Override
    public void run(ApiClient api, Console console) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("event_type", type);
      body.put("data", data(data));
      say(api, console, "/api/v1/events", body);
    }
  }

  /** {@code publish TOPIC [CONTENT]}. */
  @Command(
      name = "publish",
      mixinStandardHelpOptions = true,
      description = "Sends a message to whoever reads a topic; ends when it is durable.")
  static final class Publish extends Saying {

    @Parameters(index = "0", paramLabel = "TOPIC", description = "As in orders.new.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String topic;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "CONTENT",
        defaultValue = "null",
        description = "JSON, a text, or - for JSON on standard input.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String content;

    @Option(
        names = "--priority",
        paramLabel = "N",
        description = "-100..100, higher is read earlier; 0 is usual.")
    private @Nullable Integer priority;

    @Option(names = "--ttl", paramLabel = "SECONDS", description = "Not read after so long.")
    private @Nullable Long ttl;

    @Option(
        names = "--ordering-key",
        paramLabel = "KEY",
        description = "Messages of one key are read one after the other.")
    private @Nullable String orderingKey;

    @Override
    public void run(ApiClient api, Console console) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("content", data(content));
      if (priority != null) {
        body.put("priority", priority);
      }
      if (ttl != null) {
        body.put("ttl_seconds", ttl);
      }
      if (orderingKey != null) {
        body.put("ordering_key", orderingKey);
      }
      say(api, console, "/api/v1/messages/" + ApiClient.escaped(topic), body);
    }
  }
}
