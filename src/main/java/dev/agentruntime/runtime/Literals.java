package dev.agentruntime.runtime;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ProcessName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The literal secrets of file manifests. The journal keeps them masked, so they are known only as
 * the files have them now: what was deployed is given those that stand in the same place. Safe on
 * every thread.
 */
final class Literals {

  private final Map<ProcessName, ProcessConfig> files = new ConcurrentHashMap<>();

  /** Remembers a configuration as its file has it. */
  void remember(ProcessConfig config) {
    files.put(config.name(), config);
  }

  /** Remembers a configuration that brings literals; any other leaves what is known. */
  void learn(ProcessConfig config) {
    boolean brings = config.secretSources().stream()
        .anyMatch(secret -> secret.kind() == SecretRef.Kind.LITERAL && !isMasked(secret));
    if (brings) {
      remember(config);
    }
  }

  /** A trigger with its literals, where they are known. */
  TriggerConfig of(ProcessName process, TriggerConfig declared) {
    ProcessConfig file = files.get(process);
    return file != null && declared instanceof TriggerConfig.Webhook webhook
        ? file.triggers().stream()
            .filter(other -> other.id().equals(declared.id()))
            .map(
                other -> other instanceof TriggerConfig.Webhook now ? with(webhook, now) : declared)
            .findFirst()
            .orElse(declared)
        : declared;
  }

  /** Secrets that stand in the same places; everything else as it was deployed. */
  private static TriggerConfig with(TriggerConfig.Webhook declared, TriggerConfig.Webhook now) {
    return shown(declared).equals(shown(now))
        ? new TriggerConfig.Webhook(
            declared.id(),
            declared.path(),
            declared.host(),
            declared.port(),
            now.secrets(),
            declared.scheme(),
            declared.signatureHeader(),
            declared.authNone(),
            declared.allowedSources(),
            declared.policy(),
            declared.rules())
        : declared;
  }

  private static List<String> shown(TriggerConfig.Webhook webhook) {
    return webhook.secrets().stream().map(SecretRef::shown).toList();
  }

  /** A server of tools with its literals, where they are known. */
  ServerConfig of(ProcessName process, ServerConfig declared) {
    ProcessConfig file = files.get(process);
    return file == null ? declared : ServerConfig.unmasked(declared, file.servers());
  }

  /** Where a secret is found: itself, or what its file has for it when it is a literal. */
  SecretRef of(ProcessName process, String name, SecretRef source) {
    ProcessConfig file = files.get(process);
    SecretsConfig.Secret written =
        file == null ? null : file.outbound().secrets().byName().get(name);
    return source.kind() == SecretRef.Kind.LITERAL && written != null ? written.source() : source;
  }

  /** The places of a configuration from the journal whose literal nobody knows any more. */
  List<String> lost(ProcessConfig config) {
    List<String> lost = new ArrayList<>();
    for (TriggerConfig declared : config.triggers()) {
      if (of(config.name(), declared) instanceof TriggerConfig.Webhook webhook
          && webhook.secrets().stream().anyMatch(Literals::isMasked)) {
        lost.add("triggers[" + declared.id() + "]");
      }
    }
    config.servers().forEach((name, declared) -> {
      if (of(config.name(), declared).secrets().anyMatch(Literals::isMasked)) {
        lost.add("servers." + name);
      }
    });
    config.outbound().secrets().byName().forEach((name, secret) -> {
      if (isMasked(of(config.name(), name, secret.source()))) {
        lost.add("secrets." + name);
      }
    });
    return lost;
  }

  private static boolean isMasked(SecretRef secret) {
    return secret.kind() == SecretRef.Kind.LITERAL && secret.value().equals(SecretRef.MASK);
  }
}
