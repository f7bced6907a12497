package dev.agentruntime.provider;

import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one door of a node to a model of an account. Whoever wants to ask waits here, in the order of
 * arrival, and holds nothing but a place. At most so many ask at once, and so many tokens go in a
 * minute. When the provider says that it is too much, or fails again and again, nobody asks until
 * the time it named is over; then one asks, and when that works two more for each answer, so that
 * what the provider takes is found without being overrun. Owned by: one context.
 */
final class ProviderGate {

  /** Failures in a row after which a provider is left alone for a while. */
  static final int FAILURES_MAX = 5;

  private static final long FIRST_MS = 1_000;
  private static final long LIMITED_MS_MAX = 60_000;
  private static final long UNAVAILABLE_MS_MAX = 30_000;
  private static final long FIRST_OUTPUT = 500;

  private final String model;
  private final Quota quota;
  private final Timers timers;
  private final Ids ids;
  private final TokenWindow tokens;
  private final TreeMap<Long, Visit> queue = new TreeMap<>();

  private long tickets;
  private int inFlight;
  private int width;
  private int cautious;
  private int credit;
  private @Nullable Failure closed;
  private long reopensAt;
  private int strikes;
  private int failures;
  private boolean probing;
  private long output = FIRST_OUTPUT;
  private long admitted;
  private long limited;
  private Timers.@Nullable Armed wake;

  /**
   * A gate.
   *
   * @param model as configured, for messages
   * @param ids its chance keeps nodes that share an account from coming back together
   */
  ProviderGate(String model, Quota quota, Timers timers, Ids ids) {
    this.model = model;
    this.quota = quota;
    this.timers = timers;
    this.ids = ids;
    this.tokens = new TokenWindow(quota.tokensPerMinute());
    this.width = quota.concurrency();
    this.cautious = width;
  }

  /**
   * One question, from its arrival to its end. It keeps its place when the provider sends it away.
   */
  static final class Visit {
    private final long input;
    private final Duration patienceMax;
    private final Runnable onAdmitted;
    private final Consumer<Failure> onRefused;
    private long deadline;
    private long ticket;
    private long admittedAt;
    private long reserved;
    private boolean inside;
    private boolean left;
    private boolean prober;
    private Timers.@Nullable Armed patience;

    /**
     * A question that has not arrived yet.
     *
     * @param input what is asked, in tokens
     * @param patienceMax how long it waits, all waits together
     * @param onAdmitted it may ask; {@link ProviderGate#left} follows, after each admission
     * @param onRefused it may not ask any more; nothing follows
     */
    Visit(long input, Duration patienceMax, Runnable onAdmitted, Consumer<Failure> onRefused) {
      this.input = input;
      this.patienceMax = patienceMax;
      this.onAdmitted = onAdmitted;
      this.onRefused = onRefused;
    }
  }

  /** How a question ended. */
  enum End {
    /** Answered, or refused for its own sake: the provider is there. */
    DONE,
    /** It is too much for the provider, or it names a time before which it is not to be asked. */
    LIMITED,
    /** The provider failed. */
    FAILED,
    /** Nothing is known of the provider. */
    GIVEN_UP
  }

  /** Takes its place at the end of the queue. */
  void arrive(Visit visit) {
    visit.ticket = ++tickets;
    visit.deadline = timers.nanos() + visit.patienceMax.toNanos();
    line(visit);
  }

  private void line(Visit visit) {
    long left = visit.deadline - timers.nanos();
    boolean tooLate = left <= 0 || (closed != null && visit.deadline - reopensAt < 0);
    if (tooLate && !free(visit)) {
      refuse(visit);
      return;
    }
    queue.put(visit.ticket, visit);
    visit.patience = timers.after(Duration.ofNanos(Math.max(0, left)), () -> {
      if (queue.remove(visit.ticket, visit)) {
        refuse(visit);
      }
    });
    admit();
  }

  private boolean free(Visit visit) {
    return queue.isEmpty()
        && isOpen()
        && inFlight < width
        && tokens.wait(visit.input + output, timers.nanos()) == 0;
  }

  private boolean isOpen() {
    return closed == null || (reopensAt - timers.nanos() <= 0 && !probing);
  }

  /** Goes away without having asked. */
  void giveUp(Visit visit) {
    visit.left = true;
    disarm(visit);
    if (queue.remove(visit.ticket, visit)) {
      admit();
    } else if (visit.inside) {
      left(visit, End.GIVEN_UP, null, 0);
    }
  }

  private void admit() {
    if (wake != null) {
      wake.cancel();
      wake = null;
    }
    long now = timers.nanos();
    if (closed != null && reopensAt - now > 0) {
      wakeIn(reopensAt - now);
      return;
    }
    while (!queue.isEmpty() && inFlight < width && !probing) {
      Visit first = queue.firstEntry().getValue();
      long wait = tokens.wait(first.input + output, now);
      if (wait > 0) {
        wakeIn(wait);
        return;
      }
      queue.pollFirstEntry();
      enter(first, now);
    }
  }

  private void enter(Visit visit, long now) {
    disarm(visit);
    visit.inside = true;
    visit.admittedAt = now;
    visit.reserved = visit.input + output;
    visit.prober = closed != null;
    probing = visit.prober;
    inFlight++;
    admitted++;
    tokens.add(visit.reserved, now, now);
    visit.onAdmitted.run();
  }

