package dev.agentruntime.config;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.policy.GovernanceConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process as declared: a manifest with every default filled in and every value checked.
 *
 * @param name unique in the cluster
 * @param model {@code provider:model}, {@code script:FILE} or {@code echo}
 * @param fallbacks models that are asked in order when the one before cannot be had
 * @param script the play of the {@code script:} model among them as JSON, null when there is none
 * @param instructions the system prompt, empty when there is none
 * @param triggers what wakes it
 * @param world the initial context
 * @param context how context and conversation are kept
 * @param level what the journal keeps
 * @param run how runs behave
 * @param delivery how events reach their runs
 * @param restarts when the process is started again by itself
 * @param tools what holds for single tools, by name
 * @param memory its long-term memory, null = none
 * @param outbound what it may reach by requests of its own
 * @param servers servers of tools, by name
 * @param governance what it may have and do
 */
public record ProcessConfig(
    ProcessName name,
    String model,
    List<String> fallbacks,
    @Nullable Json script,
    String instructions,
    List<TriggerConfig> triggers,
    Map<String, Json> world,
    Context context,
    Level level,
    Run run,
    Delivery delivery,
    Restarts restarts,
    Map<String, ToolRule> tools,
    @Nullable MemoryConfig memory,
    OutboundConfig outbound,
    Map<String, ServerConfig> servers,
    GovernanceConfig governance) {

  /** Keeps unmodifiable copies. */
  public ProcessConfig {
    fallbacks = List.copyOf(fallbacks);
    tools = Map.copyOf(tools);
    triggers = List.copyOf(triggers);
    world = Collections.unmodifiableMap(new LinkedHashMap<>(world));
    servers = Collections.unmodifiableMap(new LinkedHashMap<>(servers));
  }

  /** Without a long-term memory, requests of its own, servers of tools, and governance. */
  public ProcessConfig(
      ProcessName name,
      String model,
      @Nullable Json script,
      String instructions,
      List<TriggerConfig> triggers,
      Map<String, Json> world,
      Context context,
      Level level,
      Run run,
      Delivery delivery,
      Restarts restarts,
      Map<String, ToolRule> tools) {
    this(
        name,
        model,
        List.of(),
        script,
        instructions,
        triggers,
        world,
        context,
        level,
        run,
        delivery,
        restarts,
        tools,
        null,
        OutboundConfig.NONE,
        Map.of(),
        GovernanceConfig.OFF);
  }

  /** A configuration in code: no instructions, no triggers, all defaults. */
  public static ProcessConfig ofModel(String model) {
    return new ProcessConfig(
        new ProcessName("unnamed"),
        model,
        null,
        "",
        List.of(),
        Map.of(),
        Context.DEFAULT,
        Level.CHECKPOINT,
        Run.DEFAULT,
        Delivery.DEFAULT,
        Restarts.DEFAULT,
        Map.of());
  }

  /** Where everything is found that it uses as a secret, in the order of its sections. */
  public List<SecretRef> secretSources() {
    List<SecretRef> sources = new ArrayList<>();
    triggers.forEach(trigger -> {
      if (trigger instanceof TriggerConfig.Webhook webhook) {
        sources.addAll(webhook.secrets());
      }
    });
    servers.values().forEach(server -> server.secrets().forEach(sources::add));
    outbound.secrets().byName().values().forEach(secret -> sources.add(secret.source()));
    return List.copyOf(sources);
  }

  /** The same under another name. */
  public ProcessConfig named(ProcessName other) {
    return new ProcessConfig(
        other,
        model,
        fallbacks,
        script,
        instructions,
        triggers,
        world,
        context,
        level,
        run,
        delivery,
        restarts,
        tools,
        memory,
        outbound,
        servers,
        governance);
  }

  /** The same with one other model, which is no play. */
  public ProcessConfig withModel(String other) {
    return new ProcessConfig(
        name,
        other,
        List.of(),
        null,
        instructions,
        triggers,
        world,
        context,
        level,
        run,
        delivery,
        restarts,
        tools,
        memory,
        outbound,
        servers,
        governance);
  }

  /** The same with other instructions. */
  public ProcessConfig withInstructions(String other) {
    return new ProcessConfig(
        name,
        model,
        fallbacks,
        script,
        other,
        triggers,
        world,
        context,
        level,
        run,
        delivery,
        restarts,
        tools,
        memory,
        outbound,
        servers,
        governance);
  }

  /** The same with one more trigger. */
  public ProcessConfig withTrigger(TriggerConfig trigger) {
    List<TriggerConfig> all = new ArrayList<>(triggers);
    all.add(trigger);
    return new ProcessConfig(
        name,
        model,
        fallbacks,
        script,
        instructions,
        all,
        world,
        context,
        level,
        run,
        delivery,
        restarts,
        tools,
        memory,
        outbound,
        servers,
        governance);
  }

  /** The same with another long-term memory, or none. */
  public ProcessConfig withMemory(@Nullable MemoryConfig other) {
    return new ProcessConfig(
        name,
        model,
        fallbacks,
        script,
        instructions,
        triggers,
        world,
        context,
        level,
        run,
        delivery,
        restarts,
        tools,
        other,
        outbound,
        servers,
        governance);
  }

  /** The same under other governance. */
  public ProcessConfig withGovernance(GovernanceConfig other) {
    return new ProcessConfig(
        name,
        model,
        fallbacks,
        script,
        instructions,
        triggers,
        world,
        context,
        level,
        run,
        delivery,
        restarts,
        tools,
        memory,
        outbound,
        servers,
        other);
  }

  /** What the journal keeps of a process. */
  public enum Level {
    /** Journals in memory: nothing survives the JVM. */
    NONE,
    /** Everything is written; details of settled invocations may be dropped at compaction. */
    CHECKPOINT,
    /** Everything is kept until retention ends. */
    FULL
  }

  /**
   * How context and conversation are kept.
   *
   * @param writableKeys the keys an agent or the API may write, empty = all
   * @param stateMaxTokens what of the context a prompt shows, 0 = all; default 4,000
   * @param conversationHistory whether there is a conversation at all; default true
   * @param conversationMaxMessages oldest go first beyond it, 0 = unlimited; default 100
   * @param conversationMaxTokens oldest go first beyond it, 0 = unlimited; default 0
   * @param conversationSummary whether the oldest are summarised instead of dropped; default false
   * @param envPrefix variables that begin so are shown to the agent, empty = none; default
   *     {@code AGENT_}
   * @param fileMounts what an agent may read, by logical name; paths are relative to the directory
   *     of the manifests and stay inside it
   */
  public record Context(
      List<String> writableKeys,
      int stateMaxTokens,
      boolean conversationHistory,
      int conversationMaxMessages,
      int conversationMaxTokens,
      boolean conversationSummary,
      String envPrefix,
      Map<String, String> fileMounts) {

    /** As without a {@code context} section. */
    public static final Context DEFAULT = new Context(List.of(), 100, true);

    /** Keeps unmodifiable copies. */
    public Context {
      writableKeys = List.copyOf(writableKeys);
      fileMounts = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(fileMounts));
    }

    /** One with the usual rest. */
    public Context(
        List<String> writableKeys, int conversationMaxMessages, boolean conversationHistory) {
      this(
          writableKeys,
          4_000,
          conversationHistory,
          conversationMaxMessages,
          0,
          false,
          "AGENT_",
          Map.of());
    }
  }

  /**
   * How runs behave.
   *
   * @param concurrency runs at once, 1..100; default 1
   * @param idleTimeout suspends a process without work after so long, zero = never; default zero
   * @param maxInvocationTime ends a run after so long of running, zero = never; default zero
   * @param maxConsecutiveFailures fails the process after so many failed runs in a row, at least 1;
   *     default 3
   * @param maxTurns model calls in one run, 1..1,000; default 50
   * @param inboxMax accepted events waiting or running, 1..1,000,000; default 1,000
   * @param inboxBytesMax their bytes; default 64 MiB
   * @param drainTimeout how long a step in flight may go on at a stop; default 10 s
   * @param builtinTools whether the context tools are offered to the model; default true
   */
  public record Run(
      int concurrency,
      Duration idleTimeout,
      Duration maxInvocationTime,
      int maxConsecutiveFailures,
      int maxTurns,
      int inboxMax,
      long inboxBytesMax,
      Duration drainTimeout,
      boolean builtinTools) {

    /** As without a {@code config} section. */
    public static final Run DEFAULT = new Run(
        1, Duration.ZERO, Duration.ZERO, 3, 50, 1_000, 64L << 20, Duration.ofSeconds(10), true);
  }

  /**
   * How events reach their runs, and what becomes of those that fail.
   *
   * @param maxRetries further attempts of a failed run, 0..10; default 0
   * @param retryBackoff before the first of them, doubled for each; default 2 s
   * @param retryBackoffMax at most so long; default 60 s
   * @param deadLetterSize dead letters kept, the newest, 1..10,000; default 100
   * @param maxPayloadChars of a payload shown to the model, at least 200; default 20,000
   * @param maxCrashes how often in a row a run may be cut off by the end of its JVM without a step
   *     in between before it is a dead letter, 1..100; default 5
   * @param eventTtl how long an emission is owed to whoever does not take it; default 24 h
   * @param hopsMax emissions in a row after which a run may emit no more, 1..1,000; default 16
   */
  public record Delivery(
      int maxRetries,
      Duration retryBackoff,
      Duration retryBackoffMax,
      int deadLetterSize,
      int maxPayloadChars,
      int maxCrashes,
      Duration eventTtl,
      int hopsMax) {

    /** As without a {@code trigger_delivery} section. */
    public static final Delivery DEFAULT = new Delivery(
        0, Duration.ofSeconds(2), Duration.ofSeconds(60), 100, 20_000, 5, Duration.ofHours(24), 16);
  }

  /**
   * When a process is started again by itself.
   *
   * @param policy after which failures; default never
   * @param max restarts within the window after which it stays failed, 0..1,000; default 3
   * @param window default 1 h
   * @param backoff before the first, doubled for each within the window, at most 60 s; default 1 s
   * @param maxLifetime stopped, or with {@code ALWAYS} restarted, so long after its start; zero =
   *     never, which is the default
   */
  public record Restarts(
      Policy policy, int max, Duration window, Duration backoff, Duration maxLifetime) {

    /** As without any of its keys. */
    public static final Restarts DEFAULT =
        new Restarts(Policy.NEVER, 3, Duration.ofHours(1), Duration.ofSeconds(1), Duration.ZERO);

    /** After which failures. */
    public enum Policy {
      /** Whatever failed, a start included; and at the end of its lifetime. */
      ALWAYS,
      /** When its runs failed too often in a row, or such a restart failed. */
      ON_FAILURE,
      /** An operator starts it. */
      NEVER
    }
  }

  /**
   * What holds for one tool.
   *
   * @param policy what may be done with a call in doubt, null = what the tool says of itself
   * @param probe the read-only tool that tells what became of a call in doubt, null = an operator
   *     is asked
   */
  public record ToolRule(
      ToolDefinition.@Nullable Policy policy, @Nullable String probe) {}
}
