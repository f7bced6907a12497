package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.AskPrinter;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands by which an operator talks with a process: {@code message, ask}. */
final class MessageCommands {

  private MessageCommands() {}

  /** {@code message NAME TEXT}. */
  @Command(
      name = "message",
      mixinStandardHelpOptions = true,
      description = "Leaves a message that the next run of a process reads; starts no run.")
  static final class Leave extends ProcessCommand {

    /** What it is. */
    enum Type {
      DIRECTIVE,
      CONTEXT,
      QUESTION,
      CORRECTION;

      @Override
      public String toString() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    /** Which is read first. */
    enum Priority {
      LOW,
      NORMAL,
      HIGH,
      CRITICAL;

      @Override
      public String toString() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    @Parameters(index = "1", paramLabel = "TEXT", description = "What to say.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String text;

    @Option(
        names = "--type",
        paramLabel = "TYPE",
        defaultValue = "context",
        description = "directive, context, question or correction (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private Type type;

    @Option(
        names = "--priority",
        paramLabel = "PRIORITY",
        defaultValue = "normal",
        description = "low, normal, high or critical (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private Priority priority;

    @Option(names = "--sender", paramLabel = "NAME", description = "Who says it.")
    private @Nullable String sender;

    @Option(
        names = "--ttl",
        paramLabel = "SECONDS",
        description = "How long it waits for a run (default: as the manifest has it).")
    private @Nullable Long ttl;

    @Override
    public void run(ApiClient api, Console console) {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("content", text);
      body.put("message_type", type.toString());
      body.put("priority", priority.toString());
      if (sender != null) {
        body.put("sender_id", sender);
      }
      if (ttl != null) {
        body.put("ttl", ttl);
      }
      Json answer = api.post(ApiClient.process(name()) + "/messages", Json.of(body), Map.of());
      Map<String, @Nullable Object> said = answer.object();
      print(
          console,
          answer,
          "queued  " + Console.text(said.get("message_id")) + "  until "
              + Console.text(said.get("expires_at")));
    }
  }

  /** {@code ask NAME TEXT}. */
  @Command(
      name = "ask",
      mixinStandardHelpOptions = true,
      description = "Asks a process something: starts a run, and prints its reply.")
  static final class Ask extends ProcessCommand {

    /** One request waits no longer than any connection may be silent; then it asks again. */
    private static final long SLICE = 20;

    private static final long STREAMED = 600;

    @Parameters(index = "1", paramLabel = "TEXT", description = "What to ask.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String text;

    @Option(
        names = "--timeout",
        paramLabel = "SECONDS",
        defaultValue = "120",
        description = "How long to wait for the reply (default: ${DEFAULT-VALUE}).")
    private long timeout;

    @Option(names = "--sender", paramLabel = "NAME", description = "Who asks.")
    private @Nullable String sender;

    @Option(
        names = "--stream",
        description = "Print words and calls as they come; with --json a line for each event.")
    private boolean stream;

    @Override
    public void run(ApiClient api, Console console) {
      if (timeout < 1 || timeout > 86_400) {
        throw usage("--timeout, expected=1..86400 seconds");
      }
      // Under one key a question is asked once, however often it is sent.
      Map<String, String> key = Map.of("Idempotency-Key", "ask-" + UUID.randomUUID());
      long left = timeout;
      api.waitsFor("the reply of " + name());
      Json answer;
      do {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("content", text);
        body.put("timeout", Math.min(left, stream ? STREAMED : SLICE));
        if (sender != null) {
          body.put("sender_id", sender);
        }
        String path = ApiClient.process(name()) + "/ask";
        if (stream) {
          AskPrinter printer = new AskPrinter(console, json());
          api.events(path, Json.of(body), key, printer);
          answer = printer.reply();
          left -= STREAMED;
        } else {
          answer = api.post(path, Json.of(body), key);
          left -= SLICE;
        }
      } while (left > 0 && "timeout".equals(answer.object().get("status")));
      Map<String, @Nullable Object> said = answer.object();
      switch (Console.text(said.get("status"))) {
        case "answered" -> {
          if (!stream) {
            print(console, answer, Console.text(said.get("answer")));
          }
        }
        case "timeout" ->
          throw new RuntimeFault(
              ErrorCode.REQUEST_TIMEOUT,
              "no reply within " + timeout + " s; the event " + Console.text(said.get("event_id"))
                  + " stays and will run");
        default ->
          throw new RuntimeFault(ErrorCode.CANCELLED, "the run failed: " + why(said.get("error")));
      }
    }

    private static String why(@Nullable Object error) {
      return error instanceof Map<?, ?> failure && failure.get("message") != null
          ? failure.get("code") + ": " + failure.get("message")
          : Json.of(error).toString();
    }
  }
}
