package dev.agentruntime.bus;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Topics;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who is owed which events and messages, and who hears them now. The two differ: a process that is
 * suspended, failed or not back yet is owed what is emitted meanwhile; one that was stopped is not.
 * One table a node. Safe on every thread.
 */
public final class Subscriptions {

  private static final System.Logger LOG = System.getLogger(Subscriptions.class.getName());

  private final NodeId node;

  /** Every process there is, so that one that was stopped can be told from one that is gone. */
  private final Map<ProcessName, Declared> known = new ConcurrentHashMap<>();

  /** Those of them that want something, by name: the same question has the same answer. */
  private final ConcurrentSkipListMap<ProcessName, Declared> owed = new ConcurrentSkipListMap<>();

  private final Map<Place, Listener> listeners = new ConcurrentHashMap<>();
  private final Map<Place, Set<Runnable>> waiting = new ConcurrentHashMap<>();
  private final List<Consumer<Arrival>> ears = new CopyOnWriteArrayList<>();

  /** The table of a node. */
  public Subscriptions(NodeId node) {
    this.node = node;
  }

  /** The table of a node that has no name. */
  public Subscriptions() {
    this(new NodeId("node-1"));
  }

  /** How it stands with a process that is owed something. */
  public enum Standing {
    /** It takes what it is owed, now or when it is back. */
    OWED,
    /** It was stopped; started again it would take what it is owed. */
    STOPPED,
    /** It was removed, or does not listen for it any more. */
    GONE
  }

  /**
   * What one trigger wants.
   *
   * @param pattern of event types or topics, as {@link Topics} has them
   * @param source only from this sender, null = from any
   * @param group only one member of it gets each message, null = all get it
   */
  public record Wanted(
      String trigger,
      Emission.Kind kind,
      String pattern,
      @Nullable String source,
      @Nullable String group) {

    /** What the triggers of a process want. */
    public static List<Wanted> of(ProcessConfig config) {
      List<Wanted> wanted = new ArrayList<>();
      for (TriggerConfig trigger : config.triggers()) {
        if (trigger instanceof TriggerConfig.Event event) {
          wanted.add(
              new Wanted(event.id(), Emission.Kind.EVENT, event.eventType(), event.source(), null));
        } else if (trigger instanceof TriggerConfig.Message message) {
          wanted.add(new Wanted(
              message.id(), Emission.Kind.MESSAGE, message.topic(), null, message.group()));
        }
      }
      return wanted;
    }

    boolean covers(Emission emission, String from) {
      return kind == emission.kind()
          && (source == null || source.equals(from))
          && Topics.matches(pattern, emission.name());
    }
  }

  /**
   * An emission that reaches a subscriber.
   *
   * @param item the dedup key
   * @param source who said it
   * @param at when it was committed
   * @param hops emissions between it and a source outside, itself included
   * @param voice who said it, by what the runtime knows
   */
  public record Arrival(
      String item, Emission emission, String source, Instant at, int hops, Emission.Voice voice) {
    /** From somebody who is not known. */
    public Arrival(String item, Emission emission, String source, Instant at, int hops) {
      this(item, emission, source, at, hops, Emission.Voice.TAINTED);
    }
  }

  /** Hears arrivals. */
  @FunctionalInterface
  public interface Listener {
    /** Succeeds when the arrival is durable at the subscriber, or was filtered by it. */
    Future<Void> hear(Arrival arrival);
  }

  private record Declared(NodeId node, List<Wanted> wanted, boolean stopped) {
    boolean wants(String trigger) {
      return wanted.stream().anyMatch(one -> one.trigger().equals(trigger));
    }
  }

  private record Place(ProcessName process, String trigger) {}

  /** The node whose table this is. */
  public NodeId node() {
    return node;
  }

  // --- Who is owed what

  /** From now on a process of a node is owed what it wants; replaces what it wanted before. */
  public void declare(NodeId on, ProcessName process, List<Wanted> wanted) {
    put(process, new Declared(on, List.copyOf(wanted), false));
  }

  /** {@link #declare(NodeId, ProcessName, List)} of a process of this node. */
  public void declare(ProcessName process, List<Wanted> wanted) {
    declare(node, process, wanted);
  }

  /**
   * A process was stopped, or never started: it is owed nothing new. What it would want is kept, so
   * that it is not taken for one that is gone.
   */
  public void withdraw(ProcessName process, List<Wanted> wanted) {
    put(process, new Declared(node, List.copyOf(wanted), true));
  }

  private void put(ProcessName process, Declared next) {
    known.put(process, next);
    if (next.stopped() || next.wanted().isEmpty()) {
      owed.remove(process);
    } else {
      owed.put(process, next);
    }
    if (next.stopped()) {
      wake(process);
    }
  }

