package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a sender names its deliveries, which is the dedup key of the event, and how it asks whether
 * we are there.
 *
 * <pre>
 * generic   the first present of webhook-id, x-github-delivery, idempotency-key
 * github    the first present of x-github-delivery, webhook-id, idempotency-key
 * standard  webhook-id
 * stripe    "id" of the body, when it begins with evt_
 * slack     "event_id" of the body
 * pagerduty "event.id" of the body
 * </pre>
 *
 * A name that is not there is no name, so each delivery is new; but where all that tells deliveries
 * apart is signed, the signature itself stands in: whoever repeats a request repeats it, and a
 * header that nobody signed changes nothing. Immutable; safe on every thread.
 */
final class WebhookIdentity {

  /** Longest delivery id in characters. */
  static final int DELIVERY_ID_MAX = 256;

  private static final Map<String, List<String>> HEADERS = Map.of(
      "generic", List.of("webhook-id", "x-github-delivery", "idempotency-key"),
      "github", List.of("x-github-delivery", "webhook-id", "idempotency-key"),
      "standard", List.of("webhook-id"));

  private final String scheme;

  /**
   * The ways of a scheme.
   *
   * @param signed whether requests are signed; else only what a generic sender says counts
   */
  WebhookIdentity(String scheme, boolean signed) {
    this.scheme = signed ? scheme : scheme.equals("github") ? scheme : "generic";
  }

  /** Whether bodies may be forms: Slack's commands and buttons are. */
  boolean takesForms() {
    return scheme.equals("slack");
  }

  /** Whether a request only asks whether we are there. */
  boolean isPing(WebhookRoutes.Request request) {
    return scheme.equals("github") && "ping".equals(request.header("x-github-event"));
  }

  /** What Slack wants to hear again when it is told of a new address, else null. */
  @Nullable
  String challenge(Json payload) {
    return scheme.equals("slack")
            && payload.isObject()
            && "url_verification".equals(text(payload, "type"))
        ? text(payload, "challenge")
        : null;
  }

  /**
   * The dedup key of a request, null when it has none.
   *
   * @param proof the good signature
   */
  @Nullable
  String of(WebhookRoutes.Request request, Json payload, String proof) {
    String id = switch (scheme) {
      case "stripe" -> named(text(payload, "id"), "evt_");
      case "slack" -> named(text(payload, "event_id"), "");
      case "pagerduty" -> named(text(part(payload, "event"), "id"), "");
      default -> header(request);
    };
    boolean whole = scheme.equals("stripe") || scheme.equals("slack") || scheme.equals("pagerduty");
    return id == null && whole ? "signature:" + proof : id;
  }

  private static @Nullable String named(@Nullable String id, String prefix) {
    return id != null && id.startsWith(prefix) && !id.isEmpty() && id.length() <= DELIVERY_ID_MAX
        ? id
        : null;
  }

  private static Json part(Json payload, String key) {
    return payload.isObject() && payload.object().get(key) instanceof Map<?, ?> part
        ? Json.of(part)
        : Json.EMPTY;
  }

  private static @Nullable String text(Json payload, String key) {
    return payload.isObject() && payload.object().get(key) instanceof String text ? text : null;
  }

  private @Nullable String header(WebhookRoutes.Request request) {
    for (String header : HEADERS.getOrDefault(scheme, List.of())) {
      List<String> values = request.headers().get(header);
      if (values != null) {
        return deliveryId(header, values);
      }
    }
    return null;
  }

  private static String deliveryId(String header, List<String> values) {
    String id = values.get(0).strip();
    if (values.stream().anyMatch(other -> !other.strip().equals(id))) {
      throw refuse(header + ", expected=one value, actual=several");
    }
    if (id.isEmpty() || id.length() > DELIVERY_ID_MAX) {
      throw refuse(
          header + ", expected=1 to " + DELIVERY_ID_MAX + " characters, actual=" + id.length());
    }
    if (!id.chars().allMatch(c -> c >= ' ' && c < 127)) {
      throw refuse(header + ", expected=printable ASCII");
    }
    return id;
  }

  private static RuntimeFault refuse(String message) {
    return new RuntimeFault(ErrorCode.INVALID_REQUEST, message);
  }
}
