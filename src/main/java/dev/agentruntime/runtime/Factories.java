package dev.agentruntime.runtime;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.Secrets;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.UrlGuard;
import dev.agentruntime.home.NodeHome;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.Surroundings;
import dev.agentruntime.mcp.McpServers;
import dev.agentruntime.memory.Memories;
import dev.agentruntime.outbound.GuardedClient;
import dev.agentruntime.outbound.Names;
import dev.agentruntime.outbound.Outbound;
import dev.agentruntime.provider.Models;
import dev.agentruntime.source.FileWatches;
import dev.agentruntime.source.Sources;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.WheelTimers;
import dev.agentruntime.tool.FileTools;
import dev.agentruntime.tool.OfferedTools;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Makes what processes are given: models, triggers, tools, with the node's secrets. Safe on every
 * thread.
 */
final class Factories {

  private final Setup setup;
  private final Timers timers;
  private final Timers wheel;
  private final Ids ids;
  private final Models models;
  private final Memories memories;
  private final FileWatches watches;
  private final Surroundings surroundings;
  private final McpServers servers;
  private final OfferedTools tools;
  private final Subscriptions bus;
  private final GuardedClient requests;
  private final Outbound outbound;
  private final Vertx vertx;
  private final Literals literals = new Literals();

  Factories(Vertx vertx, Timers timers, Ids ids, Setup setup, List<Tool> tools) {
    this.setup = setup;
    this.timers = timers;
    // A trigger cancels what it armed when it stops, and there may be very many of them.
    this.wheel = new WheelTimers(vertx);
    this.ids = ids;
    this.tools = new OfferedTools(tools);
    RuntimeConfig config = setup.config();
    this.watches = FileWatches.of(vertx, config.agentsDir());
    this.surroundings =
        new Surroundings(shown(setup), FileTools.Host.of(vertx, config.agentsDir()));
    this.servers = new McpServers(timers, this::secret, config.agentsDir());
    this.bus = new Subscriptions(NodeHome.idOf(config));
    this.vertx = vertx;
    this.requests = new GuardedClient(
        vertx, timers, UrlGuard.of(config.outboundAllow()), Names.ofSystem(vertx));
    this.outbound = Outbound.of(requests, this::value);
    this.models = new Models(
        vertx,
        timers,
        ids,
        provider -> config.models().getOrDefault(provider, ModelEndpoint.DEFAULT),
        this::modelSecret);
    this.memories = new Memories(new Memories.Deps(
        vertx,
        timers,
        config.dataDir().resolve(NodeHome.idOf(config).value()).resolve("memory"),
        config.memory(),
        provider -> config.models().getOrDefault(provider, ModelEndpoint.DEFAULT),
        this::modelSecret,
        setup.embedding()));
  }

  /** The literal secrets of file manifests. */
  Literals literals() {
    return literals;
  }

  /** Who is owed what on this node. */
  Subscriptions bus() {
    return bus;
  }

  ProcessDeps deps(Journal journal, Observers observers) {
    return new ProcessDeps(
        journal,
        timers,
        ids,
        config -> models.create(config.model(), config.fallbacks(), config.script()),
        this::trigger,
        tools,
        bus,
        memories::create,
        outbound,
        surroundings,
        (process, server, context, told) ->
            servers.server(process, literals.of(process, server), context, told),
        observers.witness(),
        observers.hooks());
  }

  /** What sends requests to the outside. */
  Outbound outbound() {
    return outbound;
  }

  /** Reads a secret of the node's settings, on a worker. */
  Future<@Nullable String> nodeSecret(SecretRef source) {
    return vertx.executeBlocking(() -> settingsSecret(source), false);
  }

  /** Reads a secret of the node's settings; blocks. */
  String settingsSecret(SecretRef source) {
    String value = Secrets.resolve(source, setup.env(), setup.config().agentsDir());
    outbound.secrets().hide(source, value);
    return value;
  }

  /** Reads the value of a secret, on a worker; of a literal, as the file has it. */
  private Future<String> value(ProcessName process, String name, SecretRef source) {
    SecretRef found = literals.of(process, name, source);
    return vertx.executeBlocking(
        () -> {
          Secrets.warning(found, setup.config().agentsDir())
              .ifPresent(warning -> System.getLogger(Factories.class.getName())
                  .log(System.Logger.Level.WARNING, warning));
          return secret(found);
        },
        false);
  }

  /** A text without the secrets of any process, and of the settings. */
  String redact(String text) {
    return outbound.secrets().redact(text);
  }

  /** The environment without the keys of the node's models, whatever their names. */
  private static Map<String, String> shown(Setup setup) {
    Map<String, String> all = new HashMap<>(setup.variables());
    for (ModelEndpoint endpoint : setup.config().models().values()) {
      SecretRef key = endpoint.apiKey();
      if (key != null && key.kind() == SecretRef.Kind.ENV) {
        all.remove(key.value());
      }
    }
    return all;
  }

  private Trigger trigger(ProcessConfig process, TriggerConfig declared, Executor context) {
    TriggerDeps.Web web = setup.routes() == null
        ? null
        : new TriggerDeps.Web(setup.routes(), setup.config().ingress());
    TriggerDeps deps =
        new TriggerDeps(process.name(), context, wheel, ids, this::secret, web, bus, setup.types());
    return Sources.create(literals.of(process.name(), declared), deps, watches);
  }

  private String secret(SecretRef secret) {
    if (secret.kind() == SecretRef.Kind.LITERAL && secret.value().equals(SecretRef.MASK)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "the secret was a literal in a manifest file that is not there any more,"
              + " expected the file or a reference");
    }
    return Secrets.resolve(secret, setup.env(), setup.config().agentsDir());
  }

  private @Nullable String modelSecret(SecretRef secret) {
    if (secret.kind() == SecretRef.Kind.ENV) {
      return setup.env().apply(secret.value());
    }
    return secret(secret);
  }

  /** The tools that every agent is offered. */
  OfferedTools tools() {
    return tools;
  }

  /** What makes models. */
  Models makesModels() {
    return models;
  }

  /** How the gates of the models stand. */
  Future<Json> models() {
    return models.status();
  }

  Future<Void> close() {
    servers.close();
    return memories.close().eventually(models::close).eventually(requests::close);
  }
}
