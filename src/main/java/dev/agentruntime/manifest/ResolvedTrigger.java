package dev.agentruntime.manifest;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a trigger as the journal keeps it; what equals its default is left out. */
final class ResolvedTrigger {

  private final Map<String, @Nullable Object> out = new LinkedHashMap<>();

  private ResolvedTrigger() {}

  static Map<String, @Nullable Object> of(TriggerConfig trigger) {
    ResolvedTrigger form = new ResolvedTrigger();
    form.put("type", trigger.type(), null);
    form.put("id", trigger.id(), null);
    if (trigger instanceof TriggerConfig.Cron cron) {
      form.cron(cron);
    } else if (trigger instanceof TriggerConfig.Webhook webhook) {
      form.webhook(webhook);
    } else if (trigger instanceof TriggerConfig.FileWatch watch) {
      form.watch(watch);
    } else if (trigger instanceof TriggerConfig.Event event) {
      form.put("event_type", event.eventType(), null);
      form.put("event_source", event.source(), null);
    } else if (trigger instanceof TriggerConfig.Message message) {
      form.put("topic", message.topic(), null);
      form.put("group", message.group(), null);
    } else if (trigger instanceof TriggerConfig.Custom custom) {
      form.put("custom_config", custom.config(), null);
    }
    form.rules(trigger.rules());
    return form.out;
  }

  private void put(String key, @Nullable Object value, @Nullable Object fallback) {
    if (value != null && !value.equals(fallback)) {
      out.put(key, value instanceof Duration time ? Section.seconds(time) : value);
    }
  }

  private void cron(TriggerConfig.Cron cron) {
    put("cron_expression", cron.expression(), null);
    put("cron_timezone", cron.zone(), null);
    TriggerConfig.CronPolicy policy = cron.policy();
    TriggerConfig.CronPolicy usual = TriggerConfig.CronPolicy.DEFAULT;
    put("misfire", word(policy.misfire()), word(usual.misfire()));
    put("misfire_window", policy.window(), usual.window());
    put("misfire_max", policy.max(), usual.max());
    put("jitter", policy.jitter(), usual.jitter());
    put("boot_delay", policy.bootDelay(), usual.bootDelay());
    put("min_interval", policy.minInterval(), usual.minInterval());
  }

  private void webhook(TriggerConfig.Webhook webhook) {
    put("webhook_path", webhook.path(), null);
    put("webhook_host", webhook.host(), null);
    put("webhook_port", webhook.port(), 0);
    List<String> secrets = webhook.secrets().stream().map(SecretRef::shown).toList();
    put("hmac_secret", secrets.size() == 1 ? secrets.get(0) : secrets, List.of());
    put("signature_scheme", webhook.scheme(), "generic");
    put("signature_header", webhook.signatureHeader(), null);
    put("auth", webhook.authNone() ? "none" : null, null);
    put("allowed_sources", webhook.allowedSources(), List.of());
    TriggerConfig.WebhookPolicy policy = webhook.policy();
    TriggerConfig.WebhookPolicy usual = TriggerConfig.WebhookPolicy.DEFAULT;
    put("signature_tolerance", policy.tolerance(), usual.tolerance());
    if (!policy.sync().isZero()) {
      put("sync", true, null);
      put("sync_timeout", policy.sync(), null);
    }
    put("rate_limit", policy.ratePerMinute(), usual.ratePerMinute());
  }

  private void watch(TriggerConfig.FileWatch watch) {
    put("watch_path", watch.path(), null);
    put("watch_patterns", watch.patterns(), List.of("*"));
    put("watch_events", watch.events(), List.of("created", "modified"));
    TriggerConfig.WatchPolicy policy = watch.policy();
    TriggerConfig.WatchPolicy usual = TriggerConfig.WatchPolicy.DEFAULT;
    put("watch_debounce_seconds", policy.debounce(), usual.debounce());
    put("recursive", policy.recursive(), usual.recursive());
    put("settle", policy.settle(), usual.settle());
    put("initial", policy.fireInitial() ? "fire" : "ignore", "ignore");
    put("rescan", policy.rescan(), usual.rescan());
    put("polling", policy.polling(), usual.polling());
  }

  private void rules(TriggerConfig.Rules rules) {
    put("filter_expression", rules.filter(), "");
    put("on_busy", word(rules.onBusy()), "queue");
    put("trusted", rules.trusted(), false);
    put("debounce", rules.debounce(), Duration.ZERO);
    if (rules.batch().isOn()) {
      Map<String, @Nullable Object> batch = new LinkedHashMap<>();
      batch.put("max", rules.batch().max());
      batch.put("window", Section.seconds(rules.batch().window()));
      out.put("batch", batch);
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
