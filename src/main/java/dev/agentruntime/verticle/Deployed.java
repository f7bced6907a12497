package dev.agentruntime.verticle;

import dev.agentruntime.core.Json;
import dev.agentruntime.runtime.Extensions.Brought;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is there under a name.
 *
 * @param id of Vert.x's deployment, null when it could not be restored
 * @param jar its bytes where there is no store, else null
 * @param problem why it is not up, null when it is
 */
record Deployed(
    VerticleSpec spec,
    String by,
    @Nullable String id,
    @Nullable Access access,
    byte @Nullable [] jar,
    @Nullable String problem) {

  Brought brought() {
    return access == null ? Brought.NONE : access.brought();
  }

  Json shown() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("name", spec.name());
    all.put("state", problem == null ? "deployed" : "failed");
    all.putAll(spec.shown());
    all.put("by", by);
    if (access != null) {
      all.putAll(access.names());
    }
    all.put("problem", problem);
    return Json.of(all);
  }
}
