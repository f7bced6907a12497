package dev.agentruntime.fold;

import dev.agentruntime.context.ContextTrail;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The digest of an image: SHA-256 over all it holds in one canonical form. Two images at one
 * position have equal digests exactly when the fold gave them the same state.
 */
public final class ImageDigest {

  private ImageDigest() {}

  public static String of(ProcessImage image) {
    return Hex.sha256(form(image).bytes());
  }

  /** What the digest is of: one JSON object, which names every part of the image. */
  public static Json form(ProcessImage image) {
    return Json.of(values(image));
  }

  private static Map<String, Object> values(ProcessImage image) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("process", image.id().toString());
    all.put("sequence", image.sequence());
    all.put("epoch", image.epoch());
    all.put("state", image.state().word());
    all.put("reason", image.reason());
    all.put("life", image.life().toValues());
    all.put("causes", List.copyOf(image.causes()));
    ProcessImage.Deployment deployment = image.deployment();
    all.put("manifest", deployment == null ? "" : deployment.entry().digest());
    all.put("inbox", image.queue().events().stream().map(ImageDigest::event).toList());
    all.put("queue", image.queue().toValues());
    all.put("dedup", image.dedup().toValues());
    List<Object> runs = new ArrayList<>();
    image.runs().values().forEach(run -> runs.add(run(run)));
    all.put("runs", runs);
    all.put("context", context(image));
    all.put("context_trail", trail(image.trail()));
    all.put(
        "conversation",
        image.conversation().messages().stream().map(String::valueOf).toList());
    if (image.conversation().isUntrusted()) {
      all.put("conversation_untrusted", true);
    }
    all.put("heads", image.heads().stream().map(String::valueOf).toList());
    all.put("tool_sets", image.toolSets());
    all.put("cursors", image.cursors());
    all.put("outbox", image.outbox().items().stream().map(String::valueOf).toList());
    all.put("dead_letters", image.deadLetters().toValues());
    all.put(
        "counters",
        List.of(image.accepted(), image.settled(), image.consecutiveFailures(), image.restarts()));
    all.put("last_error", String.valueOf(image.lastError()));
    Map<String, Object> governance = image.governance().toValues();
    if (!governance.isEmpty()) {
      all.put("governance", governance);
    }
    all.put("removed", image.removed());
    return all;
  }

  private static Object event(TriggerEvent event) {
    return String.valueOf(event);
  }

  private static Object run(OpenRun run) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("start", String.valueOf(run.start()));
    if (!run.base().budget().isEmpty()) {
      all.put("budget", run.base().budget());
    }
    all.put("attempt", run.attempt());
    all.put("failures", run.failures());
    all.put("crashes", run.crashes());
    if (run.isParked()) {
      all.put("parked", true);
    }
    if (run.cut) {
      all.put("cut", true);
    }
    all.put("retry_at", String.valueOf(run.retryAt()));
    all.put("cancelled", String.valueOf(run.cancelled()));
    all.put("ran_ms", run.ran().toMillis());
    all.put("steps", run.steps().stream().map(String::valueOf).toList());
    all.put("view", run.view().toJson());
    return all;
  }

  private static Map<String, Object> context(ProcessImage image) {
    Map<String, Object> all = new LinkedHashMap<>();
    image.context().entries().forEach((key, entry) -> all.put(key, String.valueOf(entry)));
    return new TreeMap<>(Map.of("entries", all, "deleted", image.context().deleted()));
  }

  private static Map<String, Object> trail(ContextTrail trail) {
    return new TreeMap<>(Map.of(
        "changes", trail.changes().stream().map(String::valueOf).toList(),
        "cut", List.copyOf(trail.cut()),
        "forgot", trail.forgot()));
  }
}
