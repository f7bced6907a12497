package dev.agentruntime.runtime;

import dev.agentruntime.bus.AgentEventBus;
import dev.agentruntime.bus.MessageBroker;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.hook.Hook;
import dev.agentruntime.hook.HookOptions;
import dev.agentruntime.hook.Hooks;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.observe.EventCallback;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.JavaTools;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerType;
import dev.agentruntime.trigger.TriggerTypes;
import dev.agentruntime.trigger.WebhookRoutes;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One node of the runtime: a journal and the processes that live in it. Every method may be called
 * from any thread.
 */
public final class AgentRuntime {

  private final LocalRuntime local;

  private AgentRuntime(LocalRuntime local) {
    this.local = local;
  }

  /** Begins to describe a runtime. */
  public static Builder builder() {
    return new Builder();
  }

  /** This node. */
  public NodeId node() {
    return local.home().node();
  }

  /** Its settings. */
  public RuntimeConfig config() {
    return local.setup().config();
  }

  /** Its Vert.x. */
  public Vertx vertx() {
    return local.vertx();
  }

  /** Its clock. */
  public Timers timers() {
    return local.timers();
  }

  /** Its ids. */
  public Ids ids() {
    return local.ids();
  }

  /** Its journal. */
  public Journal journal() {
    return local.home().journal();
  }

  /** What reads manifests with this node's environment. */
  public ManifestReader manifests() {
    return local.setup().manifests();
  }

  /** Who owns what. */
  public Placement placement() {
    return local.setup().placement();
  }

  /** A text without the secrets of any process here, for logs; safe on every thread. */
  public String redact(String text) {
    return local.redact(text);
  }

  /** What agents and others tell each other here. */
  public AgentEventBus events() {
    return local.outside().events();
  }

  /** What agents and others send each other here. */
  public MessageBroker messages() {
    return local.outside().messages();
  }

  /**
   * Messages that nobody took: {@code {"dead_letters":[{"process","id","name","reason",...}],
   * "total"}}, oldest first, of every process here and of the node itself.
   *
   * @param pattern of topics
   */
  public Future<Json> deadMessages(String pattern, int limit) {
    return local.outside().deadMessages(pattern, limit);
  }

  /** A process by name, null when there is none. */
  public @Nullable AgentProcess process(ProcessName name) {
    return local.processes().get(name);
  }

  /** A process by name; throws PROCESS_NOT_FOUND. */
  public AgentProcess require(String name) {
    AgentProcess process =
        ProcessName.isValid(name) ? local.processes().get(new ProcessName(name)) : null;
    if (process == null) {
      throw new RuntimeFault(
          ErrorCode.PROCESS_NOT_FOUND, "there is no process " + Json.quote(name) + " on this node");
    }
    return process;
  }

  /** All processes, by name. */
  public List<AgentProcess> processes() {
    return new ArrayList<>(local.processes().values());
  }

  /**
   * Deploys a manifest; fails with PROCESS_EXISTS when the name is taken.
   *
   * @param start whether to start it at once
   */
  public Future<AgentProcess> deploy(Manifest manifest, boolean start) {
    return local.deploy(manifest, "api", start);
  }

  /**
   * Puts a manifest in the place of the one that a process runs on: what is queued runs on it, open
   * runs finish on the version they began with. Where the process came from a file or from code it
   * holds until that says something new, and its status shows the drift.
   */
  public Future<Void> replace(AgentProcess process, Manifest manifest) {
    return local.replace(process, manifest);
  }

  /**
   * Brings an earlier manifest of a process back, as a new version, like {@link #replace}.
   *
   * @param to null = the version before the one in force
   * @return fails with NOT_FOUND when there was no such version, NOT_KEPT when the journal let go
   *     of it, SECRET_UNAVAILABLE when it had a literal secret that is not known any more,
   *     VERSION_CONFLICT when it is what runs
   */
  public Future<Void> rollback(AgentProcess process, @Nullable Integer to) {
    return local.rollback(process, to);
  }

  /**
   * Takes in a process that was created in Java; it lives on this runtime's Vert.x and journal. One
   * that the journal knows goes on; fails with ILLEGAL_TRANSITION when it runs already.
   */
  public Future<AgentProcess> register(AgentProcess process) {
    return local.register(process);
  }

