package dev.agentruntime.outbound;

import dev.agentruntime.config.OutboundConfig;
import dev.agentruntime.config.SecretHandles;
import dev.agentruntime.config.UriTemplate;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.guard.JsonSchema;
import dev.agentruntime.secret.SecretVault;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A tool that is one HTTP request. Its method says what may be done with a call in doubt: GET and
 * HEAD change nothing, PUT and DELETE may be sent again under their effect key, which every request
 * carries as {@code Idempotency-Key}; any other is sent once. Safe on every thread.
 */
final class HttpTool implements Tool {

  /** A gateway that heard nothing from the server behind it does not know whether it acted. */
  private static final Set<Integer> GATEWAY = Set.of(502, 504);

  private static final Pattern HEADER_VALUE = Pattern.compile("[\\t -~]{0,8000}");
  private static final int ERROR_CHARS_MAX = 2_000;
  private static final int SEARCHED_CHARS_MAX = 65_536;

  private final OutboundConfig.HttpTool declared;
  private final ToolDefinition definition;
  private final UriTemplate url;
  private final JsonSchema schema;
  private final GuardedClient client;
  private final SecretVault vault;
  private final Set<String> headerSecrets = new TreeSet<>();

  /**
   * A tool as declared.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when its URL or its schema is none
   */
  HttpTool(OutboundConfig.HttpTool declared, GuardedClient client, SecretVault vault) {
    this.declared = declared;
    this.client = client;
    this.vault = vault;
    declared.headers().values().forEach(value -> headerSecrets.addAll(SecretHandles.in(value)));
    this.url = UriTemplate.parse(declared.url(), "url of " + declared.name());
    this.schema = JsonSchema.of(declared.arguments());
    this.definition = new ToolDefinition(
        declared.name(), declared.description(), declared.arguments(), policy(declared.method()));
  }

  private static Policy policy(String method) {
    return switch (method) {
      case "GET", "HEAD" -> Policy.READ_ONLY;
      case "PUT", "DELETE" -> Policy.IDEMPOTENT;
      default -> Policy.IRREVERSIBLE;
    };
  }

  @Override
  public ToolDefinition definition() {
    return definition;
  }

  @Override
  public @Nullable String refusal(Json arguments) {
    String problem = schema.problem(arguments);
    for (String name : headerSecrets) {
      problem = problem == null ? vault.refusal(name) : problem;
    }
    problem = problem == null ? vault.refusal(arguments, definition.name()) : problem;
    if (problem != null) {
      return problem;
    }
    try {
      String unused = url.expand(arguments.object());
      return null;
    } catch (RuntimeFault fault) {
      return fault.failure().message();
    }
  }

  @Override
  public List<String> secrets(Json arguments) {
    List<String> all = new ArrayList<>(headerSecrets);
    all.addAll(SecretHandles.in(arguments));
    return all;
  }

  @Override
  public boolean isOutbound() {
    return true;
  }

  @Override
  public Future<Reply> call(Call call) {
    String refusal = refusal(call.arguments());
    if (refusal != null) {
      return Future.succeededFuture(Reply.error(refusal));
    }
    GuardedClient.Request request;
    try {
      request = request(call);
    } catch (RuntimeFault fault) {
      return Future.succeededFuture(Reply.error(fault.failure().message()));
    }
    GuardedClient.Limits limits =
        new GuardedClient.Limits(declared.answer().bytesMax(), declared.answer().timeout());
    return client
        .send(request, limits, call.cancel())
        .transform(done -> done.succeeded() ? answered(done.result()) : failed(done.cause(), call));
  }

