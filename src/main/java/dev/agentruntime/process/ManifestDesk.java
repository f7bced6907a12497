package dev.agentruntime.process;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.Drift;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.manifest.ManifestReader;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes single parts of the manifest of a process while it lives. Each change is journaled as a
 * deployment that says what it drifted from, holds from the next run on, survives a restart, and
 * ends when another manifest is declared. One that cannot be carried out, such as a trigger whose
 * webhook path is taken, is refused before it is journaled. Every method may be called from any
 * thread.
 */
public final class ManifestDesk {

  /** Most triggers of a process to which one can be added. */
  public static final int TRIGGERS_MAX = 1_000;

  private static final String INSTRUCTIONS = "instructions";
  private static final String TRIGGERS = "triggers";

  private final AgentProcess process;

  /** For one process. */
  public ManifestDesk(AgentProcess process) {
    this.process = process;
  }

  /** Gives it other instructions, empty for none; done when they are durable. */
  public Future<Void> instructions(String text) {
    return process.call(kernel -> {
      String clean = kernel.log().redactor().redact(text);
      return change(kernel, INSTRUCTIONS, null, manifest -> {
        manifest.put(INSTRUCTIONS, clean);
        return manifest;
      });
    });
  }

  /**
   * Changes the fields of a section that are named; those that are null are taken away. A section
   * that there was not is there then.
   *
   * @param part such as {@code budget}
   * @return when it is durable; fails with INVALID_CONFIG when it cannot be read, and then nothing
   *     has changed
   */
  public Future<Void> section(String part, Map<String, @Nullable Object> fields) {
    return process.call(kernel -> fields.isEmpty()
        ? kernel.log().durable()
        : change(kernel, part, null, manifest -> {
          Map<String, @Nullable Object> section = new LinkedHashMap<>();
          if (manifest.get(part) instanceof Map<?, ?> before) {
            before.forEach((key, value) -> section.put(String.valueOf(key), value));
          }
          section.putAll(fields);
          section.values().removeIf(Objects::isNull);
          manifest.put(part, section);
          return manifest;
        }));
  }

  /** {@code {"triggers":[{"id","type","dynamic",...}],"total"}}, in the order of the manifest. */
  public Future<Json> triggers() {
    return process.call(kernel -> {
      List<Map<String, @Nullable Object>> all = views(kernel);
      return kernel.shown().map(Json.of(Map.of(TRIGGERS, all, "total", all.size())));
    });
  }

  /**
   * Adds a trigger, which listens when the future succeeds.
   *
   * @param trigger as {@link ManifestReader#readTrigger} reads it
   * @return how it stands, as in {@link #triggers}; fails with INVALID_CONFIG when its id or path
   *     is taken, LIMIT_EXCEEDED, or why it cannot listen
   */
  public Future<Json> add(Json trigger) {
    String id = String.valueOf(trigger.object().get("id"));
    return process.call(kernel -> change(kernel, TRIGGERS, id, manifest -> {
          List<TriggerConfig> now = config(kernel).triggers();
          if (now.stream().anyMatch(each -> each.id().equals(id))) {
            throw new RuntimeFault(
                ErrorCode.INVALID_CONFIG,
                "trigger " + Json.quote(id) + " exists, expected=another id, or other fields");
          }
          if (now.size() >= TRIGGERS_MAX) {
            throw new RuntimeFault(
                ErrorCode.LIMIT_EXCEEDED,
                "triggers, expected=at most " + TRIGGERS_MAX + ", actual=" + now.size());
          }
          List<@Nullable Object> all = list(manifest);
          all.add(trigger.value());
          manifest.put(TRIGGERS, all);
          return manifest;
        })
        .map(done -> Json.of(views(kernel).stream()
            .filter(each -> id.equals(each.get("id")))
            .findFirst()
            .orElseThrow())));
  }

  /** Takes a trigger away, also one of the manifest; fails with TRIGGER_NOT_FOUND. */
  public Future<Void> remove(String id) {
    return process.call(kernel -> change(kernel, TRIGGERS, null, manifest -> {
      if (config(kernel).triggers().stream().noneMatch(each -> each.id().equals(id))) {
        throw new RuntimeFault(
            ErrorCode.TRIGGER_NOT_FOUND, "there is no trigger " + Json.quote(id));
      }
      List<@Nullable Object> all = list(manifest);
      all.removeIf(each -> each instanceof Map<?, ?> map && id.equals(map.get("id")));
      manifest.put(TRIGGERS, all);
      return manifest;
    }));
  }

  private static ProcessConfig config(ProcessKernel kernel) {
    return deployment(kernel).config();
  }

  private static ProcessImage.Deployment deployment(ProcessKernel kernel) {
    return Objects.requireNonNull(kernel.log().image().deployment());
  }

  private static List<@Nullable Object> list(Map<String, @Nullable Object> manifest) {
    return manifest.get(TRIGGERS) instanceof List<?> all ? new ArrayList<>(all) : new ArrayList<>();
  }

  private List<Map<String, @Nullable Object>> views(ProcessKernel kernel) {
    ProcessImage image = kernel.log().image();
    Instant now = process.deps().timers().now();
    List<String> added = StatusView.added(image);
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (TriggerConfig trigger : config(kernel).triggers()) {
      Map<String, @Nullable Object> view = StatusView.trigger(trigger, image, now);
      view.put("dynamic", added.contains(trigger.id()));
      all.add(view);
    }
    return all;
  }

  private static Future<Void> change(
      ProcessKernel kernel,
      String part,
      @Nullable String added,
      UnaryOperator<Map<String, @Nullable Object>> edit) {
    return kernel.deployed(() -> {
      DeployEntry.ProcessDeployed before = deployment(kernel).entry();
      Json edited = Json.of(edit.apply(new LinkedHashMap<>(before.manifest().object())));
      Manifest next = ManifestReader.of(ManifestReader.fromResolved(edited));
      return next.digest().equals(before.digest())
          ? null
          : new DeployEntry.ProcessDeployed(
              next.resolved(),
              next.digest(),
              before.version() + 1,
              before.source(),
              before.file(),
              0,
              drift(before, next, part, added));
    });
  }

  /** What is left of earlier changes, and the new one; null when it is as declared again. */
  private static @Nullable Drift drift(
      DeployEntry.ProcessDeployed before, Manifest next, String part, @Nullable String added) {
    if (next.digest().equals(before.declaredDigest())) {
      return null;
    }
    Drift earlier = before.drift();
    TreeSet<String> parts = new TreeSet<>(earlier == null ? List.of() : earlier.parts());
    parts.add(part);
    List<String> triggers = new ArrayList<>(earlier == null ? List.of() : earlier.triggers());
    if (added != null) {
      triggers.add(added);
    }
    triggers.removeIf(
        id -> next.config().triggers().stream().noneMatch(t -> t.id().equals(id)));
    return new Drift(before.declaredDigest(), List.copyOf(parts), triggers);
  }
}