  /** Whoever waits for a process looks again: it was stopped or is gone. */
  private void wake(ProcessName process) {
    if (waiting.isEmpty()) {
      return;
    }
    waiting.keySet().stream().filter(place -> place.process().equals(process)).forEach(place -> {
      Set<Runnable> awaited = waiting.remove(place);
      if (awaited != null) {
        awaited.forEach(Runnable::run);
      }
    });
  }

  /** A process is not here any more. */
  public void forget(ProcessName process) {
    known.remove(process);
    owed.remove(process);
    wake(process);
  }

  /** Whether a process of this name is here, whatever it does. */
  public boolean has(ProcessName process) {
    return known.containsKey(process);
  }

  /** How it stands with one that is owed something. */
  public Standing standing(Due due) {
    Declared process = known.get(due.process());
    // Whoever asked is owed the reply itself, not one of its triggers.
    if (process == null || !(due.trigger().isEmpty() || process.wants(due.trigger()))) {
      // Of another node's processes nobody knows here that they are gone.
      return process == null && !due.node().equals(node) ? Standing.OWED : Standing.GONE;
    }
    return process.stopped() ? Standing.STOPPED : Standing.OWED;
  }

  /**
   * To whom an emission is owed now: every subscriber without a group, and one member of each
   * group, chosen by the item's id, so that members share the load and a repeated question has one
   * answer while the members are the same.
   */
  public List<Due> due(String item, Emission emission, String source) {
    List<Due> due = new ArrayList<>();
    Map<String, List<Due>> groups = new LinkedHashMap<>();
    for (Due one : candidates(emission, source)) {
      if (one.group() == null) {
        due.add(one);
      } else {
        groups.computeIfAbsent(one.group(), name -> new ArrayList<>()).add(one);
      }
    }
    groups.values().forEach(members -> due.add(choose(item, members)));
    return due;
  }

  /** Another member of its group for one that was stopped or is gone, null when there is none. */
  public @Nullable Due successor(Due gone, String item, Emission emission, String source) {
    List<Due> members = candidates(emission, source).stream()
        .filter(one -> one.group() != null && one.group().equals(gone.group()))
        .filter(
            one -> !(one.process().equals(gone.process()) && one.trigger().equals(gone.trigger())))
        .toList();
    return members.isEmpty() ? null : choose(item, members);
  }

  private List<Due> candidates(Emission emission, String source) {
    List<Due> all = new ArrayList<>();
    owed.forEach((process, subscriber) -> {
      for (Wanted wanted : subscriber.wanted()) {
        if (wanted.covers(emission, source)) {
          all.add(new Due(subscriber.node(), process, wanted.trigger(), wanted.group()));
        }
      }
    });
    return all;
  }

  private static Due choose(String item, List<Due> members) {
    return members.get(Math.floorMod(item.hashCode(), members.size()));
  }

  // --- Who hears now

  /** Hears what reaches a trigger here, until it is closed. */
  public Listening listen(ProcessName process, String trigger, Listener listener) {
    Place place = new Place(process, trigger);
    listeners.put(place, listener);
    Set<Runnable> awaited = waiting.remove(place);
    if (awaited != null) {
      awaited.forEach(Runnable::run);
    }
    return () -> listeners.remove(place, listener);
  }

  /**
   * Runs a task once, on whatever thread, when a subscriber that does not listen now begins to.
   *
   * @param wake the same object is kept once only
   */
  public void whenHeard(Due due, Runnable wake) {
    Place place = new Place(due.process(), due.trigger());
    waiting.computeIfAbsent(place, one -> ConcurrentHashMap.newKeySet()).add(wake);
    if (listeners.containsKey(place)) {
      Set<Runnable> missed = waiting.remove(place);
      if (missed != null) {
        missed.forEach(Runnable::run);
      }
    }
  }

  /** A listener that can be taken back. */
  @FunctionalInterface
  public interface Listening {
    /** Takes it back. */
    void close();
  }

  /**
   * Gives an arrival to a subscriber on this node.
   *
   * @return fails with PROCESS_STOPPED when nobody hears it now, or with what the subscriber said
   */
  public Future<Void> deliver(Due due, Arrival arrival) {
    Listener listener = listeners.get(new Place(due.process(), due.trigger()));
    return listener == null
        ? Future.failedFuture(new RuntimeFault(
            ErrorCode.PROCESS_STOPPED,
            "trigger " + due.trigger() + " of " + due.process() + " does not listen now"))
        : listener.hear(arrival);
  }

  // --- Who listens in

  /** Tells of everything that is committed on this node from now on, whoever is owed it. */
  public void onSaid(Consumer<Arrival> ear) {
    ears.add(ear);
  }

  /** An emission is durable; for those that listen in. */
  public void said(Arrival arrival) {
    for (Consumer<Arrival> ear : ears) {
      try {
        ear.accept(arrival);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "a listener on the bus failed", e);
      }
    }
  }
}
