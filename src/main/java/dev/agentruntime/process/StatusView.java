package dev.agentruntime.process;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.desk.HealthDesk;
import dev.agentruntime.desk.MissionDesk;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.Drift;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.Dedup;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.BudgetView;
import dev.agentruntime.history.ProcessFigures;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.source.CronStatus;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a process's status says: the reference's keys, then ours. Pure. */
final class StatusView {

  private StatusView() {}

  static Json of(ProcessKernel kernel, Instant now, boolean digest) {
    ProcessImage image = kernel.log().image();
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("name", image.id().name().value());
    all.put("process_id", image.id().toString());
    all.put("state", state(kernel));
    all.put("execution_mode", "strict");
    all.put("invocation_count", image.settled());
    all.put("consecutive_failures", image.consecutiveFailures());
    all.put("restart_count", image.restarts());
    all.put("journal_enabled", kernel.log().keeps());
    all.put("trigger_count", kernel.supervisor().triggerCount());
    all.put("dynamic_trigger_count", added(image).size());
    all.put("custom_tool_count", 0);
    all.put("rebuild_count", 0);
    all.put("spawned_process_count", 0);
    all.put("conversation_messages", image.conversation().messages().size());
    all.put("has_memory", image.deployment() != null && image.config().memory() != null);
    all.put("queue_size", image.queue().waiting());
    all.put("dead_letter_count", image.deadLetters().size());
    all.put("filtered_count", kernel.filtered());
    all.put("pending_retries", image.open().resting().size());
    Instant born = image.bornAt();
    all.put("uptime_seconds", born == null ? 0 : Duration.between(born, now).toSeconds());
    putOurs(all, kernel, now);
    BudgetConfig budget = image.deployment() == null
        ? BudgetConfig.OFF
        : image.config().governance().budget();
    if (budget.enabled()) {
      all.put("budget", BudgetView.remaining(image.governance().budget(), budget, now));
    }
    if (image.deployment() != null && image.config().governance().approval().isOn()) {
      all.put("approvals_waiting", image.governance().approvals().waiting().size());
      // What a run that begins now would read, whatever wakes it.
      all.put("tainted", image.context().isUntrusted() || image.conversation().isUntrusted());
    }
    if (image.deployment() != null
        && image.config().governance().people().inbox().enabled()) {
      all.put("messages", image.governance().messages().waiting(now).size());
    }
    kernel.secretsActive().ifPresent(count -> all.put("active_secrets", count));
    all.putAll(HealthDesk.status(image));
    all.putAll(MissionDesk.status(image));
    if (digest) {
      all.put("position", image.sequence());
      all.put("digest", ImageDigest.of(image));
    }
    return Json.of(all);
  }

  /** What may be said of a process whose image is worth nothing until it is rebuilt. */
  static Json broken(ProcessKernel kernel) {
    ProcessImage image = kernel.log().image();
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("name", image.id().name().value());
    all.put("process_id", image.id().toString());
    all.put("state", ProcessState.SUSPENDED.word());
    all.put("condition", Gate.Condition.JOURNAL_CLOSED.word());
    all.put("in_doubt", List.of());
    return Json.of(all);
  }

