package dev.agentruntime.cli;

import dev.agentruntime.access.TokenFile;
import dev.agentruntime.access.TokenRandom;
import dev.agentruntime.api.ApiServer;
import dev.agentruntime.cluster.ClusteredVertx;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.console.Console;
import dev.agentruntime.core.Json;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.home.NodeDirectory;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.verticle.Verticles;
import dev.agentruntime.web.WebhookIngress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
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
  private final Listeners listeners;
  private final Held held;

  private ServedNode(AgentRuntime runtime, Listeners listeners, Held held) {
    this.runtime = runtime;
    this.listeners = listeners;
    this.held = held;
  }

  /** What listens, bound before anything is journaled. */
  private record Listeners(ApiServer api, WebhookIngress ingress, RuntimeConfig config) {}

  /** What outlives the runtime: the node's directory, and the cluster when there is one. */
  private record Held(
      NodeDirectory<Disk.Lock> home, @Nullable ClusteredVertx cluster) {

    Future<Void> release() {
      Future<Void> left = cluster == null ? Future.succeededFuture() : cluster.close();
      return left.transform(done -> {
        try {
          home.lock().close();
          return Future.succeededFuture();
        } catch (IOException e) {
          return Future.failedFuture(e);
        }
      });
    }
  }

  /**
   * Starts a node: takes its directory, joins the cluster when there is one, binds its ports, then
   * starts the runtime. Blocks a moment on files, so not to be called on an event loop.
   *
   * @param vertx to live on without a cluster; stays the caller's
   */
  static Future<ServedNode> start(Vertx vertx, RuntimeConfig wanted) {
    RealDisk disk = new RealDisk();
    NodeDirectory<Disk.Lock> home = NodeDirectory.take(disk, wanted);
    RuntimeConfig config = home.applyTo(wanted);
    Future<Held> joined = config.cluster().enabled()
        ? ClusteredVertx.create(
                new ClusteredVertx.Node(home.node(), config.dataDir(), disk, FileJournal.FORMAT),
                config.cluster(),
                NodeOptions.vertxOptions())
            .map(cluster -> new Held(home, cluster))
        : Future.succeededFuture(new Held(home, null));
    return joined.compose(held -> start(vertx, config, held)
        .recover(cause -> held.release().transform(done -> Future.failedFuture(cause))));
  }

  private static Future<ServedNode> start(Vertx plain, RuntimeConfig config, Held held) {
    ClusteredVertx cluster = held.cluster();
    Vertx vertx = cluster == null ? plain : cluster.vertx();
    Timers timers = new VertxTimers(vertx);
    TokenFile tokens =
        new TokenFile(new RealDisk(), held.home().path(), timers::now, TokenRandom::draw);
    return listen(vertx, timers, config, tokens).compose(listeners -> {
      AgentRuntime.Builder builder = AgentRuntime.builder()
          .vertx(vertx)
          .config(listeners.config())
          .part(listeners.api())
          .part(listeners.ingress())
          .part(new Verticles())
          .routes(listeners.ingress());
      if (cluster != null) {
        cluster.advertise(
            () -> listeners.api().address(),
            () -> new HostPort(config.ingress().host(), listeners.ingress().port()));
        builder = builder.part(cluster).placement(cluster.placement());
      }
      return builder.start(true).map(runtime -> {
        LogSetup.redacting(runtime::redact);
        return new ServedNode(runtime, listeners, held);
      });
    });
  }

  /** Binds control and ingress; in a cluster on loopback their ports step up. */
  private static Future<Listeners> listen(
      Vertx vertx, Timers timers, RuntimeConfig config, TokenFile tokens) {
    PortSteps ports = new PortSteps(config.cluster().enabled());
    return ports
        .bind(config.control(), port -> {
          ApiServer api = new ApiServer(
              vertx, new HostPort(config.control().host(), port), config.http(), tokens);
          return api.bind().map(api);
        })
        .compose(api -> ports
            .bind(config.ingress(), port -> {
              WebhookIngress ingress = new WebhookIngress(
                  vertx,
                  timers,
                  Ids.random(timers),
                  new WebhookIngress.Settings(
                      new HostPort(config.ingress().host(), port),
                      config.http(),
                      INGRESS_LOOPS,
                      Set.of(api.address())));
              return ingress.bind().map(ingress);
            })
            .map(ingress -> new Listeners(api, ingress, config))
            .recover(cause -> api.stop().transform(done -> Future.failedFuture(cause))));
  }

  /** Takes no new work, lets steps in flight end, and closes everything but the plain Vert.x. */
  Future<Void> close() {
    return runtime.close().transform(done -> held.release());
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
      report.add(
          "control  " + listeners.api().scheme() + "://" + listeners.api().address());
      report.add("ingress  " + listeners.api().scheme() + "://"
          + runtime.config().ingress().host() + ":" + listeners.ingress().port());
      report.addAll(done.<String>list());
      if (all.size() > listed.size()) {
        report.add("and " + (all.size() - listed.size()) + " more");
      }
      String open = listeners.api().notice();
      if (open != null) {
        report.add("warning: " + open);
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
    return process.status(false).map(status -> line(process.name().value(), status));
  }

  /** A process in words, with the reason when it failed. */
  static String line(String name, Json status) {
    Map<String, @Nullable Object> all = status.object();
    String triggers = Console.objects(all.get("triggers")).stream()
        .map(ServedNode::words)
        .collect(Collectors.joining(", "));
    String line = name + "  " + Console.text(all.get("state"));
    if ("failed".equals(all.get("state"))) {
      Object why = all.get("condition") == null ? all.get("reason") : all.get("condition");
      triggers += (triggers.isEmpty() ? "(" : "  (") + Console.text(why) + ")";
    }
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
      case "file_watch" -> type + " " + Console.text(trigger.get("watch_path"));
      case "event" -> type + " " + Console.text(trigger.get("event_type"));
      case "message" -> type + " " + Console.text(trigger.get("topic"));
      default -> type;
    };
  }
}
