package dev.agentruntime.manifest;

import dev.agentruntime.config.OutboundConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.policy.GovernanceReader;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Member;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the map at the top of a manifest, or the JSON of the API, as a process. */
final class ProcessReader {

  private static final List<String> SHARED = with(
      GovernanceReader.KEYS,
      "model",
      "instructions",
      "execution_mode",
      "triggers",
      "world",
      "context",
      "journal",
      "trigger_delivery",
      "tools",
      "servers",
      "memory",
      "http_tools",
      "secrets");
  private static final List<String> RUN = List.of(
      "concurrency",
      "idle_timeout",
      "max_invocation_time",
      "max_consecutive_failures",
      "max_turns",
      "trigger_inbox_max",
      "trigger_inbox_bytes",
      "drain_timeout",
      "builtin_tools",
      "restart_policy",
      "restart_on_failure",
      "max_restarts",
      "restart_window",
      "restart_backoff",
      "max_lifetime",
      "conversation_history",
      "journal_level");
  private static final List<String> JOURNAL = List.of("level", "backend", "path");
  private static final List<String> DELIVERY = List.of(
      "max_retries",
      "retry_backoff",
      "retry_backoff_max",
      "dead_letter_size",
      "scan_payloads",
      "max_payload_chars",
      "max_crashes",
      "event_ttl",
      "max_hops");
  private static final String MODEL_DEFAULT = "openai:gpt-5-mini";
  private static final Duration YEAR = Duration.ofDays(365);
  private static final Duration TTL_MAX = Duration.ofDays(7);

  private final Reading reading;
  private final Set<String> customTypes;

  /**
   * A reader of one process.
   *
   * @param customTypes the registered types of triggers
   */
  ProcessReader(Reading reading, Set<String> customTypes) {
    this.reading = reading;
    this.customTypes = Set.copyOf(customTypes);
  }

  /** The name a manifest gives, null after an error. */
  @Nullable
  ProcessName name(Section manifest) {
    keepSecrets(manifest);
    if (manifest.node("config") instanceof Node.Mapping config) {
      keepSecrets(new Section(reading, config.mark(), config.members()));
    }
    if (!manifest.has("name")) {
      reading.error(manifest.mark(), "no 'name', expected one, as in name: my-agent");
      return null;
    }
    String name = manifest.text("name");
    if (name == null) {
      return null;
    }
    if (!ProcessName.isValid(name)) {
      reading.error(
          manifest.markOfValue("name"),
          "name: expected a letter, then letters, digits, '_' or '-', at most "
              + ProcessName.LENGTH_MAX + ", actual "
              + new Node.Scalar(Mark.at(""), name, name).kind());
      return null;
    }
    return new ProcessName(name);
  }

  /** Reads a manifest whose name is known; after an error what it answers is of no use. */
  ProcessConfig manifest(Section manifest, ProcessName name) {
    version(manifest);
    List<String> known = new ArrayList<>(List.of("version", "name", "config"));
    known.addAll(SHARED);
    if (reading.origin() == Origin.JOURNAL) {
      known.add("script");
    }
    Set<String> unavailable = new LinkedHashSet<>(Unavailable.PROCESS);
    unavailable.addAll(Unavailable.MANIFEST);
    Map<String, Member> own = new LinkedHashMap<>(manifest.members());
    for (String key : RUN) {
      if (own.remove(key) != null) {
        reading.error(manifest.markOf(key), "'" + key + "' belongs under 'config'");
      }
    }
    new Section(reading, manifest.mark(), own).only(known, unavailable);
    Section config = manifest.section("config");
    checkKeys(config);
    Map<String, Member> merged = new LinkedHashMap<>(manifest.members());
    RUN.forEach(merged::remove);
    config.members().forEach((key, member) -> {
      Member before = merged.putIfAbsent(key, member);
      if (before != null && SHARED.contains(key)) {
        twice(member.mark(), key, before.mark());
      }
    });
    return process(new Section(reading, manifest.mark(), merged), name);
  }

  /** Reads the flat form of the API. */
  ProcessConfig flat(Section config, ProcessName name) {
    keepSecrets(config);
    checkKeys(config);
    return process(config, name);
  }

