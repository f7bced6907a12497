package dev.agentruntime.crash;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/**
 * The two tools that agents of this harness act with, found by {@code ServiceLoader} in the jar
 * that {@link Site} makes. They answer on a thread of the HTTP client, as a tool of somebody else
 * would.
 */
public final class LedgerTools {

  /** Where the ledger is. */
  static final String URL = "crash.ledger";

  static final String IDEMPOTENT = "ledger_idempotent";
  static final String IRREVERSIBLE = "ledger_irreversible";

  private static final Json PARAMETERS = Json.parse(
      "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"],"
          + "\"additionalProperties\":false}");

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private LedgerTools() {}

  /** May be called again under its key. */
  public static final class Idempotent extends Booking {
    public Idempotent() {
      super(IDEMPOTENT, Policy.IDEMPOTENT);
    }
  }

  /** Acts at every call. */
  public static final class Irreversible extends Booking {
    public Irreversible() {
      super(IRREVERSIBLE, Policy.IRREVERSIBLE);
    }
  }

  private abstract static class Booking implements Tool {

    private final ToolDefinition definition;

    Booking(String name, Policy policy) {
      this.definition = new ToolDefinition(name, "Books a number.", PARAMETERS, policy);
    }

    @Override
    public ToolDefinition definition() {
      return definition;
    }

    @Override
    public Future<Reply> call(Call call) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(System.getProperty(URL)
              + "/effect?mode=" + definition.policy().word()
              + "&key=" + URLEncoder.encode(call.effectKey(), StandardCharsets.UTF_8)))
          .POST(HttpRequest.BodyPublishers.ofString(call.arguments().toString()))
          .build();
      Promise<Reply> answer = Promise.promise();
      Object unused = CLIENT
          .sendAsync(request, HttpResponse.BodyHandlers.ofString())
          .whenComplete((response, failure) -> {
            if (failure != null) {
              answer.fail(failure);
            } else if (response.statusCode() != 200) {
              answer.fail(new IOException("the ledger answered " + response.statusCode()));
            } else {
              answer.complete(Reply.ok(response.body()));
            }
          });
      return answer.future();
    }
  }
}
