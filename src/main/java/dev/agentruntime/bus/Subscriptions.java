package dev.agentruntime.bus;

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
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who is owed which events and messages, and who hears them now. The two differ: a process that is
 * suspended, failed or not back yet is owed what is emitted meanwhile; one that was stopped is not.
 * The table is replaced as a whole. Safe on every thread.
 */
public final class Subscriptions {

  private final AtomicReference<NodeId> node = new AtomicReference<>(new NodeId("node-1"));
  private final AtomicReference<Map<ProcessName, Declared>> declared =
      new AtomicReference<>(Map.of());
  private final Map<Place, Listener> listeners = new ConcurrentHashMap<>();

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
   */
  public record Arrival(String item, Emission emission, String source, Instant at, int hops) {}

  /** Hears arrivals. */
  @FunctionalInterface
  public interface Listener {
    /** Succeeds when the arrival is durable at the subscriber, or was filtered by it. */
    Future<Void> hear(Arrival arrival);
  }

  private record Declared(NodeId node, List<Wanted> wanted) {}

  private record Place(ProcessName process, String trigger) {}

  /** The node this is on. */
  public NodeId node() {
    return Objects.requireNonNull(node.get());
  }

  /** Says which node this is, before anything is declared. */
  public void node(NodeId id) {
    node.set(id);
  }

  /** From now on a process of a node is owed what it wants; replaces what it wanted before. */
  public void declare(NodeId node, ProcessName process, List<Wanted> wanted) {
    Declared next = new Declared(node, List.copyOf(wanted));
    replace(table -> {
      if (wanted.isEmpty()) {
        table.remove(process);
      } else {
        table.put(process, next);
      }
    });
  }

  /** From now on a process is owed nothing: it was stopped or removed. */
  public void withdraw(ProcessName process) {
    replace(table -> table.remove(process));
  }

  private void replace(Consumer<Map<ProcessName, Declared>> change) {
    declared.updateAndGet(before -> {
      Map<ProcessName, Declared> next = new TreeMap<>(before);
      change.accept(next);
      return next;
    });
  }

  /** Whether a subscriber is still owed what it was owed. */
  public boolean owes(Due due) {
    Declared process = table().get(due.process());
    return process != null
        && process.wanted().stream().anyMatch(wanted -> wanted.trigger().equals(due.trigger()));
  }

  /**
   * To whom an emission is owed now: every subscriber without a group, and one member of each
   * group, chosen by the item's id, so that members share the load and a repeated question has one
   * answer while the members are the same.
   */
  public List<Due> due(String item, Emission emission, String source) {
    List<Due> due = new ArrayList<>();
    Map<String, List<Due>> groups = new LinkedHashMap<>();
    table().forEach((process, subscriber) -> {
      for (Wanted wanted : subscriber.wanted()) {
        if (wanted.covers(emission, source)) {
          String group = wanted.group();
          Due one = new Due(subscriber.node(), process, wanted.trigger(), group);
          if (group == null) {
            due.add(one);
          } else {
            groups.computeIfAbsent(group, name -> new ArrayList<>()).add(one);
          }
        }
      }
    });
    groups
        .values()
        .forEach(members -> due.add(members.get(Math.floorMod(item.hashCode(), members.size()))));
    return due;
  }

  /** Hears what reaches a trigger here, until it is closed. */
  public Listening listen(ProcessName process, String trigger, Listener listener) {
    Place place = new Place(process, trigger);
    listeners.put(place, listener);
    return () -> listeners.remove(place, listener);
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

  private Map<ProcessName, Declared> table() {
    return Objects.requireNonNull(declared.get());
  }
}