  /**
   * Deploys the manifest in a file, on which nobody watches: the application says it again after a
   * change, and after a restart, like {@link #register}. Nothing is started that was not running.
   *
   * @param name of the process, null = the one in the file
   * @return fails with INVALID_CONFIG, every error in a line, and with PROCESS_EXISTS when somebody
   *     else deployed a process of this name
   */
  public Future<AgentProcess> loadManifest(Path file, @Nullable ProcessName name) {
    return local.loadManifest(file, name);
  }

  /**
   * Does what {@link #loadManifest} does with every manifest directly in a directory; those that
   * are invalid are reported and hold up nobody.
   *
   * @return what is wrong with single files, a line each
   */
  public Future<List<String>> loadDirectory(Path directory) {
    return local.loadDirectory(directory);
  }

  /**
   * Starts every process that is down, all at once; one that cannot holds up no other.
   *
   * @return succeeds when each has started or failed
   */
  public Future<Sweep> startAll() {
    return Sweep.over(processes(), (process, now) -> switch (now) {
      case CREATED, STOPPED, FAILED -> process.start();
      default -> null;
    });
  }

  /** Stops every process that is up, all at once; queues, conversations and open runs are kept. */
  public Future<Sweep> stopAll(String reason) {
    return Sweep.over(processes(), (process, now) -> switch (now) {
      case CREATED, STOPPED -> null;
      default -> process.stop(reason);
    });
  }

  /** Stops every process that is up, and starts every process, all at once. */
  public Future<Sweep> restartAll() {
    return Sweep.over(processes(), (process, now) -> process.restart());
  }

  /** Stops a process and forgets its name; queued events are settled as cancelled. */
  public Future<Void> remove(ProcessName name, String by) {
    return local.remove(name, by);
  }

  /**
   * Registers a type of trigger, which manifests that are read from now on may name; a process that
   * failed for the want of it may be started again.
   *
   * @throws RuntimeFault INVALID_CONFIG when its name is none, that of a built-in type, or taken
   */
  public void registerTrigger(TriggerType type) {
    local.setup().types().register(type, false);
  }

  /** Registers a type of trigger in place of one of its name; triggers that listen stay. */
  public void replaceTrigger(TriggerType type) {
    local.setup().types().register(type, true);
  }

  /**
   * Takes a type of trigger away; its triggers go on until their process stops, and then cannot
   * start again.
   *
   * @return whether there was one
   */
  public boolean unregisterTrigger(String name) {
    return local.setup().types().unregister(name);
  }

  /** The registered types of triggers by name, sorted, without the built-in ones. */
  public Set<String> triggerTypes() {
    return local.setup().types().names();
  }

  /** What was wrong with manifests and journal when the node started, a line each. */
  public List<String> warnings() {
    return local.warnings();
  }

  /**
   * The node in words: {@code {"node","state":"recovering|running|draining|journal-closed",
   * "processes","uptime_seconds","version","journal":{...}}}.
   */
  public Json status() {
    return local.status();
  }

  /** Ends all work of the node at once. */
  public KillSwitch killSwitch() {
    return local.killSwitch();
  }

  /** Journals what an operator did; done when it is durable. */
  public Future<Void> audit(OperatorEntry.OperatorAction action) {
    return local.audit(action);
  }

  /**
   * How the gates stand before the models that were asked of a provider so far: {@code
   * [{"model","state":"open|limited|unavailable|probing","reason","reopens_in_ms","in_flight",
   * "waiting","width","concurrency","tokens_last_minute","tokens_per_minute","asked","limited"}]}.
   */
  public Future<Json> models() {
    return local.factories().models();
  }

  /**
   * A part of it by its class, null when it has none.
   *
   * @param <T> the class
   */
  public <T extends RuntimePart> @Nullable T part(Class<T> type) {
    return local.setup().parts().stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElse(null);
  }

  /** Its lifecycle hooks: to register more, and to remove some. */
  public Hooks hooks() {
    return local.observers().hooks();
  }

  /** What is brought to it while it runs. */
  public Extensions extensions() {
    return local.extensions();
  }

  /** Takes no new work, lets steps in flight end up to the drain time-out, closes everything. */
  public Future<Void> close() {
    return local.close();
  }

  /** Describes a runtime; for one thread. */
  public static final class Builder {

    private @Nullable Vertx vertx;
    private RuntimeConfig config = RuntimeConfig.DEFAULT;
    private Disk disk = new RealDisk();
    private final List<RuntimePart> parts = new ArrayList<>();
    private final List<Tool> tools = new ArrayList<>();
    private final List<TriggerType> triggers = new ArrayList<>();
    private final List<Map.Entry<String, ChatClient>> models = new ArrayList<>();
    private @Nullable WebhookRoutes routes;
    private @Nullable Placement placement;
    private Function<String, @Nullable String> env = System::getenv;
    private Map<String, String> variables = System.getenv();
    private @Nullable EmbeddingModel embedding;
    private final List<EventCallback> callbacks = new ArrayList<>();
    private final List<Setup.Asked> hooks = new ArrayList<>();

