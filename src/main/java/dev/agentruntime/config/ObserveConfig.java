package dev.agentruntime.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What people who run a node are told, and where.
 *
 * @param maxQueueSize events that wait for one sink, 1..1,000,000; default 1,000
 * @param shutdownTimeout how long a shutdown waits for sinks, 0..1 h; default 10 s
 * @param slowTool from when on a tool call is slow, 1 ms..1 day; default 5 s
 * @param sinks where events go; default nowhere
 */
public record ObserveConfig(
    int maxQueueSize, Duration shutdownTimeout, Duration slowTool, List<Sink> sinks) {

  /** Nobody is told anything. */
  public static final ObserveConfig DEFAULT =
      new ObserveConfig(1_000, Duration.ofSeconds(10), Duration.ofSeconds(5), List.of());

  /** Keeps an unmodifiable copy. */
  public ObserveConfig {
    sinks = List.copyOf(sinks);
  }

  /**
   * Where events go.
   *
   * @param name its own, for the status of the node
   * @param events globs of event types; empty = all
   * @param severity the least that is told
   * @param url of a webhook, null for others
   * @param secret under which a webhook is signed, null = it is not
   * @param topic of the bus, null for others
   */
  public record Sink(
      String name,
      Kind kind,
      List<String> events,
      Severity severity,
      @Nullable String url,
      @Nullable SecretRef secret,
      @Nullable String topic) {
    /** Keeps an unmodifiable copy. */
    public Sink {
      events = List.copyOf(events);
    }
  }

  /** What takes events. */
  public enum Kind {
    WEBHOOK,
    LOG,
    BUS;

    /** As it is written. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
