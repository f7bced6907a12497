package dev.agentruntime.oversight;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerSink.Outcome;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decisions that come as events: by a webhook whose signature its trigger has checked, or by an
 * event on the bus that somebody outside any process has said. What a process says decides nothing.
 * Owned by: the process's context.
 *
 * <pre>
 * {"id":"01J...-2","decision":"approve","reason":"...","arguments":{..}?,"arguments_digest":".."?,
 *  "epoch":1?}
 * </pre>
 */
final class ApprovalEvents {

  private static final System.Logger LOG = System.getLogger(ApprovalEvents.class.getName());

  private static final List<String> FIELDS =
      List.of("id", "decision", "reason", "arguments", "arguments_digest", "epoch");

  private final ApprovalDesk desk;
  private final boolean durable;

  ApprovalEvents(ApprovalDesk desk, boolean durable) {
    this.desk = desk;
    this.durable = durable;
  }

  /**
   * Decides.
   *
   * @return a webhook is told why it decides nothing; an event on the bus whose word is refused is
   *     done with, for nothing would change if it came again; it fails when it is to come again, as
   *     when the disk does not take what was decided
   */
  Future<Accepted> decide(TriggerEvent event) {
    if (event.triggerType().equals("webhook")) {
      return decide(event, event.payload(), "webhook:" + event.triggerId());
    }
    return said(event).recover(refused -> {
      if (!isAboutTheWord(refused)) {
        return Future.failedFuture(refused);
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "event {0} decides nothing: {1}",
          event.id(),
          refused.getMessage());
      return Future.succeededFuture(new Accepted(event.id(), Outcome.FILTERED, durable));
    });
  }

  private static boolean isAboutTheWord(Throwable refused) {
    return refused instanceof RuntimeFault fault
        && fault.code().status() < 500
        && !fault.code().retryable();
  }

  private Future<Accepted> said(TriggerEvent event) {
    Object voice = event.metadata().object().get("voice");
    if (!Emission.Voice.OPERATOR.word().equals(voice)) {
      return Future.failedFuture(
          new RuntimeFault(ErrorCode.FORBIDDEN, "a process said it, expected=an operator"));
    }
    try {
      Map<String, @Nullable Object> payload = event.payload().object();
      return decide(event, Json.of(payload.get("data")), "event:" + payload.get("source"));
    } catch (RuntimeFault none) {
      return Future.failedFuture(none);
    }
  }

  private Future<Accepted> decide(TriggerEvent event, Json said, String by) {
    try {
      return desk.decide(word(said.object(), by))
          .map(view -> new Accepted(event.id(), Outcome.ACCEPTED, durable));
    } catch (RuntimeFault refused) {
      return Future.failedFuture(refused);
    }
  }

  private static ApprovalWord word(Map<String, @Nullable Object> said, String by) {
    for (String name : said.keySet()) {
      if (!FIELDS.contains(name)) {
        // Arguments under a mistyped name would let the call go as it was.
        throw new RuntimeFault(
            ErrorCode.UNKNOWN_FIELD,
            "decision: field " + Json.quote(name) + " is unknown, expected=one of " + FIELDS);
      }
    }
    Object arguments = said.get("arguments");
    Object epoch = said.get("epoch");
    if (epoch != null && !(epoch instanceof Long)) {
      throw wrong("epoch", "a whole number");
    }
    return new ApprovalWord(
        text(said, "id", null),
        ApprovalDesk.approves(text(said, "decision", null)),
        arguments == null ? null : Json.of(arguments),
        text(said, "reason", ""),
        by,
        said.get("arguments_digest") == null ? null : text(said, "arguments_digest", null),
        (Long) epoch);
  }

  private static String text(
      Map<String, @Nullable Object> said, String name, @Nullable String missing) {
    Object value = said.get(name);
    if (value instanceof String text) {
      return text;
    }
    if (value == null && missing != null) {
      return missing;
    }
    throw wrong(name, "a text");
  }

  private static RuntimeFault wrong(String name, String expected) {
    return new RuntimeFault(
        ErrorCode.INVALID_REQUEST, "decision: field " + name + ", expected=" + expected);
  }
}
