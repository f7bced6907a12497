package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code ask_process}: puts a question to another process and waits for the reply of the run that
 * it starts there. The question's id is the effect key, so however often it is sent, one run
 * answers it. A process carries the call out itself; anywhere else it is an error in words.
 * Stateless; safe on every thread.
 */
public final class AskTool implements Tool {

  public static final String NAME = "ask_process";

  /** How long a reply is waited for when the call does not say, and at most. */
  public static final Duration TIMEOUT = Duration.ofMinutes(1);

  public static final Duration TIMEOUT_MAX = Duration.ofHours(24);

  private static final ToolDefinition DEFINITION = new ToolDefinition(
      NAME,
      "Asks another process and waits for its reply.",
      Json.parse("{\"type\":\"object\",\"properties\":{"
          + "\"process\":{\"type\":\"string\",\"description\":\"its name\"},"
          + "\"content\":{\"description\":\"the question, any JSON value\"},"
          + "\"timeout_seconds\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":86400,"
          + "\"description\":\"60 if not given\"}},"
          + "\"required\":[\"process\",\"content\"],\"additionalProperties\":false}"),
      ToolDefinition.Policy.IDEMPOTENT);

  /** A question, checked. */
  public record Question(ProcessName process, Json content, Duration timeout) {}

  @Override
  public ToolDefinition definition() {
    return DEFINITION;
  }

  @Override
  public Future<Reply> call(Call call) {
    return Future.succeededFuture(Reply.error("there is no other process here to ask"));
  }

  /**
   * The question that some arguments put.
   *
   * @throws RuntimeFault INVALID_REQUEST or INVALID_NAME, worded for the model
   */
  public static Question question(Json arguments) {
    Map<String, @Nullable Object> all = arguments.object();
    Duration timeout = all.get("timeout_seconds") instanceof Number seconds
        ? Duration.ofSeconds(seconds.longValue())
        : TIMEOUT;
    if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(TIMEOUT_MAX) > 0) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "timeout_seconds, expected=1 to " + TIMEOUT_MAX.toSeconds() + ", actual="
              + timeout.toSeconds());
    }
    return new Question(
        new ProcessName(String.valueOf(all.get("process"))), Json.of(all.get("content")), timeout);
  }
}
