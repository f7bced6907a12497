package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.guard.SourceFilter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a request into an event, or refuses it, in this order: method (405), source address (403),
 * signature (401), rate (429), content type (415), content (400), delivery id (400). What is forged
 * uses nothing up of the rate. A sender that only asks whether we are there is answered here:
 * Slack's {@code url_verification} with its challenge, GitHub's {@code ping} with a pong. Safe on
 * every thread.
 */
final class WebhookReader {

  /** Headers that carry a secret or a proof: no event repeats them. */
  private static final Set<String> HIDDEN = Set.of(
      "authorization",
      "proxy-authorization",
      "cookie",
      "x-api-key",
      "x-gitlab-token",
      "x-hub-signature",
      "x-hub-signature-256",
      "x-webhook-signature",
      "x-slack-signature",
      "stripe-signature",
      "webhook-signature");

  private static final Json PONG = Json.parse("{\"status\":\"pong\"}");

  private final String triggerId;
  private final WebhookIdentity identity;
  private final @Nullable Signatures signatures;
  private final SourceFilter sources;
  private final RateLimit rate;

  /**
   * A reader.
   *
   * @param signatures null = no signature is asked for
   */
  WebhookReader(
      String triggerId,
      WebhookIdentity identity,
      @Nullable Signatures signatures,
      SourceFilter sources,
      RateLimit rate) {
    this.triggerId = triggerId;
    this.identity = identity;
    this.signatures = signatures;
    this.sources = sources;
    this.rate = rate;
  }

  /**
   * What a request is.
   *
   * @param event null when there is nothing to run
   * @param answer null when there is an event
   */
  record Reading(@Nullable TriggerEvent event, WebhookRoutes.@Nullable Answer answer) {

    private static Reading of(Json answer) {
      return new Reading(null, new WebhookRoutes.Answer(200, answer, 0));
    }
  }

  /** What a request is; throws the fault that says why it is nothing. */
  Reading read(WebhookRoutes.Request request, Instant now) {
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
    String proof = proof(request, now);
    rate.take();
    if (identity.isPing(request)) {
      return Reading.of(PONG);
    }
    Json payload = WebhookContent.read(
        request.header("content-type"),
        request.header("content-encoding"),
        request.body(),
        identity.takesForms());
    String challenge = identity.challenge(payload);
    if (challenge != null) {
      return Reading.of(Json.of(Map.of("challenge", challenge)));
    }
    TriggerEvent event = new TriggerEvent(
        request.eventId(),
        triggerId,
        "webhook",
        now,
        payload,
        metadata(request),
        identity.of(request, payload, proof),
        false);
    return new Reading(event, null);
  }

  /** What proves the sender, empty when nothing is asked for. */
  private String proof(WebhookRoutes.Request request, Instant now) {
    if (signatures == null) {
      return "";
    }
    Signatures.Verdict verdict = signatures.verify(request.headers(), request.body(), now);
    if (verdict.problem() != null) {
      throw refuse(ErrorCode.INVALID_SIGNATURE, verdict.problem());
    }
    return verdict.proof();
  }

  private Json metadata(WebhookRoutes.Request request) {
    Map<String, Object> headers = new LinkedHashMap<>();
    request.headers().forEach((name, values) -> {
      if (!HIDDEN.contains(name) && (signatures == null || !signatures.isProof(name))) {
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
