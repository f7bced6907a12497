package dev.agentruntime.manifest;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.policy.GovernanceReader;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes a process as the journal keeps it: one JSON object, keys in a fixed order, what equals its
 * default left out (so that a new key does not change the digest of old manifests), secrets as
 * references or masked, the play beside the model.
 *
 * <pre>{@code
 * {"version":"1.0","name":"ci","model":"script:ci.yaml","script":{"rules":[...]},
 *  "triggers":[{"type":"webhook","id":"push","webhook_path":"/push","hmac_secret":"${S}"}],
 *  "context":{"writable_keys":["last"]},"journal":{"level":"full"},"config":{"concurrency":2}}
 * }</pre>
 */
final class ResolvedForm {

  private final Map<String, @Nullable Object> out = new LinkedHashMap<>();

  private ResolvedForm() {}

  /** A manifest that came from no text of its own. */
  static Manifest manifest(ProcessConfig config, @Nullable String file, List<String> warnings) {
    Json resolved = of(config);
    return new Manifest(config, resolved, Hex.sha256(resolved.bytes()), file, warnings);
  }

  static Json of(ProcessConfig config) {
    ResolvedForm form = new ResolvedForm();
    form.out.put("version", "1.0");
    form.out.put("name", config.name().value());
    form.out.put("model", models(config));
    form.put("script", config.script(), null);
    form.put("instructions", config.instructions(), "");
    List<Object> triggers = new ArrayList<>();
    config.triggers().forEach(trigger -> triggers.add(ResolvedTrigger.of(trigger)));
    form.put("triggers", triggers, List.of());
    form.put("world", config.world(), Map.of());
    form.put("context", context(config.context()), Map.of());
    ResolvedForm journal = new ResolvedForm();
    journal.put("level", config.level().name().toLowerCase(Locale.ROOT), "checkpoint");
    form.put("journal", journal.out, Map.of());
    form.put("trigger_delivery", delivery(config.delivery()), Map.of());
    form.put("tools", tools(config.tools()), Map.of());
    form.put("servers", ResolvedServers.of(config.servers()), Map.of());
    form.put("memory", memory(config.memory()), Map.of());
    form.put("secrets", SecretsReader.written(config.outbound().secrets()), Map.of());
    form.put("http_tools", HttpToolReader.written(config.outbound().httpTools()), Map.of());
    GovernanceReader.written(config.governance())
        .forEach((section, values) -> form.put(section, values, Map.of()));
    Map<String, @Nullable Object> run = run(config.run());
    run.putAll(restarts(config.restarts()));
    form.put("config", run, Map.of());
    return Json.of(form.out);
  }

  private static Object models(ProcessConfig config) {
    if (config.fallbacks().isEmpty()) {
      return config.model();
    }
    List<String> all = new ArrayList<>(config.fallbacks());
    all.add(0, config.model());
    return all;
  }

  private void put(String key, @Nullable Object value, @Nullable Object fallback) {
    if (value != null && !value.equals(fallback)) {
      out.put(key, value instanceof Duration time ? Section.seconds(time) : value);
    }
  }

  private static Map<String, @Nullable Object> context(ProcessConfig.Context context) {
    ProcessConfig.Context usual = ProcessConfig.Context.DEFAULT;
    ResolvedForm form = new ResolvedForm();
    form.put("writable_keys", context.writableKeys(), usual.writableKeys());
    form.put(
        "conversation_max_messages",
        context.conversationMaxMessages(),
        usual.conversationMaxMessages());
    form.put("conversation_history", context.conversationHistory(), usual.conversationHistory());
    form.put(
        "conversation_max_tokens", context.conversationMaxTokens(), usual.conversationMaxTokens());
    form.put("conversation_summary", context.conversationSummary(), usual.conversationSummary());
    form.put("state_max_tokens", context.stateMaxTokens(), usual.stateMaxTokens());
    form.put("env_prefix", context.envPrefix(), usual.envPrefix());
    form.put("file_mounts", context.fileMounts(), usual.fileMounts());
    return form.out;
  }