  private GuardedClient.Request request(Call call) {
    boolean secret = !secrets(call.arguments()).isEmpty();
    Json arguments = SecretHandles.fill(call.arguments(), vault::value);
    Map<String, @Nullable Object> rest = new LinkedHashMap<>(arguments.object());
    rest.keySet().removeAll(url.names());
    Map<String, String> headers = headers();
    if (!call.effectKey().isEmpty()) {
      headers.put("Idempotency-Key", call.effectKey());
    }
    byte[] body = switch (declared.body()) {
      case JSON -> {
        headers.put("Content-Type", "application/json");
        yield Json.of(rest).bytes();
      }
      case FORM -> {
        headers.put("Content-Type", "application/x-www-form-urlencoded");
        yield form(rest).getBytes(StandardCharsets.US_ASCII);
      }
      case NONE -> new byte[0];
    };
    return new GuardedClient.Request(
        declared.method(), url.expand(arguments.object()), headers, body, secret);
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    declared.headers().forEach((name, written) -> {
      String value = SecretHandles.fill(written, vault::value);
      if (!HEADER_VALUE.matcher(value).matches()) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "header " + name + ", expected=a secret of one line of printable ASCII,"
                + " actual=other characters");
      }
      headers.put(name, value);
    });
    return headers;
  }

  private static String form(Map<String, @Nullable Object> fields) {
    return fields.entrySet().stream()
        .map(field -> encode(field.getKey()) + "=" + encode(text(field.getValue())))
        .collect(Collectors.joining("&"));
  }

  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : Json.of(value).toString();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /**
   * A request that failed: one that may not go there is denied; what was not sent, and what only
   * reads, is an error in words; else nobody knows.
   */
  private Future<Reply> failed(Throwable cause, Call call) {
    if (cause instanceof Unsent unsent && unsent.isForbidden()) {
      return Future.succeededFuture(Reply.denied(String.valueOf(cause.getMessage())));
    }
    boolean known = cause instanceof Unsent || definition.policy() == Policy.READ_ONLY;
    return known && !call.cancel().isCancelled()
        ? Future.succeededFuture(Reply.error(String.valueOf(cause.getMessage())))
        : Future.failedFuture(cause);
  }

  private Future<Reply> answered(Exchange.Answer answer) {
    int status = answer.status();
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    if (GATEWAY.contains(status) && definition.policy() != Policy.READ_ONLY) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.UNREACHABLE, "HTTP " + status + ": a gateway does not know what happened"));
    }
    if (status / 100 == 3) {
      String to = answer.location() == null ? "" : " to " + cut(answer.location(), vault);
      return error("HTTP " + status + to + ": redirects are not followed");
    }
    if (status / 100 != 2) {
      return error("HTTP " + status + (text.isBlank() ? "" : ": " + cut(text, vault)));
    }
    if (answer.cut()) {
      return Future.succeededFuture(Reply.ok("HTTP " + status + ", and an answer longer than "
          + declared.answer().bytesMax() + " bytes, which is not shown"));
    }
    String path = declared.answer().path();
    if (path == null || path.isEmpty()) {
      return Future.succeededFuture(Reply.ok(text.isBlank() ? "HTTP " + status : text));
    }
    return Future.succeededFuture(at(path, text, status, vault));
  }

  /** It acted, so an answer of another form is no error of the call. */
  private static Reply at(String path, String text, int status, SecretVault vault) {
    try {
      JsonPointer.Found found = JsonPointer.find(Json.parse(text).value(), path);
      return found.there()
          ? Reply.ok(text(found.value()))
          : Reply.ok("HTTP " + status + ", and nothing at " + path + " of the answer");
    } catch (RuntimeFault notJson) {
      return Reply.ok("HTTP " + status + ", and an answer that is no JSON: " + cut(text, vault));
    }
  }

  private static Future<Reply> error(String text) {
    return Future.succeededFuture(Reply.error(text));
  }

  /** Secrets are taken out first, for nobody finds half of one; far behind the cut none matters. */
  private static String cut(String text, SecretVault vault) {
    if (text.length() <= ERROR_CHARS_MAX) {
      return text;
    }
    String clean =
        vault.redactor().redact(text.substring(0, Math.min(text.length(), SEARCHED_CHARS_MAX)));
    return clean.substring(0, Math.min(clean.length(), ERROR_CHARS_MAX)) + "... [cut]";
  }
}
