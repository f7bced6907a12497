package dev.agentruntime.settings;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.ClusterConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.config.RuntimeConfig.JournalConfig;
import dev.agentruntime.config.RuntimeConfig.Safeguards;
import dev.agentruntime.config.RuntimeConfig.Tls;
import dev.agentruntime.config.RuntimeConfig.Upkeep;
import dev.agentruntime.config.RuntimeConfig.VerticleSettings;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.UrlGuard;
import dev.agentruntime.manifest.MemoryReader;
import dev.agentruntime.manifest.ModelSettings;
import dev.agentruntime.manifest.Unavailable;
import dev.agentruntime.yaml.AddressSyntax;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Section;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The keys of a node's settings, and how one layer of them (file, environment, flags) is read. */
public final class RuntimeSettings {

  /** Every key, dotted, in the order of {@code conf/runtime.yaml}. */
  static final List<String> KEYS = Stream.of(
          Stream.of(
              "node",
              "data_dir",
              "agents_dir",
              "drain_timeout",
              "control.host",
              "control.port",
              "ingress.host",
              "ingress.port",
              "journal.backend",
              "journal.path",
              "journal.segment_size",
              "journal.queue_max",
              "journal.reopen_interval",
              "journal.reserve",
              "journal.anchor_interval",
              "journal.anchor_dir",
              "journal.checkpoint_interval",
              "journal.checkpoint_entries",
              "journal.retention_age",
              "journal.retention_size",
              "journal.archive_dir",
              "http.body_max",
              "http.header_max",
              "http.idle_timeout",
              "http.body_timeout",
              "http.connections_max",
              "http.connections_per_address",
              "http.caller_rate",
              "http.require_token",
              "tls.cert",
              "tls.key",
              "cluster.enabled",
              "cluster.name",
              "cluster.host",
              "cluster.port",
              "cluster.members",
              "outbound.allow",
              "verticles.allow",
              "verticles.allow_file"),
          ModelSettings.keys().stream(),
          Stream.of(
              "memory.embedding",
              "memory.chroma.url",
              "memory.chroma.tenant",
              "memory.chroma.database",
              "memory.chroma.token",
              "memory.mem0.url",
              "memory.mem0.api_key",
              "observe.max_queue_size",
              "observe.shutdown_timeout",
              "observe.slow_tool_threshold",
              "observe.sinks",
              "hooks"))
      .flatMap(keys -> keys)
      .toList();

  private static final String DIGEST = "[0-9a-f]{64}";
  private static final String CLASS = "[A-Za-z_$][\\w$]*(\\.[A-Za-z_$][\\w$]*)+";
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration DECADE = Duration.ofDays(3_650);
  private static final Duration TENTH = Duration.ofMillis(100);

  private final Reading reading;
  private final Section root;

  /** One layer, or all of them merged. */
  RuntimeSettings(Reading reading, Node root) {
    this.reading = reading;
    this.root = Section.of(reading, "settings", root);
  }

  Reading reading() {
    return reading;
  }

  boolean isEmpty() {
    return root.members().isEmpty();
  }

  /** As plain Java values. */
  Map<String, @Nullable Object> plain() {
    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
    root.members().forEach((key, member) -> plain.put(key, member.value().plain()));
    return plain;
  }

  /** Where a dotted key has its value in this layer, null when it has none. */
  Node.@Nullable Mark place(String key) {
    Map<String, Node.Member> members = root.members();
    String[] steps = key.split("\\.", -1);
    for (int i = 0; i < steps.length; i++) {
      Node.Member member = members.get(steps[i]);
      if (member == null) {
        return null;
      }
      if (i == steps.length - 1) {
        return member.value().mark();
      }
      members = member.value() instanceof Node.Mapping mapping ? mapping.members() : Map.of();
    }
    return null;
  }

  /** Refuses unknown keys, at every level. */
  void checkKeys() {
    checkKeys(root, "");
  }

  private void checkKeys(Section section, String prefix) {
    Map<String, Boolean> known = new LinkedHashMap<>();
    for (String key : KEYS) {
      if (key.startsWith(prefix)) {
        String rest = key.substring(prefix.length());
        int dot = rest.indexOf('.');
        known.put(dot < 0 ? rest : rest.substring(0, dot), dot >= 0);
      }
    }
    Set<String> later = prefix.isEmpty()
        ? Unavailable.RUNTIME
        : Set.copyOf(Unavailable.VALUES.getOrDefault(prefix.replace(".", ""), List.of()));
    section.only(known.keySet(), later);
    known.forEach((key, isSection) -> {
      if (isSection && section.has(key)) {
        checkKeys(section.section(key), prefix + key + ".");
      }
    });
  }

  /** The settings, what is absent as by default. */
  RuntimeConfig read() {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    return new RuntimeConfig(
        node(),
        path(root, "data_dir", usual.dataDir()),
        path(root, "agents_dir", usual.agentsDir()),
        address("control", usual.control()),
        address("ingress", usual.ingress()),
        root.duration("drain_timeout", Duration.ZERO, HOUR, usual.drainTimeout()),
        journal(root.section("journal")),
        http(root.section("http"), tls(root.section("tls"))),
        cluster(root.section("cluster")),
        new ModelSettings(reading).read(root.section("models")),
        MemoryReader.settings(root.section("memory")),
        allow(root.section("outbound")),
        verticles(root.section("verticles")),
        ObserveSettings.read(root.section("observe")),
        HookSettings.read(root));
  }

