package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.fold.Dedup;
import dev.agentruntime.fold.Lifecycle;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides about an offered event: refuse, recognise, or accept. An acceptance is told only when it
 * is durable, that of a duplicate only when the first copy is. Owned by: the process's context.
 */
final class Inbox {

  private static final Duration COME_BACK = Duration.ofSeconds(5);

  private final ProcessLog log;

  Inbox(ProcessLog log) {
    this.log = log;
  }

  /**
   * Offers an event.
   *
   * @return when durable; fails as {@code TriggerSink.offer} says
   */
  Future<Accepted> offer(TriggerEvent event) {
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
          ? log.durable().map(done -> new Accepted(known.eventId(), true, log.keeps()))
          // Told only when the first copy is durable too: a crash could take it back.
          : log.durable()
              .compose(done -> refuse(
                  ErrorCode.KEY_REUSED,
                  "the same idempotency key came before with another body, as event "
                      + known.eventId()));
    }
    if (image.isQueued(event.id())) {
      return log.durable().map(done -> new Accepted(event.id(), true, log.keeps()));
    }
    Future<Accepted> full = refuseWhenFull(image, event);
    if (full != null) {
      return full;
    }
    Future<Void> written = log.write(new EntryData.TriggerAccepted(event));
    Failpoints.reach("inbox.afterWrite");
    return written.transform(result -> {
      if (result.failed()) {
        return lost(result.cause());
      }
      Failpoints.reach("inbox.afterSync");
      return Future.succeededFuture(new Accepted(event.id(), false, log.keeps()));
    });
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
    if (image.inbox().size() >= limits.inboxMax()) {
      return busy(
          ErrorCode.INBOX_FULL,
          "the inbox of " + image.id().name() + " is full, expected<" + limits.inboxMax()
              + " events, actual=" + image.inbox().size());
    }
    if (image.inboxBytes() + event.size() > limits.inboxBytesMax()) {
      return busy(
          ErrorCode.INBOX_FULL,
          "the inbox of " + image.id().name() + " is full, expected<=" + limits.inboxBytesMax()
              + " bytes, actual=" + (image.inboxBytes() + event.size()));
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
