package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.IpAddress;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.guard.SourceFilter;

/** Makes the triggers whose source speaks by itself: requests, the bus, registered types. */
public final class Triggers {

  private Triggers() {}

  /**
   * A trigger, not yet started; of a type whose source speaks by itself.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it cannot be made: a webhook in a
   *     runtime without {@code web}, one without a signature off loopback, a type that is not
   *     registered, a value that does not parse; or what the finder of secrets throws
   */
  public static Trigger create(TriggerConfig config, TriggerDeps deps) {
    if (config instanceof TriggerConfig.Webhook webhook) {
      return webhook(webhook, deps);
    }
    if (config instanceof TriggerConfig.Custom custom) {
      return deps.types().create(custom, deps);
    }
    if (config instanceof TriggerConfig.Event event) {
      return BusTrigger.of(event, deps);
    }
    if (config instanceof TriggerConfig.Message message) {
      return BusTrigger.of(message, deps);
    }
    throw new IllegalStateException("no trigger for " + config.type());
  }

  private static Trigger webhook(TriggerConfig.Webhook webhook, TriggerDeps deps) {
    TriggerDeps.Web web = deps.web();
    if (web == null) {
      throw refuse(
          webhook, deps, "needs a runtime with web, expected=the part that serves webhooks");
    }
    String host = webhook.host() == null ? web.ingress().host() : webhook.host();
    if (webhook.secrets().isEmpty() && !webhook.authNone() && !IpAddress.isLoopback(host)) {
      throw refuse(
          webhook,
          deps,
          "takes anything from anyone on " + Json.quote(host)
              + ", expected=hmac_secret, or auth: none if that is meant");
    }
    Signatures signatures = webhook.secrets().isEmpty()
        ? null
        : Signatures.of(
            webhook.scheme(),
            webhook.secrets().stream().map(deps.secrets()).toList(),
            webhook.signatureHeader(),
            webhook.policy().tolerance());
    WebhookReader reader = new WebhookReader(
        webhook.id(),
        new WebhookIdentity(webhook.scheme(), signatures != null),
        signatures,
        SourceFilter.of(webhook.allowedSources()),
        new RateLimit(deps.timers(), webhook.policy().ratePerMinute()));
    return new WebhookTrigger(webhook, reader, deps, web.routes());
  }

  private static RuntimeFault refuse(TriggerConfig.Webhook webhook, TriggerDeps deps, String what) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "webhook " + Json.quote(webhook.path()) + " of " + deps.process() + " " + what);
  }
}
