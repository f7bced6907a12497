package dev.agentruntime.config;

import dev.agentruntime.core.Json;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A trigger as its manifest declares it. */
public sealed interface TriggerConfig {

  /** Unique in the manifest: {@code id:}, else the type and a digest of its defining fields. */
  String id();

  /** {@code cron, webhook, file_watch, event, message}, or the name of a registered type. */
  String type();

  /** What holds for its events whatever their source. */
  Rules rules();

  /** Whether its source waits for an answer, and so is told when the process is down. */
  default boolean isAnswered() {
    return this instanceof Webhook;
  }

  /**
   * What becomes of a trigger's events before they run.
   *
   * @param filter an expression that must hold, else the event is counted and ignored; empty = none
   * @param onBusy what happens to an event while an earlier one of this trigger waits or runs
   * @param debounce only the newest event runs, once so long passed without another; zero = off
   * @param batch merges a burst into one run
   * @param trusted whether the operator vouches for the source, so that its events taint no run;
   *     default false
   */
  record Rules(String filter, OnBusy onBusy, Duration debounce, Batch batch, boolean trusted) {

    /** Of a source that nobody vouches for. */
    public Rules(String filter, OnBusy onBusy, Duration debounce, Batch batch) {
      this(filter, onBusy, debounce, batch, false);
    }

    /** As of a trigger that says nothing. */
    public static final Rules NONE = new Rules("", OnBusy.QUEUE, Duration.ZERO, Batch.NONE);
  }

  /** What happens to an event while an earlier one of its trigger waits or runs. */
  enum OnBusy {
    /** It waits its turn. */
    QUEUE,
    /** It is not accepted, and its source is told. */
    SKIP,
    /** The earlier ones are cancelled. */
    CANCEL_RUNNING
  }

  /**
   * How a burst is merged.
   *
   * @param max events in one run, 1 = off; at most 1,000
   * @param window how long the first event waits for others
   */
  record Batch(int max, Duration window) {
    /** Every event has its own run. */
    public static final Batch NONE = new Batch(1, Duration.ZERO);

    /** Whether anything is merged. */
    public boolean isOn() {
      return max > 1;
    }
  }

  /**
   * Fires at wall-clock times.
   *
   * @param expression 5 fields, 6 with seconds last, or a macro
   * @param zone IANA name, {@code UTC} when the manifest names none
   */
  record Cron(String id, String expression, String zone, CronPolicy policy, Rules rules)
      implements TriggerConfig {
    /** A schedule kept the usual way. */
    public Cron(String id, String expression, String zone) {
      this(id, expression, zone, CronPolicy.DEFAULT, Rules.NONE);
    }

    @Override
    public String type() {
      return "cron";
    }
  }

  /**
   * How a schedule is kept.
   *
   * @param misfire what happens to instants that were missed
   * @param window how far back missed instants are made up for; older ones are counted only
   * @param max how many at most, the newest; the others are counted
   * @param jitter each fire is later by a part of this that depends on the trigger and the instant
   * @param bootDelay nothing fires for so long after the trigger began to listen
   * @param minInterval a schedule whose fires can come closer is refused
   */
  record CronPolicy(
      Misfire misfire,
      Duration window,
      int max,
      Duration jitter,
      Duration bootDelay,
      Duration minInterval) {

    /** As of a schedule that says nothing. */
    public static final CronPolicy DEFAULT = new CronPolicy(
        Misfire.SKIP,
        Duration.ofHours(24),
        100,
        Duration.ZERO,
        Duration.ZERO,
        Duration.ofSeconds(10));
  }

  /** What happens to instants that were missed; all are counted. */
  enum Misfire {
    /** Nothing. */
    SKIP,
    /** The newest one fires, and says how many were missed. */
    ONCE,
    /** Each fires, oldest first. */
    ALL
  }

