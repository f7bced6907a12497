package dev.agentruntime.outbound;

import dev.agentruntime.config.OutboundConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.secret.NodeSecrets;
import dev.agentruntime.secret.SecretVault;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tools by which a process reaches out, and reads the secrets they carry. Safe on every
 * thread.
 */
public final class Outbound {

  /** For processes that reach nothing. */
  public static final Outbound NONE = of((process, name, source) -> Future.failedFuture(
      new RuntimeFault(ErrorCode.INVALID_CONFIG, "secrets need a runtime that can read them")));

  private final @Nullable GuardedClient client;
  private final SecretSource source;
  private final NodeSecrets secrets = new NodeSecrets();

  private Outbound(@Nullable GuardedClient client, SecretSource source) {
    this.client = client;
    this.source = source;
  }

  /** For processes that reach nothing themselves, with secrets from that source for their tools. */
  public static Outbound of(SecretSource source) {
    return new Outbound(null, source);
  }

  /** Tools that send by this client, with secrets from that source. */
  public static Outbound of(GuardedClient client, SecretSource source) {
    return new Outbound(client, source);
  }

  /** Reads the values of secrets. */
  @FunctionalInterface
  public interface SecretSource {
    /** The value, without blocking the caller; fails with INVALID_CONFIG saying what is missing. */
    Future<String> value(ProcessName process, String secret, SecretRef source);
  }

  /** The value of a secret, read from where it is found; on the caller's context. */
  public Future<String> value(ProcessConfig config, String secret, SecretRef from) {
    return source.value(config.name(), secret, from);
  }

  /** The vaults of all processes. */
  public NodeSecrets secrets() {
    return secrets;
  }

  /** Sends a request as {@link GuardedClient#send} does; INVALID_CONFIG where nobody can. */
  public Future<Exchange.Answer> send(GuardedClient.Request request, GuardedClient.Limits limits) {
    GuardedClient sender = client;
    return sender == null
        ? Future.failedFuture(
            new RuntimeFault(ErrorCode.INVALID_CONFIG, "a webhook needs a runtime that can send"))
        : sender.send(request, limits, new CancelSignal());
  }

  /**
   * The tools that a manifest declares.
   *
   * @param vault where the values of handles come from
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when one cannot be made
   */
  public List<Tool> tools(ProcessConfig config, SecretVault vault) {
    List<OutboundConfig.HttpTool> declared = config.outbound().httpTools();
    GuardedClient sender = client;
    if (declared.isEmpty()) {
      return List.of();
    }
    if (sender == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "http_tools need a runtime that can send, there is none here");
    }
    return declared.stream().<Tool>map(one -> new HttpTool(one, sender, vault)).toList();
  }
}
