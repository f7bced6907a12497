package dev.agentruntime.desk;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.WatchEntry.HealthAction;
import dev.agentruntime.entry.WatchEntry.HealthAnomaly;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.HealthTrack;
import dev.agentruntime.live.ProcessLog;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an operator sees and does of a process's health. Owned by: the process's context. */
public final class HealthDesk {

  private final ProcessLog log;

  /** Of one process. */
  public HealthDesk(ProcessLog log) {
    this.log = log;
  }

  /**
   * {@code {"anomalies":[{time, type, action, invocation?, ordinal?, details}], "total":n,
   * "healthy":true}}, newest first; fails with HEALTH_DISABLED.
   */
  public Future<Json> anomalies() {
    require();
    List<Object> all = new ArrayList<>();
    for (HealthTrack.Noted noted : track().anomalies()) {
      all.add(0, shown(noted));
    }
    Json view = Json.of(
        Map.of("anomalies", all, "total", all.size(), "healthy", !track().isUnwell()));
    return log.durable().map(view);
  }

  /** Forgets all anomalies, not what is counted; answers how many there were. */
  public Future<Json> clear(String by) {
    require();
    int count = track().anomalies().size();
    Json view = Json.of(Map.of("cleared", count));
    return count == 0
        ? log.durable().map(view)
        : log.write(new HealthAnomaly("", HealthAction.CLEARED, null, 0, "by " + by))
            .map(view);
  }

  private void require() {
    if (!watched(log.image())) {
      throw new RuntimeFault(
          ErrorCode.HEALTH_DISABLED,
          "health of " + log.image().id().name()
              + " is not watched, expected=a section health in its manifest");
    }
  }

  private static boolean watched(ProcessImage image) {
    ProcessImage.Deployment now = image.deployment();
    return now != null && now.config().governance().health() != null;
  }

  private HealthTrack track() {
    return log.image().governance().health();
  }

  /** Of a status; nothing when health is not watched. */
  public static Map<String, Object> status(ProcessImage image) {
    if (!watched(image)) {
      return Map.of();
    }
    List<HealthTrack.Noted> all = image.governance().health().anomalies();
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("healthy", !image.governance().health().isUnwell());
    view.put("anomalies", all.size());
    if (!all.isEmpty()) {
      view.put("last", shown(all.get(all.size() - 1)));
    }
    return Map.of("health", view);
  }

  private static Map<String, @Nullable Object> shown(HealthTrack.Noted noted) {
    HealthAnomaly anomaly = noted.anomaly();
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("time", noted.time().toString());
    view.put("type", anomaly.type().isEmpty() ? null : anomaly.type());
    view.put("action", anomaly.action().name().toLowerCase(Locale.ROOT));
    InvocationId invocation = anomaly.invocation();
    if (invocation != null) {
      view.put("invocation", invocation.value());
      view.put("ordinal", anomaly.ordinal());
    }
    view.put("details", anomaly.details());
    return view;
  }
}