  private static void putOurs(
      Map<String, @Nullable Object> all, ProcessKernel kernel, Instant now) {
    ProcessImage image = kernel.log().image();
    Gate.Condition condition = kernel.gate().condition();
    all.put("condition", condition == null ? null : condition.word());
    all.put("reason", image.reason());
    all.put("manifest_problem", kernel.manifestProblem());
    all.put("suspended_by", List.copyOf(image.causes()));
    all.put("running", image.open().active());
    all.put("skipped_count", kernel.skipped());
    all.put("dead_letters_dropped", image.deadLetters().dropped());
    all.put("accepted_count", image.accepted());
    all.put("servers", kernel.servers().brief());
    all.put("outbox_size", image.outbox().size());
    all.put("inbox_bytes", image.queue().bytes());
    all.put("in_doubt", inDoubt(kernel, image));
    all.put("durable", kernel.log().keeps());
    all.put("journal", Map.of("entries", image.sequence(), "bytes", kernel.log().bytes()));
    all.put(
        "dedup",
        Map.of(
            "keys", image.dedup().size(),
            "window_days", Dedup.AGE_MAX.toDays(),
            "keys_max_per_trigger", Dedup.KEYS_MAX));
    ProcessImage.Deployment deployment = image.deployment();
    if (deployment != null) {
      DeployEntry.ProcessDeployed entry = deployment.entry();
      Map<String, @Nullable Object> manifest = new LinkedHashMap<>();
      manifest.put("version", entry.version());
      manifest.put("digest", entry.digest());
      manifest.put("source", entry.source());
      manifest.put("file", entry.file());
      Drift drift = entry.drift();
      manifest.put("drift", drift == null ? List.of() : drift.parts());
      if (entry.restores() > 0) {
        manifest.put("restores", entry.restores());
      }
      all.put("manifest", manifest);
      all.put("model", deployment.config().model());
      if (!deployment.config().fallbacks().isEmpty()) {
        all.put("fallback_models", deployment.config().fallbacks());
      }
      all.put(
          "triggers",
          deployment.config().triggers().stream()
              .map(trigger -> trigger(trigger, image, now))
              .toList());
      all.put("concurrency", deployment.config().run().concurrency());
    }
    EntryData.ErrorNoted error = image.lastError();
    all.put("last_error", error == null ? null : error.code() + ": " + error.message());
  }

  /** The triggers that an operator added. */
  static List<String> added(ProcessImage image) {
    ProcessImage.Deployment deployment = image.deployment();
    Drift drift = deployment == null ? null : deployment.entry().drift();
    return drift == null ? List.of() : drift.triggers();
  }

  /** A trigger as it is declared; that one takes anybody's requests is said, not hidden. */
  static Map<String, @Nullable Object> trigger(
      TriggerConfig trigger, ProcessImage image, Instant now) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", trigger.id());
    all.put("type", trigger.type());
    if (trigger instanceof TriggerConfig.Webhook webhook) {
      all.put("path", webhook.path());
      all.put("auth", webhook.secrets().isEmpty() ? "none" : webhook.scheme());
    } else if (trigger instanceof TriggerConfig.Cron cron) {
      all.put("cron_expression", cron.expression());
      all.put("cron_timezone", cron.zone());
      Json cursor = image.cursors().get(cron.id());
      boolean listens = Lifecycle.accepts(image.state());
      all.putAll(CronStatus.of(cron, image.id().name(), cursor, listens ? now : null));
    } else if (trigger instanceof TriggerConfig.FileWatch watch) {
      all.put("watch_path", watch.path());
      all.put("watch_patterns", watch.patterns());
    } else if (trigger instanceof TriggerConfig.Event event) {
      all.put("event_type", event.eventType());
      all.put("event_source", event.source());
    } else if (trigger instanceof TriggerConfig.Message message) {
      all.put("topic", message.topic());
      all.put("group", message.group());
    }
    return all;
  }

  private static String state(ProcessKernel kernel) {
    Gate.Condition condition = kernel.gate().condition();
    if (condition == Gate.Condition.JOURNAL_CORRUPT) {
      return ProcessState.FAILED.word();
    }
    if (condition == Gate.Condition.JOURNAL_SUSPECT
        || condition == Gate.Condition.DUPLICATE_OWNER) {
      return ProcessState.SUSPENDED.word();
    }
    return kernel.log().image().state().word();
  }

  private static List<Object> inDoubt(ProcessKernel kernel, ProcessImage image) {
    List<Object> all = new ArrayList<>();
    for (OpenRun run : image.runs().values()) {
      EntryData.ToolCall call = run.openCall();
      LiveRun live = kernel.invoker().live(run.id());
      // A call that may be made again is in doubt only once its run was parked for it.
      boolean asks = live == null
          ? call != null && !call.policy().mayRepeat()
          : live.waitsFor() == LiveRun.Wait.RESOLUTION;
      if (call != null && asks && run.resolution(call.key()) == null) {
        all.add(Map.of(
            "invocation",
            run.id().value(),
            "key",
            call.key(),
            "tool",
            call.request().tool()));
      }
    }
    return all;
  }

  /** Figures by the image, with what only the living process counts. */
  static Future<Json> figures(ProcessKernel kernel) {
    Map<String, @Nullable Object> all = ProcessFigures.of(kernel.log().image());
    all.put("filtered", kernel.filtered());
    all.put("skipped", kernel.skipped());
    return kernel.shown().map(Json.of(all));
  }
}
