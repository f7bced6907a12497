package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.http.BodyReader;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All processes of the node, and the way in for a new one. */
final class ProcessesResource {

  private static final String PATH = "/api/v1/processes";

  private ProcessesResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(PATH, Set.of("limit", "cursor"), ProcessesResource::list),
        Endpoint.acting(
                "POST",
                PATH,
                Set.of("start", "replace", "dry_run"),
                Body.JSON_OR_YAML,
                ProcessesResource::deploy)
            .needs(Scope.DEPLOY));
  }

  /** The processes by name; the cursor is the last name of the page before. */
  private static Future<Answer> list(Call call) {
    List<AgentProcess> all = call.runtime().processes();
    String after = call.cursor();
    int limit = call.limit();
    List<Future<Json>> page = new ArrayList<>();
    String last = null;
    boolean more = false;
    for (AgentProcess process : all) {
      String name = process.name().value();
      if (after != null && name.compareTo(after) <= 0) {
        continue;
      }
      if (page.size() == limit) {
        more = true;
        break;
      }
      page.add(process.status(false));
      last = name;
    }
    String next = more ? last : null;
    return Future.all(page).map(done -> {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("processes", done.<Json>list());
      body.put("total", all.size());
      body.put("next_cursor", next);
      return Answer.ok(Json.of(body));
    });
  }

  private static Future<Answer> deploy(Call call) {
    Order order = order(call);
    AgentProcess known = call.runtime().process(order.manifest().config().name());
    if (call.flag("dry_run", false)) {
      return VersionResource.preview(known, order.manifest()).map(Answer::ok);
    }
    call.requireSecretsAllowed(
        order.manifest().config().secretSources().stream().map(SecretRef::shown).toList());
    if (known != null && call.flag("replace", false)) {
      return call.runtime()
          .replace(known, order.manifest())
          .compose(done -> known.status(false))
          .map(Answer::ok);
    }
    return call.runtime()
        .deploy(order.manifest(), order.start())
        .compose(process -> process
            .status(false)
            .map(status -> Answer.of(201, status)
                .with("Location", PATH + "/" + process.name().value())));
  }

  private static Order order(Call call) {
    ManifestReader reader = call.runtime().manifests();
    String type =
        BodyReader.requireType(call.headers().get("content-type"), Body.JSON_OR_YAML.mediaTypes());
    if (!type.equals(BodyReader.JSON)) {
      Manifest manifest = reader.readYaml(utf8(call.body()), "body", null, true);
      return new Order(manifest, call.flag("start", true));
    }
    Fields fields = call.fields("name", "config", "start");
    if (call.query().containsKey("start")) {
      throw new RuntimeFault(
          ErrorCode.UNKNOWN_FIELD, "query parameter start, expected=the field start of the body");
    }
    boolean start = fields.flag("start", true);
    String name = fields.text("name");
    return new Order(reader.readJson(Json.of(fields.object("config")), name), start);
  }

  private static String utf8(byte[] body) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "body: not UTF-8, expected=YAML in UTF-8", e);
    }
  }

  /** What a caller wants to have running. */
  private record Order(Manifest manifest, boolean start) {}
}