  private static List<String> with(List<String> more, String... keys) {
    List<String> all = new ArrayList<>(List.of(keys));
    all.addAll(more);
    return List.copyOf(all);
  }

  private void checkKeys(Section config) {
    List<String> known = new ArrayList<>(SHARED);
    known.addAll(RUN);
    config.only(known, Unavailable.PROCESS);
  }

  private void twice(Mark mark, String key, Mark before) {
    twice(reading, mark, key, before);
  }

  static void twice(Reading reading, Mark mark, String key, Mark before) {
    reading.error(
        mark, "'" + key + "' is given twice, first on " + before.shown() + ", expected one");
  }

  /** Before any text is expanded: which variables are secrets of this manifest. */
  private void keepSecrets(Section section) {
    if (section.node("triggers") instanceof Node.Sequence triggers) {
      reading.keepSecret(TriggerReader.secretVariables(triggers.items()));
    }
    reading.keepSecret(SecretsReader.variables(section.node("secrets")));
    if (section.node("servers") instanceof Node.Mapping servers) {
      reading.keepSecret(ServersReader.secretVariables(servers.members().values()));
    }
  }

  private void version(Section manifest) {
    String version = manifest.text("version", "1.0");
    if (!version.equals("1.0")) {
      reading.error(
          manifest.markOfValue("version"),
          "version: expected \"1.0\", actual " + Json.quote(version));
    }
  }

  private ProcessConfig process(Section all, ProcessName name) {
    ModelReader.Models models = new ModelReader(reading, all).read(MODEL_DEFAULT);
    String instructions = all.text("instructions", "");
    List<TriggerConfig> read = new TriggerReader(reading, customTypes).read(all.items("triggers"));
    warn(all, instructions, read);
    all.accept("execution_mode", "strict");
    Section context = all.section("context");
    List<String> known = new ArrayList<>(ContextReader.KEYS);
    known.addAll(MemoryReader.refuseInContext(context));
    context.only(known, Set.of());
    new ModelReader(reading, all.section("mission")).checkJudge();
    ContextReader contexts = new ContextReader(reading, all, context);
    return new ProcessConfig(
        name,
        models.first(),
        models.fallbacks(),
        models.play(),
        instructions,
        read,
        contexts.world(),
        contexts.read(),
        level(all),
        run(all),
        delivery(all.section("trigger_delivery")),
        restarts(all),
        tools(all.section("tools")),
        all.has("memory") ? MemoryReader.read(all.section("memory")) : null,
        outbound(all),
        new ServersReader(reading).read(all.section("servers")),
        GovernanceReader.read(all));
  }

  private OutboundConfig outbound(Section all) {
    Section declared = all.section("http_tools");
    OutboundConfig outbound = new OutboundConfig(
        new HttpToolReader(reading).read(declared),
        new SecretsReader(all.section("secrets")).read());
    SecretsReader.check(declared, outbound.httpTools(), outbound.secrets());
    return outbound;
  }

  private void warn(Section all, String instructions, List<TriggerConfig> triggers) {
    if (reading.origin() == Origin.JOURNAL) {
      return;
    }
    if (instructions.isBlank()) {
      reading.warn(all.mark(), "no instructions: the model is told nothing about its task");
    }
    if (triggers.isEmpty()) {
      reading.warn(all.mark(), "no triggers: only an operator can wake this process");
    }
  }

  private ProcessConfig.Level level(Section all) {
    Section journal = all.section("journal");
    journal.only(JOURNAL, Set.of());
    if (journal.has("path")) {
      reading.error(
          journal.markOf("path"),
          "'path' cannot be chosen by a process: all processes of a node share its journal,"
              + " expected journal.path in conf/runtime.yaml");
    }
    if (journal.has("level") && all.has("journal_level")) {
      twice(all.markOf("journal_level"), "journal_level", journal.markOf("level"));
    }
    String backend = journal.choice("backend", List.of("file", "memory"), "file");
    Section place = journal.has("level") ? journal : all;
    String key = journal.has("level") ? "level" : "journal_level";
    String level = place.choice(key, List.of("none", "checkpoint", "full"), "checkpoint");
    if (backend.equals("memory") && !level.equals("none")) {
      reading.warn(
          journal.markOf("backend"),
          "backend memory is the same as level none: nothing survives the end of the node");
      level = "none";
    }
    return ProcessConfig.Level.valueOf(level.toUpperCase(Locale.ROOT));
  }

