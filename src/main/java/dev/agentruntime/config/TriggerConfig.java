package dev.agentruntime.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A trigger as its manifest declares it. */
public sealed interface TriggerConfig {

  /** Unique in the manifest: {@code id:}, else the type and a digest of its defining fields. */
  String id();

  /** {@code cron} or {@code webhook}. */
  String type();

  /** Whether its source waits for an answer, and so is told when the process is down. */
  default boolean isAnswered() {
    return this instanceof Webhook;
  }

  /**
   * Fires at wall-clock times.
   *
   * @param expression 5 fields, 6 with seconds last, or a macro
   * @param zone IANA name, {@code UTC} when the manifest names none
   */
  record Cron(String id, String expression, String zone) implements TriggerConfig {
    @Override
    public String type() {
      return "cron";
    }
  }

  /**
   * Fires for each POST.
   *
   * @param path begins with {@code /}
   * @param host null together with {@code port} 0: the node's ingress
   * @param secret null only when the manifest says {@code auth: none} or nothing at all
   * @param scheme {@code generic} or {@code github}
   * @param signatureHeader lower case, null = the scheme's own
   * @param authNone whether the manifest says that no signature is wanted
   * @param allowedSources addresses or CIDR blocks, empty = any
   */
  record Webhook(
      String id,
      String path,
      @Nullable String host,
      int port,
      @Nullable SecretRef secret,
      String scheme,
      @Nullable String signatureHeader,
      boolean authNone,
      List<String> allowedSources)
      implements TriggerConfig {
    /** Keeps an unmodifiable copy. */
    public Webhook {
      allowedSources = List.copyOf(allowedSources);
    }

    @Override
    public String type() {
      return "webhook";
    }
  }
}
