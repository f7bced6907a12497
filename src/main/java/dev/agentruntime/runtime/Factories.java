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
import dev.agentruntime.journal.Journal;
import dev.agentruntime.memory.Memories;
import dev.agentruntime.provider.Models;
import dev.agentruntime.run.ProcessDeps;
import dev.agentruntime.source.FileWatches;
import dev.agentruntime.source.Sources;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.WheelTimers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Makes what processes are given: models, triggers, tools, with the node's secrets. The journal
 * keeps literal secrets masked, so those of file manifests are remembered here, by process. Safe on
 * every thread.
 */
final class Factories {

  private final Setup setup;
  private final Timers timers;
  private final Timers wheel;
  private final Ids ids;
  private final Models models;
  private final Memories memories;
  private final FileWatches watches;
  private final List<Tool> tools;
  private final Subscriptions bus;
  private final Map<ProcessName, ProcessConfig> fromFiles = new ConcurrentHashMap<>();

  Factories(Vertx vertx, Timers timers, Ids ids, Setup setup, List<Tool> tools) {
    this.setup = setup;
    this.timers = timers;
    // A trigger cancels what it armed when it stops, and there may be very many of them.
    this.wheel = new WheelTimers(vertx);
    this.ids = ids;
    this.tools = tools;
    RuntimeConfig config = setup.config();
    this.watches = FileWatches.of(vertx, config.agentsDir());
    this.bus = new Subscriptions(NodeHome.idOf(config));
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

  /** Remembers a configuration as its file has it, with literal secrets. */
  void remember(ProcessConfig config) {
    fromFiles.put(config.name(), config);
  }

  /** Who is owed what on this node. */
  Subscriptions bus() {
    return bus;
  }

  ProcessDeps deps(Journal journal) {
    return new ProcessDeps(
        journal,
        timers,
        ids,
        config -> models.create(config.model(), config.fallbacks(), config.script()),
        this::trigger,
        tools,
        bus,
        memories::create);
  }

  private Trigger trigger(ProcessConfig process, TriggerConfig declared, Executor context) {
    TriggerDeps.Web web = setup.routes() == null
        ? null
        : new TriggerDeps.Web(setup.routes(), setup.config().ingress());
    TriggerDeps deps =
        new TriggerDeps(process.name(), context, wheel, ids, this::secret, web, bus, setup.types());
    return Sources.create(withLiterals(process.name(), declared), deps, watches);
  }

  private TriggerConfig withLiterals(ProcessName process, TriggerConfig declared) {
    ProcessConfig file = fromFiles.get(process);
    if (file == null
        || !(declared instanceof TriggerConfig.Webhook webhook)
        || webhook.secrets().stream()
            .noneMatch(secret -> secret.kind() == SecretRef.Kind.LITERAL)) {
      return declared;
    }
    return file.triggers().stream()
        .filter(other -> other.id().equals(declared.id()))
        .findFirst()
        .orElse(declared);
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

  /** How the gates of the models stand. */
  Future<Json> models() {
    return models.status();
  }

  Future<Void> close() {
    return memories.close().eventually(models::close);
  }
}
