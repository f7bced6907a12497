package dev.agentruntime.fold;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.TriggerEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The accepted events that have not settled, which of them run, and what is to run next: the
 * highest priority first, then as they were accepted. Of events with one ordering key one is in
 * line or runs, the others follow it. A trigger with {@code batch} or {@code debounce} gathers its
 * events apart until they are due.
 *
 * <p>What runs is asked for with the clock ({@link #next}) and then told by an entry; the fold
 * itself reads no clock. Every operation on a plain event takes the same time however many wait.
 * Part of the fold. Owned by: the process's context.
 */
public final class EventQueue {

  /** Events settled by one entry at most. */
  public static final int SETTLE_MAX = 1_000;

  private static final Comparator<QueuedEvent> LINE = Comparator.<QueuedEvent>comparingInt(
          item -> -item.event.routing().priority())
      .thenComparingLong(item -> item.order);

  final LinkedHashMap<String, QueuedEvent> items = new LinkedHashMap<>();
  final Fifo plain = new Fifo();
  final TreeSet<QueuedEvent> special = new TreeSet<>(LINE);
  final Map<String, Lane> lanes = new HashMap<>();
  final Map<String, Gathering> watched = new TreeMap<>();
  long bytes;
  long orders;
  int running;

  /** What is to be done next. */
  public sealed interface Next {

    /** These become one run; never empty, oldest first. */
    record Run(List<TriggerEvent> events) implements Next {}

    /** These end without a run; more may follow. */
    record Settle(List<String> eventIds, String outcome, String reason) implements Next {}

    /** Nothing before that instant, null = nothing before something else happens. */
    record Idle(@Nullable Instant until) implements Next {}
  }

  /** Items in the order in which they were put; one in the middle is taken as quickly. */
  static final class Fifo {
    private @Nullable QueuedEvent first;
    private @Nullable QueuedEvent last;

    void add(QueuedEvent item) {
      item.before = last;
      if (last == null) {
        first = item;
      } else {
        last.after = item;
      }
      last = item;
    }

    void remove(QueuedEvent item) {
      if (item.before == null) {
        first = item.after;
      } else {
        item.before.after = item.after;
      }
      if (item.after == null) {
        last = item.before;
      } else {
        item.after.before = item.before;
      }
      item.before = null;
      item.after = null;
    }
  }

  /** The events of one ordering key: the first holder may run, followers wait for all holders. */
  static final class Lane {
    final LinkedHashSet<QueuedEvent> holders = new LinkedHashSet<>();
    final LinkedHashSet<QueuedEvent> followers = new LinkedHashSet<>();
  }

  // --- The fold

  /** The rules of a manifest that took effect; what waits is put in line anew. */
  void rules(List<TriggerConfig> triggers) {
    Map<String, Rules> fresh = new TreeMap<>();
    for (TriggerConfig trigger : triggers) {
      Rules rules = trigger.rules();
      boolean plainly = rules.onBusy() == TriggerConfig.OnBusy.QUEUE
          && rules.debounce().isZero()
          && !rules.batch().isOn();
      if (!plainly) {
        fresh.put(trigger.id(), rules);
      }
    }
    if (fresh.isEmpty() && watched.isEmpty()) {
      return;
    }
    for (QueuedEvent item : items.values()) {
      if (item.place != QueuedEvent.Place.RUNS) {
        withdraw(item, false);
      }
    }
    watched.clear();
    fresh.forEach((trigger, rules) -> watched.put(trigger, new Gathering(rules)));
    for (QueuedEvent item : items.values()) {
      Gathering gathering = watch(item);
      if (item.place == QueuedEvent.Place.RUNS && gathering != null) {
        gathering.all.add(item);
      } else if (item.place != QueuedEvent.Place.RUNS) {
        place(item, gathering);
      }
    }
  }

  void accept(TriggerEvent event, Instant at) {
    QueuedEvent item = add(event, at);
    place(item, watch(item));
  }

  private QueuedEvent add(TriggerEvent event, Instant at) {
    QueuedEvent item = new QueuedEvent(event, at, orders++);
    items.put(event.id(), item);
    bytes += event.size();
    return item;
  }

  private @Nullable Gathering watch(QueuedEvent item) {
    return watched.isEmpty() ? null : watched.get(item.event.triggerId());
  }

  private void place(QueuedEvent item, @Nullable Gathering gathering) {
    if (gathering != null) {
      gathering.all.add(item);
      if (gathering.gathers()) {
        item.place = QueuedEvent.Place.GATHERED;
        gathering.gather(item);
        return;
      }
    }
    String key = item.key();
    if (key != null) {
      Lane lane = lane(key);
      if (!lane.holders.isEmpty()) {
        item.place = QueuedEvent.Place.FOLLOWS;
        lane.followers.add(item);
        return;
      }
      lane.holders.add(item);
    }
    if (item.event.routing().priority() == 0) {
      item.place = QueuedEvent.Place.PLAIN;
      plain.add(item);
    } else {
      item.place = QueuedEvent.Place.SPECIAL;
      special.add(item);
    }
  }

  /** A run takes waiting events; null when one of them does not wait. */
  @Nullable
  List<TriggerEvent> begin(List<String> eventIds, InvocationId run) {
    List<TriggerEvent> events = new ArrayList<>(eventIds.size());
    for (String id : eventIds) {
      QueuedEvent item = items.get(id);
      if (item == null || item.place == QueuedEvent.Place.RUNS) {
        return null;
      }
      boolean held = holds(item);
      withdraw(item, true);
      run(item, run, held);
      events.add(item.event);
    }
    return events;
  }

  /** The events of a run that was given up are its own again. */
  void reopen(List<TriggerEvent> events, InvocationId run, Instant at) {
    for (TriggerEvent event : events) {
      QueuedEvent item = add(event, at);
      Gathering gathering = watch(item);
      if (gathering != null) {
        gathering.all.add(item);
      }
      run(item, run, false);
    }
  }

  private void run(QueuedEvent item, InvocationId run, boolean held) {
    item.place = QueuedEvent.Place.RUNS;
    item.run = run;
    running++;
    String key = item.key();
    if (key != null && !held) {
      lane(key).holders.add(item);
    }
  }

  Lane lane(String key) {
    return lanes.computeIfAbsent(key, any -> new Lane());
  }

  private boolean holds(QueuedEvent item) {
    return item.key() != null
        && (item.place == QueuedEvent.Place.PLAIN || item.place == QueuedEvent.Place.SPECIAL);
  }

  /** Takes a waiting item out of where it waits; one that goes on to run keeps its lane. */
  private void withdraw(QueuedEvent item, boolean runs) {
    boolean held = holds(item);
    switch (item.place) {
      case PLAIN -> plain.remove(item);
      case SPECIAL -> special.remove(item);
      case FOLLOWS -> {
        Lane lane = lanes.get(item.key());
        if (lane != null) {
          lane.followers.remove(item);
        }
      }
      case GATHERED -> {
        Gathering gathering = watch(item);
        if (gathering != null) {
          gathering.leave(item, runs);
        }
      }
      case RUNS -> {}
    }
    if (held && !runs) {
      release(item);
    }
  }

  /** Lets the next event of its key come into line. */
  private void release(QueuedEvent item) {
    String key = item.key();
    Lane lane = key == null ? null : lanes.get(key);
    if (lane == null || !lane.holders.remove(item) || !lane.holders.isEmpty()) {
      return;
    }
    if (lane.followers.isEmpty()) {
      lanes.remove(key);
      return;
    }
    QueuedEvent next = lane.followers.iterator().next();
    lane.followers.remove(next);
    lane.holders.add(next);
    next.place = QueuedEvent.Place.SPECIAL;
    special.add(next);
  }

  /** An event has come to its end; null when it is not here. */
  @CanIgnoreReturnValue
  @Nullable
  TriggerEvent settle(String eventId) {
    QueuedEvent item = items.remove(eventId);
    if (item == null) {
      return null;
    }
    bytes -= item.event.size();
    if (item.place == QueuedEvent.Place.RUNS) {
      running--;
      release(item);
    } else {
      withdraw(item, false);
    }
    Gathering gathering = watch(item);
    if (gathering != null) {
      gathering.all.remove(item);
    }
    return item.event;
  }

  /** Its run is to be cancelled; answers the run, null when it has none. */
  @Nullable
  InvocationId cancel(String eventId) {
    QueuedEvent item = items.get(eventId);
    if (item == null || item.place != QueuedEvent.Place.RUNS) {
      return null;
    }
    item.cancelled = true;
    return item.run;
  }

  // --- What is known; nothing below changes anything

  /** What is to be done at {@code now}, if there is room for one more run. */
  public Next next(Instant now) {
    QueuedEvent head = head();
    Gathering best = null;
    Instant wake = null;
    for (Gathering gathering : watched.values()) {
      QueuedEvent first = gathering.gathered.isEmpty() ? null : candidate(gathering);
      if (first == null) {
        continue;
      }
      Instant due = gathering.due();
      if (due != null && !gathering.isDue(now)) {
        wake = wake == null || due.isBefore(wake) ? due : wake;
      } else if (head == null || LINE.compare(first, head) < 0) {
        head = first;
        best = gathering;
      }
    }
    if (head == null) {
      return new Next.Idle(wake);
    }
    return best == null ? single(head, now) : gathered(best, now);
  }

  private @Nullable QueuedEvent head() {
    if (special.isEmpty()) {
      return plain.first;
    }
    QueuedEvent first = special.first();
    return plain.first == null || LINE.compare(first, plain.first) < 0 ? first : plain.first;
  }

  private static Next single(QueuedEvent item, Instant now) {
    return isExpired(item, now)
        ? new Next.Settle(List.of(item.event.id()), "expired", "its time to live was over")
        : new Next.Run(List.of(item.event));
  }

  /** The oldest gathered event that may run; of a debounced trigger only the newest ever may. */
  private @Nullable QueuedEvent candidate(Gathering gathering) {
    if (!gathering.rules.batch().isOn()) {
      QueuedEvent newest = null;
      for (QueuedEvent item : gathering.gathered) {
        newest = item;
      }
      return newest == null || isHeld(newest) ? null : newest;
    }
    for (QueuedEvent item : gathering.gathered) {
      if (!isHeld(item)) {
        return item;
      }
    }
    return null;
  }

  private boolean isHeld(QueuedEvent item) {
    return item.key() != null && lanes.containsKey(item.key());
  }

  private Next gathered(Gathering gathering, Instant now) {
    boolean batch = gathering.rules.batch().isOn();
    List<String> gone = new ArrayList<>();
    List<TriggerEvent> events = new ArrayList<>();
    for (QueuedEvent item : gathering.gathered) {
      if (gone.size() == SETTLE_MAX
          || (batch && events.size() == gathering.rules.batch().max())) {
        break;
      }
      if (isExpired(item, now)) {
        gone.add(item.event.id());
      } else if (!batch || !isHeld(item)) {
        events.add(item.event);
      }
    }
    if (!gone.isEmpty()) {
      return new Next.Settle(gone, "expired", "its time to live was over");
    }
    if (batch || events.size() == 1) {
      return new Next.Run(events);
    }
    String newest = events.get(events.size() - 1).id();
    List<String> older = new ArrayList<>();
    for (int i = 0; i < events.size() - 1 && older.size() < SETTLE_MAX; i++) {
      older.add(events.get(i).id());
    }
    return new Next.Settle(older, "merged", debounced(newest));
  }

  /** Why an event was merged. */
  public static String debounced(String newest) {
    return "debounced by " + newest;
  }

  private static boolean isExpired(QueuedEvent item, Instant now) {
    Instant expires = item.event.routing().expires();
    return expires != null && !now.isBefore(expires);
  }

  /** Whether every event of a run is the first of its ordering key. */
  public boolean mayGoOn(OpenRun run) {
    for (TriggerEvent event : run.events()) {
      String key = event.routing().orderingKey();
      Lane lane = key == null ? null : lanes.get(key);
      if (lane != null && !lane.holders.isEmpty()) {
        InvocationId first = lane.holders.iterator().next().run;
        if (first == null || !first.equals(run.id())) {
          return false;
        }
      }
    }
    return true;
  }

  /** The rules of a trigger; those of one that has none, or of no trigger, say nothing. */
  public Rules rules(String triggerId) {
    Gathering gathering = watched.isEmpty() ? null : watched.get(triggerId);
    return gathering == null ? Rules.NONE : gathering.rules;
  }

  /** Whether an event of a trigger with rules waits or runs. */
  public boolean isBusy(String triggerId) {
    Gathering gathering = watched.get(triggerId);
    return gathering != null && !gathering.all.isEmpty();
  }

  /**
   * The events of a trigger with rules that were accepted before another one and are not cancelled.
   *
   * @param gathered only those that no run has taken
   */
  public List<String> earlier(TriggerEvent event, boolean gathered) {
    Gathering gathering = watched.get(event.triggerId());
    List<String> ids = new ArrayList<>();
    if (gathering != null) {
      for (QueuedEvent item : gathered ? gathering.gathered : gathering.all) {
        if (!item.cancelled && !item.event.id().equals(event.id())) {
          ids.add(item.event.id());
        }
      }
    }
    return ids;
  }

  /** Accepted events that have not settled, running ones included, oldest first. */
  public List<TriggerEvent> events() {
    return items.values().stream().map(item -> item.event).toList();
  }

  public boolean contains(String eventId) {
    return items.containsKey(eventId);
  }

  public boolean isEmpty() {
    return items.isEmpty();
  }

  /** Waiting and running. */
  public int size() {
    return items.size();
  }

  /** How many no run has taken. */
  public int waiting() {
    return items.size() - running;
  }

  /** Bytes of all of them. */
  public long bytes() {
    return bytes;
  }

  /** What the events alone do not tell, for the image's digest. */
  Map<String, String> toValues() {
    Map<String, String> values = new LinkedHashMap<>();
    watched.forEach((trigger, gathering) -> values.put(
        trigger, gathering.since + " " + gathering.newest + " " + gathering.gathered.size()));
    QueuedEvent head = head();
    values.put("", (head == null ? "" : head.event.id()) + " " + lanes.size());
    return values;
  }
}
