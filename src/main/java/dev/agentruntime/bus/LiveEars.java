package dev.agentruntime.bus;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.bus.Subscriptions.Listening;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Topics;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Code that hears what is said while it listens; it is owed nothing. Safe on every thread. */
final class LiveEars {

  private static final System.Logger LOG = System.getLogger(LiveEars.class.getName());

  private final List<Ear> ears = new CopyOnWriteArrayList<>();

  private record Ear(String pattern, Consumer<Arrival> handler) {}

  Listening add(String what, String pattern, Consumer<Arrival> handler) {
    String problem = Topics.problemOfPattern(pattern);
    if (problem != null) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, what + ", " + problem);
    }
    Ear ear = new Ear(pattern, handler);
    ears.add(ear);
    return () -> ears.remove(ear);
  }

  /** Tells those whose pattern covers it; one that throws keeps nobody else from hearing. */
  void hear(Arrival arrival) {
    for (Ear ear : ears) {
      if (Topics.matches(ear.pattern(), arrival.emission().name())) {
        try {
          ear.handler().accept(arrival);
        } catch (RuntimeException e) {
          LOG.log(System.Logger.Level.WARNING, "a listener on the bus failed", e);
        }
      }
    }
  }
}