  private VerticleSettings verticles(Section section) {
    List<String> allow = section.texts("allow");
    for (String entry : allow) {
      if (!entry.matches(DIGEST) && !entry.matches(CLASS)) {
        reading.error(
            section.markOfValue("allow"),
            "allow: expected the SHA-256 of a jar, 64 hex digits in lower case, or the full name of"
                + " a class, actual " + Json.quote(entry));
      }
    }
    return new VerticleSettings(allow, path(section, "allow_file"));
  }

  /** What agents may reach beside public addresses. */
  private List<String> allow(Section section) {
    List<String> allow = section.texts("allow");
    for (String entry : allow) {
      try {
        UrlGuard unused = UrlGuard.of(List.of(entry));
      } catch (RuntimeFault e) {
        reading.error(section.markOfValue("allow"), "allow: " + e.failure().message());
      }
    }
    return allow;
  }

  private @Nullable String node() {
    String id = root.text("node");
    try {
      return id == null ? null : new NodeId(id).value();
    } catch (RuntimeFault e) {
      reading.error(root.markOfValue("node"), e.failure().message());
      return null;
    }
  }

  private @Nullable Path path(Section section, String key) {
    String text = section.text(key);
    if (text == null) {
      return null;
    }
    try {
      if (!text.isBlank()) {
        return Path.of(text);
      }
    } catch (InvalidPathException e) {
      // Said below.
    }
    reading.error(section.markOfValue(key), key + ": expected a path, actual " + Json.quote(text));
    return null;
  }

  private Path path(Section section, String key, Path usual) {
    Path path = path(section, key);
    return path == null ? usual : path;
  }

  private HostPort address(String key, HostPort usual) {
    Section section = root.section(key);
    return new HostPort(
        host(section, usual.host()), section.whole("port", 0, 65_535, usual.port()));
  }

  private String host(Section section, String usual) {
    String host = section.text("host", usual);
    if (!AddressSyntax.isHost(host)) {
      reading.error(
          section.markOfValue("host"),
          "host: expected a host name or an IP address, actual " + Json.quote(host));
    }
    return host;
  }

  private JournalConfig journal(Section section) {
    JournalConfig usual = JournalConfig.DEFAULT;
    return new JournalConfig(
        section.choice("backend", List.of("file", "memory"), usual.backend()),
        path(section, "path"),
        (int) section.bytes("segment_size", 1 << 20, 1 << 30, usual.segmentBytes()),
        section.whole("queue_max", 64, 1_000_000, usual.queueMax()),
        section.duration("reopen_interval", TENTH, HOUR, usual.reopenInterval()),
        safeguards(section),
        upkeep(section));
  }

  private Upkeep upkeep(Section section) {
    Upkeep usual = Upkeep.DEFAULT;
    return new Upkeep(
        section.duration("checkpoint_interval", Duration.ZERO, DAY, usual.checkpointInterval()),
        section.whole("checkpoint_entries", 1_000, 100_000_000, usual.checkpointEntries()),
        section.duration("retention_age", Duration.ZERO, DECADE, usual.retentionAge()),
        section.bytes("retention_size", 0, 16L << 40, usual.retentionBytes()),
        path(section, "archive_dir"));
  }

  private Safeguards safeguards(Section section) {
    Safeguards usual = Safeguards.DEFAULT;
    return new Safeguards(
        (int) section.bytes("reserve", 1 << 20, 1 << 30, usual.reserveBytes()),
        section.duration("anchor_interval", Duration.ZERO, HOUR, usual.anchorInterval()),
        path(section, "anchor_dir"));
  }

  private @Nullable Tls tls(Section section) {
    Path cert = path(section, "cert");
    Path key = path(section, "key");
    if (cert != null && key != null) {
      return new Tls(cert, key);
    }
    return null;
  }

  private static HttpLimits http(Section section, @Nullable Tls tls) {
    HttpLimits usual = HttpLimits.DEFAULT;
    return new HttpLimits(
        (int) section.bytes("body_max", 1 << 10, 64 << 20, usual.bodyBytesMax()),
        (int) section.bytes("header_max", 1 << 10, 1 << 20, usual.headerBytesMax()),
        section.duration("idle_timeout", Duration.ofSeconds(1), HOUR, usual.idleTimeout()),
        section.duration("body_timeout", TENTH, Duration.ofMinutes(10), usual.bodyTimeout()),
        section.whole("connections_max", 1, 1_000_000, usual.connectionsMax()),
        section.whole("connections_per_address", 0, 1_000_000, usual.connectionsPerAddress()),
        section.whole("caller_rate", 0, 1_000_000, usual.callerRate()),
        section.flag("require_token", usual.requireToken()),
        tls);
  }

  private ClusterConfig cluster(Section section) {
    ClusterConfig usual = ClusterConfig.OFF;
    String name = section.text("name", usual.name());
    if (name.isBlank()) {
      reading.error(section.markOfValue("name"), "name: empty, expected the cluster's name");
    }
    List<String> members = section.texts("members");
    for (String member : members) {
      try {
        HostPort unused = HostPort.parse(member);
      } catch (RuntimeFault e) {
        reading.error(
            section.markOfValue("members"),
            "members: expected HOST:PORT each, actual " + Json.quote(member));
      }
    }
    return new ClusterConfig(
        section.flag("enabled", usual.enabled()),
        name,
        host(section, usual.host()),
        section.whole("port", 1, 65_533, usual.port()),
        members);
  }
}
