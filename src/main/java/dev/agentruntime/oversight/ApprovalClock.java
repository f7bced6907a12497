package dev.agentruntime.oversight;

import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.governance.Approvals.Asked;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes requests for approval and what becomes of them, and lets them expire. One for all policies
 * a process has had: a request outlives the manifest under which it was made. Owned by: the
 * process's context.
 */
final class ApprovalClock {

  private static final System.Logger LOG = System.getLogger(ApprovalClock.class.getName());

  /** For people to decide at least, after nobody could. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  /** Who ends what nobody decided. */
  private static final String RUNTIME = "runtime";

  private final ProcessLog log;
  private final Timers timers;
  private final Oversight.Host host;
  private final Map<String, Timers.Armed> armed = new HashMap<>();
  private Instant reopened = Instant.EPOCH;

  ApprovalClock(ProcessLog log, Timers timers, Oversight.Host host) {
    this.log = log;
    this.timers = timers;
    this.host = host;
  }

  Instant now() {
    return timers.now();
  }

  /** Asks; false when the request is too long for the journal, and then nothing was asked. */
  boolean ask(ApprovalRequest request) {
    Future<Void> written = log.write(request);
    if (written.failed() && !log.broken()) {
      return false;
    }
    arm(request);
    return true;
  }

  /** From then on people can decide again, who could not before. */
  void reopened(Instant at) {
    reopened = at;
  }

  /** When a request's time is over: who could not decide before has at least the grace. */
  Instant end(Asked asked) {
    Instant usual = asked.request().expires();
    Instant grace = reopened.plus(GRACE);
    return asked.at().isBefore(reopened) && usual.isBefore(grace) ? grace : usual;
  }

  /** While all work is ended nothing expires: a no is heard then, whenever it comes. */
  boolean isOver(Asked asked) {
    return !host.isClosed() && !timers.now().isBefore(end(asked));
  }

  /** Expires in time; asked again for the same request it changes nothing. */
  void arm(ApprovalRequest request) {
    Asked asked = log.image().governance().approvals().byId(request.id());
    if (asked != null && !armed.containsKey(request.id())) {
      Instant end = end(asked);
      armed.put(request.id(), timers.after(left(asked, end), () -> {
        armed.remove(request.id());
        look(request, end);
      }));
    }
  }

  /** No longer than a request is there for, whatever a clock says that was set back meanwhile. */
  private Duration left(Asked asked, Instant end) {
    Duration left = Duration.between(timers.now(), end);
    Duration whole = Duration.between(asked.at(), asked.request().expires());
    Duration most = whole.compareTo(GRACE) < 0 ? GRACE : whole;
    return left.isNegative() ? Duration.ZERO : left.compareTo(most) > 0 ? most : left;
  }

  private void look(ApprovalRequest request, Instant end) {
    Asked asked = log.image().governance().approvals().byId(request.id());
    if (log.broken() || asked == null || !asked.waits() || host.isClosed()) {
      // While nobody can say no nothing expires: it is armed again when the process goes on.
      return;
    }
    if (end(asked).isAfter(end)) {
      // It was reopened meanwhile. The timer alone says that a time is over, not the wall clock.
      arm(request);
      return;
    }
    expire(request);
  }

  /** Nobody decided in time. */
  void expire(ApprovalRequest request) {
    end(request, ApprovalOutcome.EXPIRED, "nobody decided in time");
    goOn(request);
  }

  /** Ends a request that nobody decided, or a decision that holds no more. */
  void end(ApprovalRequest request, ApprovalOutcome outcome, String why) {
    disarm(request.id());
    // A failed append breaks the log, which tells the process by itself.
    log.write(new ApprovalDecision(
            request.invocation(), request.ordinal(), request.id(), outcome, RUNTIME, why, null))
        .onFailure(
            cause -> LOG.log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }

  void disarm(String id) {
    Timers.Armed timer = armed.remove(id);
    if (timer != null) {
      timer.cancel();
    }
  }

  /** The run looks again at what became of its request. */
  void goOn(ApprovalRequest request) {
    OpenRun run = log.image().runs().get(request.invocation());
    if (run != null) {
      host.goOn(run);
    }
  }
}
