package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.history.ManifestDiff;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The manifests a process had, the way back to one of them, and what another would change. */
final class VersionResource {

  private static final String PATH = "/api/v1/processes/:name";

  private VersionResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(
            PATH + "/versions",
            Set.of(),
            call -> call.process().versions().list().map(Answer::ok)),
        Endpoint.post(PATH + "/rollback", Body.OPTIONAL_JSON, VersionResource::rollback)
            .needs(Scope.DEPLOY));
  }

  /** Brings {@code version} back, or the one before; answers the status. */
  private static Future<Answer> rollback(Call call) {
    AgentProcess process = call.process();
    Long version = call.fields("version").wholeOrNull("version");
    if (version != null && (version < 1 || version > Integer.MAX_VALUE)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE, "version, expected=a whole number from 1, actual=" + version);
    }
    return call.runtime()
        .rollback(process, version == null ? null : version.intValue())
        .compose(done -> process.status(false))
        .map(Answer::ok);
  }

  /**
   * What a deployment would do, as {@code ProcessVersions.preview} says it, with {@code dry_run}
   * and {@code warnings}; of a name that nobody has, everything is new.
   */
  static Future<Json> preview(@Nullable AgentProcess known, Manifest manifest) {
    Future<Map<String, @Nullable Object>> plan = known == null
        ? Future.succeededFuture(created(manifest))
        : known.versions().preview(manifest.resolved());
    return plan.map(said -> {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("dry_run", true);
      all.putAll(said);
      all.put("warnings", manifest.warnings());
      return Json.of(all);
    });
  }

  private static Map<String, @Nullable Object> created(Manifest manifest) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("name", manifest.config().name().value());
    all.put("exists", false);
    all.put("version", null);
    all.put("next_version", 1);
    all.put("changes", ManifestDiff.of(Json.EMPTY, manifest.resolved()));
    all.put("running", List.of());
    all.put("queued", 0);
    return all;
  }
}