  /**
   * Fires for each POST.
   *
   * @param path begins with {@code /}
   * @param host null together with {@code port} 0: the node's ingress
   * @param secrets any of them may sign; empty only when the manifest says {@code auth: none} or
   *     nothing at all
   * @param scheme {@code generic, github, stripe, slack, standard}
   * @param signatureHeader lower case, null = the scheme's own
   * @param authNone whether the manifest says that no signature is wanted
   * @param allowedSources addresses or CIDR blocks, empty = any
   */
  record Webhook(
      String id,
      String path,
      @Nullable String host,
      int port,
      List<SecretRef> secrets,
      String scheme,
      @Nullable String signatureHeader,
      boolean authNone,
      List<String> allowedSources,
      WebhookPolicy policy,
      Rules rules)
      implements TriggerConfig {
    /** Keeps unmodifiable copies. */
    public Webhook {
      secrets = List.copyOf(secrets);
      allowedSources = List.copyOf(allowedSources);
    }

    /** A webhook whose requests are taken the usual way. */
    public Webhook(
        String id,
        String path,
        @Nullable String host,
        int port,
        List<SecretRef> secrets,
        String scheme,
        @Nullable String signatureHeader,
        boolean authNone,
        List<String> allowedSources) {
      this(
          id,
          path,
          host,
          port,
          secrets,
          scheme,
          signatureHeader,
          authNone,
          allowedSources,
          WebhookPolicy.DEFAULT,
          Rules.NONE);
    }

    @Override
    public String type() {
      return "webhook";
    }
  }

  /**
   * How requests are taken.
   *
   * @param tolerance how far the time in a signature may be from now
   * @param sync how long a request waits for the run's result, zero = it is answered at acceptance
   * @param ratePerMinute requests a minute, beyond which they are refused with 429; 0 = any
   */
  record WebhookPolicy(Duration tolerance, Duration sync, int ratePerMinute) {

    /** As of a webhook that says nothing. */
    public static final WebhookPolicy DEFAULT =
        new WebhookPolicy(Duration.ofMinutes(5), Duration.ZERO, 0);
  }

  /**
   * Fires for changes of files.
   *
   * @param path a directory; relative to the agents directory
   * @param patterns globs; one without a slash is matched against the file's name, one with slashes
   *     against the path below the directory
   * @param events which of {@code created, modified, deleted, moved} fire
   */
  record FileWatch(
      String id,
      String path,
      List<String> patterns,
      List<String> events,
      WatchPolicy policy,
      Rules rules)
      implements TriggerConfig {
    /** Keeps unmodifiable copies. */
    public FileWatch {
      patterns = List.copyOf(patterns);
      events = List.copyOf(events);
    }

    @Override
    public String type() {
      return "file_watch";
    }
  }

  /**
   * How a directory is watched.
   *
   * @param recursive whether directories below are watched too
   * @param debounce changes of one path within it are one
   * @param settle a file must keep its size and time for so long before it fires
   * @param fireInitial whether files that are there at the very first start fire
   * @param rescan how often the directory is read as a whole, which is the truth
   * @param polling whether rescans are all there is, for file systems that report no changes
   */
  record WatchPolicy(
      boolean recursive,
      Duration debounce,
      Duration settle,
      boolean fireInitial,
      Duration rescan,
      boolean polling) {

    /** As of a watch that says nothing. */
    public static final WatchPolicy DEFAULT = new WatchPolicy(
        true, Duration.ofMillis(500), Duration.ofSeconds(1), false, Duration.ofMinutes(1), false);
  }

  /**
   * Fires for events on the bus.
   *
   * @param eventType a pattern: {@code *} stands for one segment, {@code **} for the rest
   * @param source only events of this sender, null = any
   */
  record Event(String id, String eventType, @Nullable String source, Rules rules)
      implements TriggerConfig {
    @Override
    public String type() {
      return "event";
    }
  }

  /**
   * Fires for messages on a topic.
   *
   * @param topic a pattern, as for events
   * @param group only one member of a group gets each message; null = it gets all
   */
  record Message(String id, String topic, @Nullable String group, Rules rules)
      implements TriggerConfig {
    @Override
    public String type() {
      return "message";
    }
  }

  /**
   * A registered type.
   *
   * @param config what its factory is given, a JSON object
   */
  record Custom(String id, String type, Json config, Rules rules) implements TriggerConfig {}
}