  private static Map<String, ProcessConfig.ToolRule> tools(Section all) {
    Map<String, ProcessConfig.ToolRule> rules = new LinkedHashMap<>();
    all.members().forEach((name, member) -> {
      Section tool = Section.of(all.reading(), name, member.value());
      // Approvals are read with the policy they are part of.
      tool.only(List.of("policy", "probe", "approval"), List.of());
      String policy = tool.choice("policy", List.of("read_only", "idempotent", "irreversible"), "");
      rules.put(
          name,
          new ProcessConfig.ToolRule(
              policy.isEmpty() ? null : ToolDefinition.Policy.of(policy), tool.text("probe")));
    });
    return rules;
  }

  private static ProcessConfig.Restarts restarts(Section all) {
    ProcessConfig.Restarts usual = ProcessConfig.Restarts.DEFAULT;
    if (all.has("restart_policy") && all.has("restart_on_failure")) {
      all.reading()
          .error(
              all.markOf("restart_on_failure"),
              "'restart_on_failure' is the older name of restart_policy: on_failure, expected one"
                  + " of them");
    }
    boolean older = all.flag("restart_on_failure", false);
    String policy = all.choice(
        "restart_policy", List.of("always", "on_failure", "never"), older ? "on_failure" : "never");
    return new ProcessConfig.Restarts(
        ProcessConfig.Restarts.Policy.valueOf(policy.toUpperCase(Locale.ROOT)),
        all.whole("max_restarts", 0, 1_000, usual.max()),
        all.duration("restart_window", Duration.ofSeconds(1), YEAR, usual.window()),
        all.duration("restart_backoff", Duration.ZERO, YEAR, usual.backoff()),
        all.duration("max_lifetime", Duration.ZERO, YEAR.multipliedBy(10), usual.maxLifetime()));
  }

  private static ProcessConfig.Delivery delivery(Section all) {
    all.only(DELIVERY, List.of());
    if (all.flag("scan_payloads", false)) {
      all.reading()
          .error(
              all.markOfValue("scan_payloads"),
              "scan_payloads: 'true' is not available yet, expected false");
    }
    ProcessConfig.Delivery usual = ProcessConfig.Delivery.DEFAULT;
    Duration moment = Duration.ofMillis(1);
    Duration day = Duration.ofDays(1);
    return new ProcessConfig.Delivery(
        all.whole("max_retries", 0, 10, usual.maxRetries()),
        all.duration("retry_backoff", moment, day, usual.retryBackoff()),
        all.duration("retry_backoff_max", moment, day, usual.retryBackoffMax()),
        all.whole("dead_letter_size", 1, 10_000, usual.deadLetterSize()),
        all.whole("max_payload_chars", 200, 10_000_000, usual.maxPayloadChars()),
        all.whole("max_crashes", 1, 100, usual.maxCrashes()),
        // No longer than a receiver remembers what it has taken: what is sent again is known then.
        all.duration("event_ttl", Duration.ofSeconds(1), TTL_MAX, usual.eventTtl()),
        all.whole("max_hops", 1, 1_000, usual.hopsMax()));
  }

  private static ProcessConfig.Run run(Section all) {
    ProcessConfig.Run usual = ProcessConfig.Run.DEFAULT;
    Duration zero = Duration.ZERO;
    return new ProcessConfig.Run(
        all.whole("concurrency", 1, 100, usual.concurrency()),
        all.duration("idle_timeout", zero, YEAR, usual.idleTimeout()),
        all.duration("max_invocation_time", zero, YEAR, usual.maxInvocationTime()),
        all.whole("max_consecutive_failures", 1, 1_000_000, usual.maxConsecutiveFailures()),
        all.whole("max_turns", 1, 1_000, usual.maxTurns()),
        all.whole("trigger_inbox_max", 1, 1_000_000, usual.inboxMax()),
        all.bytes("trigger_inbox_bytes", 1L << 10, 64L << 30, usual.inboxBytesMax()),
        all.duration("drain_timeout", zero, Duration.ofHours(1), usual.drainTimeout()),
        all.flag("builtin_tools", usual.builtinTools()));
  }
}
