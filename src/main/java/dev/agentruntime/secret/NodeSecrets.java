package dev.agentruntime.secret;

import dev.agentruntime.core.ProcessName;
import dev.agentruntime.guard.Redactor;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All vaults of a node, for what belongs to no process alone: its log, what comes from outside.
 * Safe on every thread.
 */
public final class NodeSecrets {

  private final ConcurrentHashMap<ProcessName, SecretVault> vaults = new ConcurrentHashMap<>();

  /** The vault of a process from now on. */
  public void keep(ProcessName process, SecretVault vault) {
    vaults.put(process, vault);
  }

  /** The process is no more. */
  public void forget(ProcessName process) {
    vaults.remove(process);
  }

  /** A text without the secrets of any process. */
  public String redact(String text) {
    return redactor().redact(text);
  }

  /** Takes the secrets of all processes out. */
  public Redactor redactor() {
    return Redactor.all(vaults.values().stream().map(SecretVault::redactor).toList());
  }
}