  private static Map<String, @Nullable Object> run(ProcessConfig.Run run) {
    ProcessConfig.Run usual = ProcessConfig.Run.DEFAULT;
    ResolvedForm form = new ResolvedForm();
    form.put("concurrency", run.concurrency(), usual.concurrency());
    form.put("idle_timeout", run.idleTimeout(), usual.idleTimeout());
    form.put("max_invocation_time", run.maxInvocationTime(), usual.maxInvocationTime());
    form.put(
        "max_consecutive_failures", run.maxConsecutiveFailures(), usual.maxConsecutiveFailures());
    form.put("max_turns", run.maxTurns(), usual.maxTurns());
    form.put("trigger_inbox_max", run.inboxMax(), usual.inboxMax());
    form.put("trigger_inbox_bytes", run.inboxBytesMax(), usual.inboxBytesMax());
    form.put("drain_timeout", run.drainTimeout(), usual.drainTimeout());
    form.put("builtin_tools", run.builtinTools(), usual.builtinTools());
    return form.out;
  }

  private static Map<String, @Nullable Object> tools(Map<String, ProcessConfig.ToolRule> rules) {
    ResolvedForm form = new ResolvedForm();
    new TreeMap<>(rules).forEach((name, rule) -> {
      ResolvedForm tool = new ResolvedForm();
      tool.put("policy", rule.policy() == null ? null : rule.policy().word(), null);
      tool.put("probe", rule.probe(), null);
      form.put(name, tool.out, null);
    });
    return form.out;
  }

  /** Empty when there is none; one that is all defaults still names its provider. */
  private static Map<String, @Nullable Object> memory(@Nullable MemoryConfig memory) {
    MemoryConfig usual = MemoryConfig.DEFAULT;
    ResolvedForm form = new ResolvedForm();
    if (memory != null) {
      form.out.put("provider", memory.provider().word());
      form.put("collection", memory.collection(), usual.collection());
      form.put("persist_directory", memory.persistDirectory(), null);
      form.put("user_id", memory.userId(), usual.userId());
      form.put("auto_store", memory.autoStore(), usual.autoStore());
      form.put("max", memory.max(), usual.max());
      form.put("min_score", memory.minScore(), usual.minScore());
      form.put("timeout", memory.timeout(), usual.timeout());
    }
    return form.out;
  }

  private static Map<String, @Nullable Object> restarts(ProcessConfig.Restarts restarts) {
    ProcessConfig.Restarts usual = ProcessConfig.Restarts.DEFAULT;
    ResolvedForm form = new ResolvedForm();
    form.put("restart_policy", word(restarts.policy()), word(usual.policy()));
    form.put("max_restarts", restarts.max(), usual.max());
    form.put("restart_window", restarts.window(), usual.window());
    form.put("restart_backoff", restarts.backoff(), usual.backoff());
    form.put("max_lifetime", restarts.maxLifetime(), usual.maxLifetime());
    return form.out;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, @Nullable Object> delivery(ProcessConfig.Delivery delivery) {
    ProcessConfig.Delivery usual = ProcessConfig.Delivery.DEFAULT;
    ResolvedForm form = new ResolvedForm();
    form.put("max_retries", delivery.maxRetries(), usual.maxRetries());
    form.put("retry_backoff", delivery.retryBackoff(), usual.retryBackoff());
    form.put("retry_backoff_max", delivery.retryBackoffMax(), usual.retryBackoffMax());
    form.put("dead_letter_size", delivery.deadLetterSize(), usual.deadLetterSize());
    form.put("max_payload_chars", delivery.maxPayloadChars(), usual.maxPayloadChars());
    form.put("max_crashes", delivery.maxCrashes(), usual.maxCrashes());
    form.put("event_ttl", delivery.eventTtl(), usual.eventTtl());
    form.put("max_hops", delivery.hopsMax(), usual.hopsMax());
    return form.out;
  }
}
