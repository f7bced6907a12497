package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.http.Problem;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a webhook answers to a request that was not refused.
 *
 * <pre>
 * 202 {"status":"accepted","event_id":"..."}   durable
 *     "duplicate":true                         known already; the id is that of the first copy
 *     "durable":false                          the process journals in memory only
 * 200 {"status":"ignored"}                     the trigger's filter does not match
 * 200 {"status":"skipped"}                     the trigger is busy, on_busy: skip
 * 503 + Retry-After                            full, closed, draining: come again
 * 409                                          the process is stopped or failed
 * 422 KEY_REUSED                               the same delivery id with another body
 * </pre>
 *
 * <p>With {@code sync: true} an accepted request is answered when its run has ended:
 *
 * <pre>
 * 200 {"status":"completed","event_id":"...","invocation":"...","result":"the last reply"}
 * 500 (or 502, 504) problem JSON with the failure's code, "event_id" and "invocation"
 * 202 as above                                 it has not ended within sync_timeout
 * </pre>
 */
final class WebhookAnswers {

  private static final Json IGNORED = Json.parse("{\"status\":\"ignored\"}");
  private static final Json SKIPPED = Json.parse("{\"status\":\"skipped\"}");

  private WebhookAnswers() {}

  /** What is said at acceptance. */
  static WebhookRoutes.Answer accepted(TriggerSink.Accepted accepted) {
    if (accepted.outcome() == TriggerSink.Outcome.FILTERED) {
      return new WebhookRoutes.Answer(200, IGNORED, 0);
    }
    if (accepted.outcome() == TriggerSink.Outcome.SKIPPED) {
      return new WebhookRoutes.Answer(200, SKIPPED, 0);
    }
    String body = "{\"status\":\"accepted\",\"event_id\":" + quoted(accepted.eventId())
        + (accepted.duplicate() ? ",\"duplicate\":true" : "")
        + (accepted.durable() ? "}" : ",\"durable\":false}");
    return new WebhookRoutes.Answer(202, Json.trusted(body.getBytes(StandardCharsets.UTF_8)), 0);
  }

  /** An id in quotes; ids are ULIDs, but nobody checked those of a forwarded request. */
  private static String quoted(String id) {
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c < '-' || c > 'z' || c == '\\') {
        return Json.quote(id);
      }
    }
    return '"' + id + '"';
  }

  /** What is said when the event has ended, or nobody could wait any longer. */
  static WebhookRoutes.Answer settled(TriggerSink.Accepted accepted, TriggerSink.Settled settled) {
    return switch (settled.end()) {
      case UNKNOWN -> accepted(accepted);
      case COMPLETED -> {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("status", "completed");
        putIds(all, accepted, settled);
        all.put("result", settled.text());
        yield new WebhookRoutes.Answer(200, Json.of(all), 0);
      }
      case FAILED, NOT_RUN -> failed(accepted, settled);
    };
  }

  private static WebhookRoutes.Answer failed(
      TriggerSink.Accepted accepted, TriggerSink.Settled settled) {
    Failure failure = settled.failure() == null
        ? new Failure(ErrorCode.INTERNAL, "the run failed")
        : settled.failure();
    Problem problem = Problem.of(failure);
    // Never 503: the event is accepted and has ended, the same request would be a duplicate.
    int status = problem.status() < 500 || problem.status() == 503 ? 500 : problem.status();
    Map<String, @Nullable Object> all = new LinkedHashMap<>(problem.toJson().object());
    all.put("status", status);
    putIds(all, accepted, settled);
    return new WebhookRoutes.Answer(status, Json.of(all), 0);
  }

  private static void putIds(
      Map<String, @Nullable Object> all,
      TriggerSink.Accepted accepted,
      TriggerSink.Settled settled) {
    all.put("event_id", accepted.eventId());
    if (accepted.duplicate()) {
      all.put("duplicate", true);
    }
    if (!settled.invocation().isEmpty()) {
      all.put("invocation", settled.invocation());
    }
  }
}
