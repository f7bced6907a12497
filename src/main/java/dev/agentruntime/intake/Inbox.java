package dev.agentruntime.intake;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig.OnBusy;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.Dedup;
import dev.agentruntime.fold.EventQueue;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerSink.Outcome;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides about an offered event: refuse, recognise, or accept. An acceptance is told only when it
 * is durable, that of a duplicate only when the first copy is. Owned by: the process's context.
 */
public final class Inbox {

  private static final Duration COME_BACK = Duration.ofSeconds(5);

  private final ProcessLog log;
  private long skipped;

  public Inbox(ProcessLog log) {
    this.log = log;
  }

  /**
   * Offers an event.
   *
   * @return when durable; fails as {@code TriggerSink.offer} says
   */
  public Future<Accepted> offer(TriggerEvent event) {
    ProcessImage image = log.image();
    if (!Lifecycle.accepts(image.state())) {
      return refuse(
          ErrorCode.PROCESS_STOPPED,
          "process " + image.id().name() + " is " + image.state().word()
              + " and takes no triggers, expected running");
    }
    Dedup.Known known = image.dedup().find(event);
    if (known != null) {
      return known.fingerprint() == Dedup.fingerprint(event.payload())
          ? log.durable().map(done -> new Accepted(known.eventId(), Outcome.DUPLICATE, log.keeps()))
          // Told only when the first copy is durable too: a crash could take it back.
          : log.durable()
              .compose(done -> refuse(
                  ErrorCode.KEY_REUSED,
                  "the same idempotency key came before with another body, as event "
                      + known.eventId()));
    }
    if (image.queue().contains(event.id())) {
      return log.durable().map(done -> new Accepted(event.id(), Outcome.DUPLICATE, log.keeps()));
    }
    Rules rules = image.queue().rules(event.triggerId());
    if (rules.onBusy() == OnBusy.SKIP && image.queue().isBusy(event.triggerId())) {
      skipped++;
      // Told only when the event it gives way to is durable: a crash could take that one back.
      return log.durable().map(done -> new Accepted(event.id(), Outcome.SKIPPED, log.keeps()));
    }
    Future<Accepted> full = refuseWhenFull(image, event);
    if (full != null) {
      return full;
    }
    Future<Void> written = log.write(new EntryData.TriggerAccepted(event));
    Failpoints.reach("inbox.afterWrite");
    if (image.queue().contains(event.id())) {
      replaceEarlier(image, event, rules);
    }
    return written.transform(result -> {
      if (result.failed()) {
        return lost(result.cause());
      }
      Failpoints.reach("inbox.afterSync");
      return Future.succeededFuture(new Accepted(event.id(), Outcome.ACCEPTED, log.keeps()));
    });
  }

  /** What the event that has just been accepted takes the place of. */
  private void replaceEarlier(ProcessImage image, TriggerEvent event, Rules rules) {
    if (rules.onBusy() == OnBusy.CANCEL_RUNNING) {
      settle(image.queue().earlier(event, false), "cancelled", "replaced by " + event.id());
    } else if (!rules.debounce().isZero() && !rules.batch().isOn()) {
      settle(image.queue().earlier(event, true), "merged", EventQueue.debounced(event.id()));
    }
  }

  private void settle(List<String> ids, String outcome, String reason) {
    for (int from = 0; from < ids.size(); from += EventQueue.SETTLE_MAX) {
      int to = Math.min(ids.size(), from + EventQueue.SETTLE_MAX);
      // Not waited for: a failed append breaks the log, which tells the process by itself.
      Future<Void> ignored =
          log.write(new EntryData.TriggerSettled(ids.subList(from, to), outcome, reason));
    }
  }

  /** How many events were ignored because an earlier one of their trigger waited or ran. */
  public long skipped() {
    return skipped;
  }

  /** Whatever the journal says of an append it did not take, the source should come again. */
  private static Future<Accepted> lost(Throwable cause) {
    return cause instanceof RuntimeFault fault
            && (fault.code().retryable() || fault.code() == ErrorCode.PAYLOAD_TOO_LARGE)
        ? Future.failedFuture(fault)
        : busy(ErrorCode.OVERLOADED, "the journal did not take the event: " + cause.getMessage());
  }

  private @Nullable Future<Accepted> refuseWhenFull(ProcessImage image, TriggerEvent event) {
    ProcessConfig.Run limits = image.config().run();
    if (image.queue().size() >= limits.inboxMax()) {
      return busy(
          ErrorCode.INBOX_FULL,
          "the inbox of " + image.id().name() + " is full, expected<" + limits.inboxMax()
              + " events, actual=" + image.queue().size());
    }
    if (image.queue().bytes() + event.size() > limits.inboxBytesMax()) {
      return busy(
          ErrorCode.INBOX_FULL,
          "the inbox of " + image.id().name() + " is full, expected<=" + limits.inboxBytesMax()
              + " bytes, actual=" + (image.queue().bytes() + event.size()));
    }
    if (log.broken()) {
      return busy(ErrorCode.JOURNAL_CLOSED, "the journal is closed after a failed write");
    }
    if (!log.accepting()) {
      return busy(ErrorCode.OVERLOADED, log.pressure());
    }
    return null;
  }

  private static Future<Accepted> refuse(ErrorCode code, String message) {
    return Future.failedFuture(new RuntimeFault(code, message));
  }

  private static Future<Accepted> busy(ErrorCode code, String message) {
    return Future.failedFuture(new RuntimeFault(code, message, COME_BACK));
  }
}
