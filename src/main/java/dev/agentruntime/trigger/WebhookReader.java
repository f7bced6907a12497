package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.guard.SourceFilter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a request into an event, or refuses it, in this order: method (405), source address (403),
 * signature (401), content type (415), content (400), delivery id (400). Immutable; safe on every
 * thread.
 *
 * <p>The delivery id, one of {@code webhook-id}, {@code x-github-delivery}, {@code idempotency-key}
 * (the first present; {@code x-github-delivery} comes first under the github scheme), is the dedup
 * key of the event.
 */
final class WebhookReader {

  /** Longest delivery id in characters. */
  static final int DELIVERY_ID_MAX = 256;

  private static final List<String> DELIVERY =
      List.of("webhook-id", "x-github-delivery", "idempotency-key");
  private static final List<String> DELIVERY_GITHUB =
      List.of("x-github-delivery", "webhook-id", "idempotency-key");

  /** Headers that carry a secret or a proof: no event repeats them. */
  private static final Set<String> HIDDEN = Set.of(
      "authorization",
      "proxy-authorization",
      "cookie",
      "x-api-key",
      "x-gitlab-token",
      "x-hub-signature",
      "x-hub-signature-256",
      "x-webhook-signature");

  private final String triggerId;
  private final List<String> deliveryHeaders;
  private final @Nullable Signatures signatures;
  private final SourceFilter sources;

  /**
   * A reader.
   *
   * @param signatures null = no signature is asked for
   */
  WebhookReader(
      String triggerId, String scheme, @Nullable Signatures signatures, SourceFilter sources) {
    this.triggerId = triggerId;
    this.deliveryHeaders = scheme.equals("github") ? DELIVERY_GITHUB : DELIVERY;
    this.signatures = signatures;
    this.sources = sources;
  }

  /** The event a request stands for; throws the fault that says why it stands for none. */
  TriggerEvent read(WebhookRoutes.Request request, Instant now) {
    if (!request.method().equals("POST")) {
      throw refuse(
          ErrorCode.METHOD_NOT_ALLOWED,
          "method, expected=POST, actual=" + Json.quote(request.method()));
    }
    if (!sources.allows(request.remote())) {
      throw refuse(
          ErrorCode.FORBIDDEN_SOURCE,
          "source address, expected=one of allowed_sources, actual=" + request.remote());
    }
    checkSignature(request);
    Json payload = WebhookContent.read(
        request.header("content-type"), request.header("content-encoding"), request.body());
    String deliveryId = deliveryId(request);
    return new TriggerEvent(
        request.eventId(),
        triggerId,
        "webhook",
        now,
        payload,
        metadata(request),
        deliveryId,
        false);
  }

  private void checkSignature(WebhookRoutes.Request request) {
    if (signatures == null) {
      return;
    }
    List<String> values = request.headers().getOrDefault(signatures.header(), List.of());
    if (!signatures.verify(values, request.body())) {
      String what = values.isEmpty() ? "missing" : "another one";
      throw refuse(
          ErrorCode.INVALID_SIGNATURE,
          "signature, expected=" + signatures.header()
              + ": sha256= and 64 lower-case hex digits over the raw body, actual=" + what);
    }
  }

  private @Nullable String deliveryId(WebhookRoutes.Request request) {
    for (String header : deliveryHeaders) {
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
      throw refuse(ErrorCode.INVALID_REQUEST, header + ", expected=one value, actual=several");
    }
    if (id.isEmpty() || id.length() > DELIVERY_ID_MAX) {
      throw refuse(
          ErrorCode.INVALID_REQUEST,
          header + ", expected=1 to " + DELIVERY_ID_MAX + " characters, actual=" + id.length());
    }
    if (!id.chars().allMatch(c -> c >= ' ' && c < 127)) {
      throw refuse(ErrorCode.INVALID_REQUEST, header + ", expected=printable ASCII");
    }
    return id;
  }

  private Json metadata(WebhookRoutes.Request request) {
    Map<String, Object> headers = new LinkedHashMap<>();
    String signatureHeader = signatures == null ? "" : signatures.header();
    request.headers().forEach((name, values) -> {
      if (!HIDDEN.contains(name) && !name.equals(signatureHeader)) {
        headers.put(name, values.size() == 1 ? values.get(0) : String.join(", ", values));
      }
    });
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("method", request.method());
    metadata.put("path", request.path());
    metadata.put("query", request.query());
    metadata.put("headers", headers);
    metadata.put("remote", request.remote());
    metadata.put("signature_verified", signatures != null);
    if (signatures != null) {
      metadata.put("signature_scheme", signatures.scheme());
    }
    return Json.of(metadata);
  }

  private static RuntimeFault refuse(ErrorCode code, String message) {
    return new RuntimeFault(code, message);
  }
}
