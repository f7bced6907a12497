package dev.agentruntime.config;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.yaml.AddressSyntax;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a node: {@code conf/runtime.yaml}, then the environment, then flags.
 *
 * @param node its id; null = {@code node-1}, or the first free one in a cluster
 * @param dataDir where node directories live; default {@code data}
 * @param agentsDir where manifests live; default {@code agents}
 * @param control where the control API listens; default 127.0.0.1:9100
 * @param ingress where webhooks arrive; default 127.0.0.1:9090
 * @param drainTimeout how long steps in flight may go on at a shutdown; default 10 s
 * @param journal how the journal is kept
 * @param http limits of both listeners
 * @param cluster how nodes find each other
 * @param models provider name to where it is reached
 * @param memory what long-term memories need beside the disk
 * @param outboundAllow what requests of agents may reach beside public addresses, as {@code
 *     guard.UrlGuard} reads it; default none
 * @param verticles what may be deployed beside agents; default nothing
 * @param observe what people who run it are told, and where; default nothing
 * @param hooks programs that are asked or told at points in the life of a process; default none
 */
public record RuntimeConfig(
    @Nullable String node,
    Path dataDir,
    Path agentsDir,
    HostPort control,
    HostPort ingress,
    Duration drainTimeout,
    JournalConfig journal,
    HttpLimits http,
    ClusterConfig cluster,
    Map<String, ModelEndpoint> models,
    MemorySettings memory,
    List<String> outboundAllow,
    VerticleSettings verticles,
    ObserveConfig observe,
    List<HookConfig> hooks) {

  /** Keeps unmodifiable copies. */
  public RuntimeConfig {
    models = Map.copyOf(models);
    outboundAllow = List.copyOf(outboundAllow);
    hooks = List.copyOf(hooks);
  }

  /** Where nobody is told what happens. */
  public RuntimeConfig(
      @Nullable String node,
      Path dataDir,
      Path agentsDir,
      HostPort control,
      HostPort ingress,
      Duration drainTimeout,
      JournalConfig journal,
      HttpLimits http,
      ClusterConfig cluster,
      Map<String, ModelEndpoint> models,
      MemorySettings memory,
      List<String> outboundAllow,
      VerticleSettings verticles) {
    this(
        node,
        dataDir,
        agentsDir,
        control,
        ingress,
        drainTimeout,
        journal,
        http,
        cluster,
        models,
        memory,
        outboundAllow,
        verticles,
        ObserveConfig.DEFAULT,
        List.of());
  }

  /** The same, with people told what happens, and programs asked. */
  public RuntimeConfig observing(ObserveConfig told, List<HookConfig> asked) {
    return new RuntimeConfig(
        node,
        dataDir,
        agentsDir,
        control,
        ingress,
        drainTimeout,
        journal,
        http,
        cluster,
        models,
        memory,
        outboundAllow,
        verticles,
        told,
        asked);
  }

  /** Where nothing may be deployed beside agents. */
  public RuntimeConfig(
      @Nullable String node,
      Path dataDir,
      Path agentsDir,
      HostPort control,
      HostPort ingress,
      Duration drainTimeout,
      JournalConfig journal,
      HttpLimits http,
      ClusterConfig cluster,
      Map<String, ModelEndpoint> models,
      MemorySettings memory,
      List<String> outboundAllow) {
    this(
        node,
        dataDir,
        agentsDir,
        control,
        ingress,
        drainTimeout,
        journal,
        http,
        cluster,
        models,
        memory,
        outboundAllow,
        VerticleSettings.NONE);
  }

  /** With the usual settings of memories, and agents that reach public addresses only. */
  public RuntimeConfig(
      @Nullable String node,
      Path dataDir,
      Path agentsDir,
      HostPort control,
      HostPort ingress,
      Duration drainTimeout,
      JournalConfig journal,
      HttpLimits http,
      ClusterConfig cluster,
      Map<String, ModelEndpoint> models) {
    this(
        node,
        dataDir,
        agentsDir,
        control,
        ingress,
        drainTimeout,
        journal,
        http,
        cluster,
        models,
        MemorySettings.DEFAULT,
        List.of());
  }

  /** As without a file, environment or flags. */
  public static final RuntimeConfig DEFAULT = new RuntimeConfig(
      null,
      Path.of("data"),
      Path.of("agents"),
      new HostPort("127.0.0.1", 9100),
      new HostPort("127.0.0.1", 9090),
      Duration.ofSeconds(10),
      JournalConfig.DEFAULT,
      HttpLimits.DEFAULT,
      ClusterConfig.OFF,
      Map.of());

  /**
   * Which code may be deployed beside agents.
   *
   * @param allow SHA-256 of jars, 64 hex digits in lower case, and names of classes on the class
   *     path of the runtime
   * @param allowFile a file of such digests, one at the beginning of each line; read at each
   *     deployment, null = none
   */
  public record VerticleSettings(
      List<String> allow, @Nullable Path allowFile) {
    /** Nothing may be deployed. */
    public static final VerticleSettings NONE = new VerticleSettings(List.of(), null);

    /** Keeps an unmodifiable copy. */
    public VerticleSettings {
      allow = List.copyOf(allow);
    }
  }

  /**
   * An address to listen on.
   *
   * @param host name or IP address
   * @param port 0..65535, 0 = any free one
   */
  public record HostPort(String host, int port) {

    /**
     * Reads {@code host:port}; an IPv6 address stands in brackets.
     *
     * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it has another form
     */
    public static HostPort parse(String text) {
      int colon = text.lastIndexOf(':');
      String host = colon < 0 ? "" : text.substring(0, colon);
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      if (bracketed) {
        host = host.substring(1, host.length() - 1);
      }
      String port = text.substring(colon + 1);
      if (bracketed != host.contains(":")
          || !AddressSyntax.isHost(host)
          || !port.matches("[0-9]{1,5}")
          || Integer.parseInt(port) > 65_535) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "address: expected HOST:PORT, as in 127.0.0.1:9100 or [::1]:9100, actual "
                + Json.quote(text));
      }
      return new HostPort(host, Integer.parseInt(port));
    }

    /** Whether nobody on another machine reaches it: 127.0.0.0/8, ::1 or localhost. */
    public boolean isLoopback() {
      return AddressSyntax.isLoopback(host);
    }

    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * How the journal is kept.
   *
   * @param backend {@code file} or {@code memory}; default file
   * @param path the journal's directory, null = {@code <data>/<node>/journal}
   * @param segmentBytes size of a segment, 1 MiB..1 GiB; default 64 MiB
   * @param queueMax entries waiting to be written, 64..1,000,000; default 65,536
   * @param reopenInterval how long after a failed write, or a full disk, the node tries again;
   *     default 5 s
   * @param safeguards what it is protected by
   * @param upkeep what keeps it short
   */
  public record JournalConfig(
      String backend,
      @Nullable Path path,
      int segmentBytes,
      int queueMax,
      Duration reopenInterval,
      Safeguards safeguards,
      Upkeep upkeep) {
    /** As without a {@code journal} section. */
    public static final JournalConfig DEFAULT = new JournalConfig(
        "file", null, 64 << 20, 65_536, Duration.ofSeconds(5), Safeguards.DEFAULT);

    /** With the usual upkeep. */
    public JournalConfig(
        String backend,
        @Nullable Path path,
        int segmentBytes,
        int queueMax,
        Duration reopenInterval,
        Safeguards safeguards) {
      this(backend, path, segmentBytes, queueMax, reopenInterval, safeguards, Upkeep.DEFAULT);
    }
  }

  /**
   * What protects a journal against a full disk and against tampering.
   *
   * @param reserveBytes room kept for stops and results on a full disk, 1 MiB..1 GiB, 0 = none;
   *     default 16 MiB
   * @param anchorInterval from one anchor to the next, zero = no anchors; default 1 minute
   * @param anchorDir anchors are in {@code <anchorDir>/<node>/anchors.jsonl}; null = the data
   *     directory
   */
  public record Safeguards(
      int reserveBytes, Duration anchorInterval, @Nullable Path anchorDir) {
    /** As without settings. */
    public static final Safeguards DEFAULT = new Safeguards(16 << 20, Duration.ofMinutes(1), null);
  }

  /**
   * What keeps a journal short.
   *
   * @param checkpointInterval from one checkpoint to the next, if there is anything new, up to 1
   *     day; zero = no checkpoints, and so no compaction and no retention; default 5 minutes
   * @param checkpointEntries so many new entries make one earlier, 1,000..100,000,000; default
   *     100,000
   * @param retentionAge segments whose entries are all older may go, up to 3,650 days, zero =
   *     never; default 90 days
   * @param retentionBytes beyond this size of all segments the oldest go, up to 16 TiB, 0 = never;
   *     default 16 GiB
   * @param archiveDir where a segment is copied before it goes, null = nowhere
   */
  public record Upkeep(
      Duration checkpointInterval,
      int checkpointEntries,
      Duration retentionAge,
      long retentionBytes,
      @Nullable Path archiveDir) {
    /** As without settings. */
    public static final Upkeep DEFAULT =
        new Upkeep(Duration.ofMinutes(5), 100_000, Duration.ofDays(90), 16L << 30, null);

    /** Whether the journal is left to grow. */
    public boolean isOff() {
      return checkpointInterval.isZero();
    }
  }

  /**
   * What both listeners do encrypted; the files are read when a listener is bound.
   *
   * @param cert a PEM file, the node's certificate first, then those that vouch for it
   * @param key a PEM file, its private key (PKCS #8), not encrypted
   */
  public record Tls(Path cert, Path key) {}

  /**
   * How both listeners take requests.
   *
   * @param bodyBytesMax longest body; default 1 MiB
   * @param headerBytesMax all header lines together; default 16 KiB
   * @param idleTimeout closes a silent connection; default 60 s
   * @param bodyTimeout for a body to arrive whole; default 10 s
   * @param connectionsMax open connections per listener; default 10,000
   * @param connectionsPerAddress those of them from one address; default 1,000, 0 = no fewer
   * @param callerRate requests a minute to the control API from one token, or from one address
   *     without; 0 = as many as it likes, the default
   * @param requireToken whether the control API asks for a token on loopback too; default false
   * @param tls null = not encrypted, the default
   */
  public record HttpLimits(
      int bodyBytesMax,
      int headerBytesMax,
      Duration idleTimeout,
      Duration bodyTimeout,
      int connectionsMax,
      int connectionsPerAddress,
      int callerRate,
      boolean requireToken,
      @Nullable Tls tls) {

    /** Not encrypted, and without a limit for single callers. */
    public HttpLimits(
        int bodyBytesMax,
        int headerBytesMax,
        Duration idleTimeout,
        Duration bodyTimeout,
        int connectionsMax) {
      this(
          bodyBytesMax,
          headerBytesMax,
          idleTimeout,
          bodyTimeout,
          connectionsMax,
          1_000,
          0,
          false,
          null);
    }

    /** {@code http}, or {@code https} with TLS. */
    public String scheme() {
      return tls == null ? "http" : "https";
    }

    /** As without an {@code http} section. */
    public static final HttpLimits DEFAULT =
        new HttpLimits(1 << 20, 16 << 10, Duration.ofMinutes(1), Duration.ofSeconds(10), 10_000);
  }

  /**
   * How nodes find each other.
   *
   * @param enabled whether there is a cluster; default false
   * @param name only nodes of one name join; default {@code agent-runtime}
   * @param host the interface Hazelcast binds; default 127.0.0.1
   * @param port its first port; default 25701
   * @param members {@code host:port} each, empty = three ports from {@code port} on {@code host}
   */
  public record ClusterConfig(
      boolean enabled, String name, String host, int port, List<String> members) {
    /** One node. */
    public static final ClusterConfig OFF =
        new ClusterConfig(false, "agent-runtime", "127.0.0.1", 25701, List.of());

    /** Keeps an unmodifiable copy. */
    public ClusterConfig {
      members = List.copyOf(members);
    }
  }

  /**
   * Where a model provider is reached, and on which terms.
   *
   * @param baseUrl null = the provider's own
   * @param apiKey null = none, for local servers
   * @param timeout for a whole answer; default 120 s
   * @param attemptsMax requests for one turn, with back-off between them, 1..10; default 4
   * @param outputMax longest reply in tokens, 0..1,000,000, 0 = as the provider has it; default 0
   * @param quota what may be asked of it
   * @param prices what its models cost, by the provider's name for them
   */
  public record ModelEndpoint(
      @Nullable String baseUrl,
      @Nullable SecretRef apiKey,
      Duration timeout,
      int attemptsMax,
      int outputMax,
      Quota quota,
      Map<String, Price> prices) {
    /** As without an entry under {@code models}. */
    public static final ModelEndpoint DEFAULT =
        new ModelEndpoint(null, null, Duration.ofMinutes(2), 4);

    /** Keeps an unmodifiable copy. */
    public ModelEndpoint {
      prices = Map.copyOf(prices);
    }

    /** On the usual terms. */
    public ModelEndpoint(
        @Nullable String baseUrl, @Nullable SecretRef apiKey, Duration timeout, int attemptsMax) {
      this(baseUrl, apiKey, timeout, attemptsMax, 0, Quota.DEFAULT, Map.of());
    }
  }

  /**
   * What all processes of a node together may ask of one model.
   *
   * @param concurrency requests at once, 1..4,096; default 4,096
   * @param tokensPerMinute read and written, 0..2,000,000,000, 0 = no limit but the provider's own;
   *     default 0
   * @param queueTimeout how long a question waits for its turn, 0..24 h; default 10 min
   */
  public record Quota(int concurrency, long tokensPerMinute, Duration queueTimeout) {
    /** As without settings. */
    public static final Quota DEFAULT = new Quota(4_096, 0, Duration.ofMinutes(10));
  }

  /**
   * What a model costs, in US dollars for a million tokens.
   *
   * @param input tokens read
   * @param output tokens written
   * @param cached tokens read from the provider's cache
   */
  public record Price(BigDecimal input, BigDecimal output, BigDecimal cached) {}
}
