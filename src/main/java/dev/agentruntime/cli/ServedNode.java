package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.web.ApiServer;
import dev.agentruntime.web.WebhookIngress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A node with everything that belongs to it: the one place where the whole is put together. */
final class ServedNode {

  /** More processes than this are counted, not listed. */
  private static final int LISTED_MAX = 200;

  /** Event loops that share the ingress. */
  private static final int INGRESS_LOOPS = 2;

  private final AgentRuntime runtime;
  private final ApiServer api;
  private final WebhookIngress ingress;

  private ServedNode(AgentRuntime runtime, ApiServer api, WebhookIngress ingress) {
    this.runtime = runtime;
    this.api = api;
    this.ingress = ingress;
  }

  /** Starts a node on a Vert.x, which stays the caller's. */
  static Future<ServedNode> start(Vertx vertx, RuntimeConfig config) {
    if (config.cluster().enabled()) {
      // Here a clustered Vert.x takes the place of this one, and adds its part and its placement.
      return Future.failedFuture(
          new RuntimeFault(ErrorCode.START_FAILED, "-cluster is not available yet"));
    }
    Timers timers = new VertxTimers(vertx);
    ApiServer api = new ApiServer(vertx, config.control(), config.http());
    WebhookIngress ingress = new WebhookIngress(
        vertx,
        timers,
        Ids.random(timers),
        new WebhookIngress.Settings(
            config.ingress(), config.http(), INGRESS_LOOPS, Set.of(config.control())));
    return AgentRuntime.builder()
        .vertx(vertx)
        .config(config)
        .part(api)
        .part(ingress)
        .routes(ingress)
        .start(true)
        .map(runtime -> new ServedNode(runtime, api, ingress));
  }

  /** Takes no new work, lets steps in flight end, and closes everything but Vert.x. */
  Future<Void> close() {
    return runtime.close();
  }

  /**
   * What the operator should know at once, a line each:
   *
   * <pre>
   * Agent Runtime 0.1.0, node node-1
   * control  http://127.0.0.1:9100
   * ingress  http://127.0.0.1:9090
   * ci-assistant  running  webhook /hooks/github
   * warning: agents/x.agent:3:1: ...
   * </pre>
   */
  Future<List<String>> report() {
    List<AgentProcess> all = runtime.processes();
    List<AgentProcess> listed = all.subList(0, Math.min(all.size(), LISTED_MAX));
    List<Future<String>> lines = listed.stream().map(ServedNode::line).toList();
    return Future.all(lines).map(done -> {
      List<String> report = new ArrayList<>();
      report.add("Agent Runtime " + Main.version() + ", node " + runtime.node());
      report.add("control  http://" + api.address());
      report.add("ingress  http://" + runtime.config().ingress().host() + ":" + ingress.port());
      report.addAll(done.<String>list());
      if (all.size() > listed.size()) {
        report.add("and " + (all.size() - listed.size()) + " more");
      }
      for (String notice : runtime.warnings()) {
        report.add("warning: " + Console.printable(notice));
      }
      return report;
    });
  }

  /** How long this JVM took to get here, in milliseconds. */
  long ageMillis() {
    return ProcessHandle.current()
        .info()
        .startInstant()
        .map(start -> runtime.timers().now().toEpochMilli() - start.toEpochMilli())
        .orElse(0L);
  }

  private static Future<String> line(AgentProcess process) {
    return process.status(false).map(status -> line(process, status));
  }

  private static String line(AgentProcess process, Json status) {
    Map<String, @Nullable Object> all = status.object();
    String triggers = ReadCommands.objects(all.get("triggers")).stream()
        .map(ServedNode::words)
        .collect(Collectors.joining(", "));
    String line = process.name() + "  " + Console.text(all.get("state"));
    return triggers.isEmpty() ? line : line + "  " + triggers;
  }

  /** A trigger of a status in words. */
  static String words(Map<String, @Nullable Object> trigger) {
    String type = Console.text(trigger.get("type"));
    return switch (type) {
      case "webhook" -> type + " " + Console.text(trigger.get("path"));
      case "cron" ->
        type + " " + Console.text(trigger.get("cron_expression")) + " "
            + Console.text(trigger.get("cron_timezone"));
      default -> type;
    };
  }
}
