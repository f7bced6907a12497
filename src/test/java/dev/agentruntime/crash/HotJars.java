package dev.agentruntime.crash;

import dev.agentruntime.verticle.Jars;
import java.nio.file.Path;
import java.util.Map;

/**
 * The verticles of a node that changes while it works: a model that does what the instructions'
 * version says, and a tool of which every jar says another word.
 */
final class HotJars {

  /**
   * A model, {@code custom:teller}, whose every reply says the version that its instructions name:
   * it calls {@code greet} twice with it, then says it.
   */
  private static final String TELLER = """
      package acme;

      import dev.agentruntime.core.*;
      import dev.agentruntime.llm.ChatClient;
      import dev.agentruntime.verticle.*;
      import io.vertx.core.*;
      import java.util.List;
      import java.util.regex.*;

      public class Teller extends VerticleBase implements RuntimeExtension, ChatClient {
        private static final Pattern VERSION = Pattern.compile("You are (v[0-9]+)\\\\.");

        public void extend(RuntimeAccess runtime) {
          runtime.registerModel("teller", this);
        }

        public boolean insideJvm() { return true; }

        public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
          Message.SystemText instructions = (Message.SystemText) request.messages().get(0);
          Matcher version = VERSION.matcher(instructions.text());
          if (!version.find()) {
            return Future.failedFuture("no version in " + instructions.text());
          }
          String word = version.group(1);
          Message.Assistant reply = request.turn() < 3
              ? new Message.Assistant("", List.of(new Message.ToolRequest(
                  "call-" + request.turn(), "greet", "{\\"version\\":\\"" + word + "\\"}")))
              : new Message.Assistant(word, List.of());
          return Future.succeededFuture(new ChatReply(reply, Message.Usage.NONE));
        }
      }
      """;

  /**
   * A tool that answers with the word in its jar. Called by {@code roll.call}, it emits {@code
   * roll.answer}: its word, the number of the call, and whether anybody hears at the address of a
   * word that is gone.
   */
  private static final String GREETER = """
      package acme;

      import dev.agentruntime.bus.Subscriptions.Arrival;
      import dev.agentruntime.core.*;
      import dev.agentruntime.tool.Tool;
      import dev.agentruntime.verticle.*;
      import io.vertx.core.*;
      import java.nio.charset.StandardCharsets;
      import java.util.Map;

      public class Greeter extends VerticleBase implements RuntimeExtension, Tool {
        static final byte[] WEIGHT = new byte[1 << 18];

        private final String word;
        private RuntimeAccess runtime;

        public Greeter() throws java.io.IOException {
          try (java.io.InputStream in = Greeter.class.getResourceAsStream("/word")) {
            word = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          }
        }

        public void extend(RuntimeAccess access) {
          runtime = access;
          access.registerTools(this);
        }

        public Future<?> start() {
          runtime.onEvent("roll.call", this::called);
          return vertx.eventBus().<String>consumer("greeter." + word, m -> m.reply("here"))
              .completion();
        }

        private void called(Arrival call) {
          Map<String, Object> asked = call.emission().data().object();
          vertx.eventBus().request("greeter." + asked.get("gone"), "?")
              .onComplete(heard -> runtime.emit("roll.answer", Json.of(Map.of(
                  "n", asked.get("n"), "answer", word,
                  "hears_who_is_gone", heard.succeeded()))));
        }

        public ToolDefinition definition() {
          return new ToolDefinition(
              "greet", "Greets.", Json.parse("{\\"type\\":\\"object\\"}"),
              ToolDefinition.Policy.READ_ONLY);
        }

        public Future<Reply> call(Call call) {
          return Future.succeededFuture(Reply.ok("greeting " + word));
        }
      }
      """;

  private final byte[] teller;
  private final byte[] greeter;

  /** Compiles them, in a directory. */
  HotJars(Path directory) {
    teller = Jars.compile(directory, "acme.Teller", Map.of("acme/Teller", TELLER));
    greeter = Jars.compile(directory, "acme.Greeter", Map.of("acme/Greeter", GREETER));
  }

  byte[] teller() {
    return teller;
  }

  /** The greeter that says a word. */
  byte[] greeter(String word) {
    return Jars.with(greeter, "word", word);
  }
}