    private Builder() {}

    /** The Vert.x to live on; without it the runtime makes one and closes it. */
    public Builder vertx(Vertx existing) {
      vertx = existing;
      return this;
    }

    /** Where the journal is kept; a seam for tests that make it fail. */
    Builder disk(Disk replaced) {
      disk = replaced;
      return this;
    }

    /** The settings; without them all defaults. */
    public Builder config(RuntimeConfig settings) {
      config = settings;
      return this;
    }

    /** Looks up environment variables; without it the process environment. */
    public Builder env(Function<String, @Nullable String> lookup) {
      env = lookup;
      return this;
    }

    /** The environment, for lookups and for what agents are shown of it. */
    public Builder environment(Map<String, String> all) {
      variables = Map.copyOf(all);
      return env(variables::get);
    }

    /** Adds a part; parts start in the order added and stop in the opposite one. */
    public Builder part(RuntimePart part) {
      parts.add(part);
      return this;
    }

    /** Serves webhooks; without it a manifest with a webhook is refused by name. */
    public Builder routes(WebhookRoutes served) {
      routes = served;
      return this;
    }

    /** Decides who owns what; without it this node owns all. */
    public Builder placement(Placement decides) {
      placement = decides;
      return this;
    }

    /**
     * Adds tools beside those on the class path: implementations of {@link Tool}, and objects with
     * LangChain4j's {@code @Tool} on their methods, as {@link JavaTools} reads them.
     *
     * @throws RuntimeFault INVALID_CONFIG when one is neither
     */
    public Builder tools(Object... more) {
      tools.addAll(JavaTools.of(more));
      return this;
    }

    /** Adds a tool beside those on the class path. */
    public Builder tool(Tool tool) {
      tools.add(tool);
      return this;
    }

    /**
     * Adds a model, which manifests call {@code custom:} and its name; its calls may not block, and
     * may end on any thread.
     *
     * @param name letters, digits, dots, dashes and underscores, at most 64; anything else, or a
     *     name that was given before, fails the start with INVALID_CONFIG
     */
    public Builder model(String name, ChatClient model) {
      models.add(Map.entry(name, model));
      return this;
    }

    /** Adds a type of trigger beside those on the class path; two of one name fail the start. */
    public Builder trigger(TriggerType type) {
      triggers.add(type);
      return this;
    }

    /**
     * The model by which long-term memories are found, in place of {@code memory.embedding} of the
     * settings; it is called on a worker and may block.
     */
    public Builder embedding(EmbeddingModel model) {
      embedding = model;
      return this;
    }

    /** Tells Java code of operational events, beside the sinks of the settings. */
    public Builder callback(EventCallback told) {
      callbacks.add(told);
      return this;
    }

    /** Adds a lifecycle hook beside the programs of the settings. */
    public Builder hook(HookEvent event, Hook hook, HookOptions options) {
      hooks.add(new Setup.Asked(event, hook, options));
      return this;
    }

    /**
     * Starts: binds the parts, opens and recovers the journal, loads the agents directory (when
     * {@code loadAgents}), lets everything go on that ran, then starts the parts.
     */
    public Future<AgentRuntime> start(boolean loadAgents) {
      TriggerTypes types;
      try {
        types = TriggerTypes.discover(AgentRuntime.class.getClassLoader());
        triggers.forEach(type -> types.register(type, false));
      } catch (RuntimeFault fault) {
        return Future.failedFuture(fault);
      }
      boolean owned = vertx == null;
      Vertx used = vertx == null ? Vertx.vertx() : vertx;
      Setup setup = new Setup(
          config,
          disk,
          List.copyOf(parts),
          List.copyOf(tools),
          routes,
          placement == null ? Placement.ALONE : placement,
          env,
          variables,
          new ManifestReader(env).knowing(types::names),
          types,
          List.copyOf(models),
          embedding,
          new Setup.Watching(List.copyOf(callbacks), List.copyOf(hooks)));
      LocalRuntime local = new LocalRuntime(used, owned, setup);
      AgentRuntime runtime = new AgentRuntime(local);
      return local.start(runtime, loadAgents).map(runtime);
    }
  }
}
