package dev.agentruntime.process;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.RuntimeConfig.JournalConfig;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.Secrets;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.guard.UrlGuard;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalSettings;
import dev.agentruntime.journal.MemoryJournal;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.Surroundings;
import dev.agentruntime.manifest.ManifestReader;
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
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.tool.FileTools;
import dev.agentruntime.tool.OfferedTools;
import dev.agentruntime.tool.Toolbox;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.TriggerTypes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a process without a runtime lives on: a Vert.x, a journal and the factories of its own.
 *
 * @param from what the journal knows of the process, null when it is new
 * @param clean whether the stop before this start was a clean one
 */
record Alone(
    Vertx vertx,
    Models models,
    Memories memories,
    ProcessDeps deps,
    Recovery.@Nullable Restored from,
    boolean clean) {

  static Future<Alone> start(ProcessConfig config, @Nullable Path dataDirectory) {
    Vertx vertx = Vertx.vertx();
    Timers timers = new VertxTimers(vertx);
    Ids ids = Ids.random(timers);
    Models models =
        new Models(vertx, timers, ids, provider -> ModelEndpoint.DEFAULT, Alone::environment);
    Memories memories = new Memories(new Memories.Deps(
        vertx,
        timers,
        dataDirectory == null
            ? null
            : dataDirectory.resolve(config.name().value()).resolve("memory"),
        MemorySettings.DEFAULT,
        provider -> ModelEndpoint.DEFAULT,
        Alone::environment,
        null));
    return journal(vertx, config, dataDirectory)
        .compose(journal -> Recovery.replay(journal).map(found -> {
          TriggerTypes types = TriggerTypes.discover(Alone.class.getClassLoader());
          FileWatches watches = FileWatches.of(vertx, Path.of(""));
          McpServers servers = new McpServers(timers, Alone::secret, Path.of(""));
          Subscriptions bus = new Subscriptions(new NodeId(config.name().value()));
          ProcessDeps deps = new ProcessDeps(
              journal,
              timers,
              ids,
              process -> models.create(process.model(), process.fallbacks(), process.script()),
              (process, trigger, context) -> {
                TriggerDeps given = new TriggerDeps(
                    process.name(), context, timers, ids, Alone::secret, null, bus, types);
                return Sources.create(trigger, given, watches);
              },
              new OfferedTools(Toolbox.discover(Alone.class.getClassLoader())),
              bus,
              memories::create,
              Outbound.of(
                  new GuardedClient(vertx, timers, UrlGuard.STRICT, Names.ofSystem(vertx)),
                  (process, name, source) ->
                      vertx.executeBlocking(() -> secret(literal(config, name, source)), false)),
              new Surroundings(System.getenv(), FileTools.Host.of(vertx, Path.of(""))),
              (process, server, context, told) -> servers.server(
                  process, ServerConfig.unmasked(server, config.servers()), context, told));
          boolean clean = found.report().cleanStop() || found.report().entries() == 0;
          return new Alone(
              vertx, models, memories, deps, found.processes().get(config.name()), clean);
        }))
        .recover(cause -> vertx.close().transform(closed -> Future.failedFuture(cause)));
  }

  private static Future<Journal> journal(
      Vertx vertx, ProcessConfig config, @Nullable Path dataDirectory) {
    if (dataDirectory == null) {
      return Future.succeededFuture(new MemoryJournal());
    }
    JournalConfig settings = JournalConfig.DEFAULT;
    NodeId node = new NodeId(config.name().value());
    return FileJournal.open(
            vertx,
            new RealDisk(),
            new JournalSettings(
                dataDirectory.resolve(node.value()).resolve("journal"),
                node,
                settings.segmentBytes(),
                settings.queueMax()))
        .map(journal -> journal);
  }

  /** Brings a process that is hosted to where its declaration and its journal say. */
  Future<Void> bring(AgentProcess process, ProcessConfig config) {
    Manifest manifest = ManifestReader.of(config);
    return process
        .deployed()
        .compose(now -> now.digest().equals(manifest.digest())
            ? Future.succeededFuture()
            : process.deploy(manifest, "code"))
        .compose(done -> process.goOn(clean, null))
        .compose(done -> process.deployed())
        .compose(now -> switch (now.state()) {
          case CREATED, STOPPED, FAILED -> process.start("code");
          default -> Future.succeededFuture();
        });
  }

  private static @Nullable String environment(SecretRef secret) {
    return secret.kind() == SecretRef.Kind.ENV ? System.getenv(secret.value()) : secret(secret);
  }

  /** The journal masks a literal; the configuration in Java has it. */
  private static SecretRef literal(ProcessConfig config, String name, SecretRef source) {
    SecretsConfig.Secret declared = config.outbound().secrets().byName().get(name);
    return source.kind() == SecretRef.Kind.LITERAL && declared != null ? declared.source() : source;
  }

  private static String secret(SecretRef secret) {
    return Secrets.resolve(secret, System::getenv, null);
  }

  /** The journal failed: without a runtime nobody re-opens it, so the process ends working. */
  void broken(RuntimeFault fault) {
    System.getLogger(Alone.class.getName())
        .log(System.Logger.Level.ERROR, "the journal failed; start again: {0}", fault.getMessage());
  }

  Future<Void> close() {
    return deps.journal()
        .close()
        .compose(done -> memories.close())
        .compose(done -> models.close())
        .compose(done -> vertx.close());
  }
}
