package dev.agentruntime.past;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ProcessConfig.ToolRule;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.live.Redaction;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.policy.ApprovalConfig.Taint;
import dev.agentruntime.replay.ForkSeat;
import dev.agentruntime.secret.SecretVault;
import io.vertx.core.Future;

/**
 * Holds a fork to what holds for its original now: its manifest, its secrets, its journal. Owned
 * by: the process's context.
 */
final class ForkGuard implements ForkSeat.Guard {

  private final ProcessLog log;
  private final SecretVault vault;

  ForkGuard(ProcessLog log, SecretVault vault) {
    this.log = log;
    this.vault = vault;
  }

  @Override
  public boolean holds(String tool, boolean carries) {
    ProcessConfig config = log.image().config();
    Taint taint = config.governance().approval().taint();
    ToolRule rule = config.tools().get(tool);
    boolean vouched = rule != null && rule.policy() == Policy.READ_ONLY;
    return config.governance().asks(tool)
        || (carries && !vouched && (taint == Taint.ASK || taint == Taint.DENY));
  }

  @Override
  public Future<Void> note(SecretAccess access) {
    return log.write(access);
  }

  @Override
  public <T extends EntryData> T clean(T entry) {
    return Redaction.of(log.redacted(entry), vault.strict());
  }

  @Override
  public ChatRequest clean(ChatRequest request) {
    return Redaction.of(Redaction.of(request, log.redactor()), vault.strict());
  }
}