  private void wakeIn(long nanos) {
    if (!queue.isEmpty()) {
      // A whole millisecond more, since timers know no smaller one.
      wake = timers.after(Duration.ofNanos(nanos).plusMillis(1), () -> {
        wake = null;
        admit();
      });
    }
  }

  /**
   * A question ended.
   *
   * @param failure how, for {@code LIMITED} and {@code FAILED}
   * @param used tokens, 0 when it is not known
   */
  void left(Visit visit, End end, @Nullable Failure failure, long used) {
    if (!visit.inside) {
      return;
    }
    visit.inside = false;
    inFlight--;
    long now = timers.nanos();
    boolean news = visit.prober || closed == null;
    if (visit.prober) {
      probing = false;
    }
    if (used > 0) {
      tokens.add(used - visit.reserved, now, visit.admittedAt);
      output += (Math.max(0, used - visit.input) - output) / 8;
    } else if (end != End.DONE) {
      tokens.add(-visit.reserved, now, visit.admittedAt);
    }
    switch (end) {
      case DONE -> done(visit);
      case LIMITED -> limited(failure, news);
      case FAILED -> failed(failure, news, visit.prober);
      case GIVEN_UP -> {
        // The next one asks in its stead.
      }
    }
    if (end == End.LIMITED && !visit.left) {
      line(visit);
    } else {
      admit();
    }
  }

  private void done(Visit visit) {
    failures = 0;
    if (visit.prober) {
      closed = null;
      strikes = 0;
      width = Math.min(quota.concurrency(), 2);
    } else if (closed == null) {
      strikes = 0;
      grow();
    }
  }

  /** By one for each answer while it is far from where it last was too much, then slowly. */
  private void grow() {
    if (width >= quota.concurrency()) {
      return;
    }
    if (width < cautious) {
      width++;
    } else if (++credit >= width) {
      credit = 0;
      width++;
    }
  }

  private void limited(@Nullable Failure failure, boolean news) {
    limited++;
    if (news) {
      strikes++;
      cautious = Math.max(1, Math.min(width, inFlight + 1) / 2);
    }
    Duration asked = failure == null ? null : failure.retryAfter();
    long own = Math.min(LIMITED_MS_MAX, FIRST_MS << Math.min(Math.max(0, strikes - 1), 6));
    close(
        asked == null ? own : asked.toMillis(),
        new Failure(
            failure == null ? ErrorCode.MODEL_RATE_LIMITED : failure.code(),
            model + " takes no more for now"));
  }

  private void failed(@Nullable Failure failure, boolean news, boolean prober) {
    failures++;
    if (!news || (failures < FAILURES_MAX && !prober)) {
      return;
    }
    cautious = Math.max(1, width / 2);
    close(
        Math.min(UNAVAILABLE_MS_MAX, FIRST_MS << Math.min(Math.max(0, failures - FAILURES_MAX), 5)),
        new Failure(
            ErrorCode.MODEL_UNAVAILABLE,
            model + " failed " + failures + " times in a row"
                + (failure == null ? "" : ", the last time with " + failure.message())));
  }

  private void close(long ms, Failure why) {
    // Up to a tenth longer: those who share the account must not come back together.
    long drawn = ms + Math.floorMod((long) ids.next().hashCode(), ms / 10 + 1);
    long until = timers.nanos() + Duration.ofMillis(drawn).toNanos();
    reopensAt = closed == null ? until : Math.max(reopensAt, until);
    closed = why;
    width = 1;
    credit = 0;
    // Who cannot wait that long is told now, and may plan ahead.
    for (Visit visit : queue.values().toArray(Visit[]::new)) {
      if (visit.deadline - reopensAt < 0 && queue.remove(visit.ticket, visit)) {
        refuse(visit);
      }
    }
  }

  private void refuse(Visit visit) {
    disarm(visit);
    Failure why = closed;
    long left = Math.max(0, reopensAt - timers.nanos());
    visit.onRefused.accept(
        why == null
            ? new Failure(
                ErrorCode.MODEL_RATE_LIMITED,
                model + ": waited for its turn as long as it may, expected=within queue_timeout, "
                    + queue.size() + " more wait")
            : new Failure(
                why.code(),
                why.message() + "; nobody asks for " + (left / 1_000_000_000 + 1) + " s",
                Duration.ofNanos(left)));
  }

  private static void disarm(Visit visit) {
    if (visit.patience != null) {
      visit.patience.cancel();
      visit.patience = null;
    }
  }

  /** What is shown of it. */
  Map<String, @Nullable Object> view() {
    long now = timers.nanos();
    Failure why = closed;
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("model", model);
    all.put(
        "state",
        why == null
            ? "open"
            : probing
                ? "probing"
                : why.code() == ErrorCode.MODEL_RATE_LIMITED ? "limited" : "unavailable");
    all.put("reason", why == null ? null : why.message());
    all.put("reopens_in_ms", why == null ? 0L : Math.max(0, (reopensAt - now) / 1_000_000));
    all.put("in_flight", inFlight);
    all.put("waiting", queue.size());
    all.put("width", width);
    all.put("concurrency", quota.concurrency());
    all.put("tokens_last_minute", tokens.used(now));
    all.put("tokens_per_minute", quota.tokensPerMinute());
    all.put("asked", admitted);
    all.put("limited", limited);
    return all;
  }
}
