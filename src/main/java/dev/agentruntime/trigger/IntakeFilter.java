package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.filter.FilterExpression;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the inbox and triggers with a {@code filter_expression}, or whose source the
 * operator vouches for. What does not match is counted and forgotten: it costs no entry, and no
 * dedup key. Owned by: the process's context.
 */
public final class IntakeFilter {

  private final TriggerSink inbox;
  private final BooleanSupplier takes;
  private long count;

  /**
   * A filter before a sink.
   *
   * @param takes whether the sink takes events now; when not, it says why, whatever the filter says
   */
  public IntakeFilter(TriggerSink inbox, BooleanSupplier takes) {
    this.inbox = inbox;
    this.takes = takes;
  }

  /** How many events did not match. */
  public long count() {
    return count;
  }

  /**
   * The sink of a trigger.
   *
   * @throws RuntimeFault INVALID_CONFIG when its filter cannot be read
   */
  public TriggerSink before(TriggerConfig trigger) {
    String filter = trigger.rules().filter();
    // What other processes say is vouched for by its trigger, which knows what they had read.
    boolean vouches = trigger.rules().trusted()
        && !(trigger instanceof TriggerConfig.Event || trigger instanceof TriggerConfig.Message);
    return filter.isEmpty() && !vouches
        ? inbox
        : new Filtered(filter.isEmpty() ? null : FilterExpression.parse(filter), vouches);
  }

  private final class Filtered implements TriggerSink {

    private final @Nullable FilterExpression filter;
    private final boolean vouches;

    Filtered(@Nullable FilterExpression filter, boolean vouches) {
      this.filter = filter;
      this.vouches = vouches;
    }

    @Override
    public Future<Accepted> offer(TriggerEvent event) {
      if (!takes.getAsBoolean() || filter == null || filter.matches(event)) {
        return inbox.offer(vouches ? event.vouched() : event);
      }
      count++;
      // Nothing is kept that a crash could take back, so there is nothing to wait for.
      return Future.succeededFuture(new Accepted(event.id(), Outcome.FILTERED, true));
    }

    @Override
    public boolean knows(TriggerEvent event) {
      return inbox.knows(event);
    }

    @Override
    public Future<Settled> settled(String eventId, Duration limit) {
      return inbox.settled(eventId, limit);
    }

    @Override
    public @Nullable Json cursor(String triggerId) {
      return inbox.cursor(triggerId);
    }

    @Override
    public Future<Void> saveCursor(String triggerId, Json cursor) {
      return inbox.saveCursor(triggerId, cursor);
    }
  }
}
