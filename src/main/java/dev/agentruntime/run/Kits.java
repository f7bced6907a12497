package dev.agentruntime.run;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.context.EnvironmentBlock;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.custody.SecretKeeper;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.memory.ProcessMemory;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.tool.AskTool;
import dev.agentruntime.tool.BuiltinTools;
import dev.agentruntime.tool.BusTools;
import dev.agentruntime.tool.GrantTool;
import dev.agentruntime.tool.MemoryTools;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Model and tools of each manifest version that runs may be pinned to, made when first needed.
 * Owned by: the process's context.
 */
public final class Kits {

  private final ProcessDeps deps;
  private final ToolServers servers;
  private final Map<Integer, Kit> byVersion = new HashMap<>();
  private final SecretKeeper secrets;
  private final ProcessLog log;

  /** Kits with these servers of tools and secrets. */
  public Kits(ProcessLog log, ProcessDeps deps, ToolServers servers, SecretKeeper secrets) {
    this.log = log;
    this.deps = deps;
    this.servers = servers;
    servers.onChange(this::forget);
    this.secrets = secrets;
  }

  /** What its tools are given and its model is not. */
  public SecretKeeper secrets() {
    return secrets;
  }

  /**
   * What a run works with.
   *
   * @param memory null when it has none
   * @param blocks parts of the prompt that are pinned when a run begins, by title
   */
  public record Kit(
      ProcessConfig config,
      ChatClient model,
      Toolbox tools,
      @Nullable ProcessMemory memory,
      Map<String, String> blocks) {

    /** Keeps an unmodifiable copy. */
    public Kit {
      blocks = Map.copyOf(blocks);
    }
  }

  /**
   * The kit of a version.
   *
   * @throws RuntimeFault INVALID_CONFIG when its model or its tools cannot be made
   */
  public Kit of(ProcessImage image, int version) {
    Kit known = byVersion.get(version);
    if (known != null) {
      return known;
    }
    ProcessImage.Deployment deployment = image.deployment(version);
    if (deployment == null) {
      throw new RuntimeFault(
          ErrorCode.INTERNAL, "version " + version + " of " + image.id() + " is not known");
    }
    Kit made = make(deployment.config(), image.id().name());
    byVersion.keySet().removeIf(old -> image.deployment(old) == null);
    byVersion.put(version, made);
    return made;
  }

  /** Whether all tools of the manifest in force are known, so that runs may begin. */
  public boolean known(ProcessImage image) {
    ProcessImage.Deployment deployment = image.deployment();
    return deployment == null || servers.known(deployment.config());
  }

  /**
   * The memory of the manifest in force, null when it has none.
   *
   * @throws RuntimeFault INVALID_CONFIG when what it declares cannot be made
   */
  public @Nullable ProcessMemory memory(ProcessImage image) {
    ProcessImage.Deployment deployment = image.deployment();
    return deployment == null || deployment.config().memory() == null
        ? null
        : of(image, deployment.entry().version()).memory();
  }

  /** Forgets all: after a rebuild a version may be another manifest than before. */
  public void forget() {
    byVersion.clear();
  }

  /**
   * A kit that nobody keeps.
   *
   * @param process whose memory it has, when the manifest declares one
   * @throws RuntimeFault INVALID_CONFIG when its model or its tools cannot be made
   */
  public Kit make(ProcessConfig config, ProcessName process) {
    requireOtherNames(config);
    List<Tool> offered = new ArrayList<>();
    MemoryConfig declared = config.memory();
    ProcessMemory memory = declared == null
        ? null
        : ProcessMemory.of(
            deps.memories().create(declared),
            process,
            declared,
            run -> new MemorySpending(new BudgetDesk(log, deps), run));
    if (config.run().builtinTools()) {
      offered.addAll(BuiltinTools.all(config.context().writableKeys()));
      offered.addAll(BusTools.all());
      offered.add(new AskTool());
      BudgetConfig budget = config.governance().budget();
      if (budget.enabled() && !budget.grantTo().isEmpty()) {
        offered.add(new GrantTool(budget.grantTo()));
      }
      if (memory != null) {
        offered.addAll(MemoryTools.all(memory, deps.timers()));
      }
    }
    offered.addAll(deps.surroundings().files().tools(config.context().fileMounts()));
    offered.addAll(deps.tools().fixed());
    offered.addAll(servers.tools(config));
    offered.addAll(deps.tools().brought(named(offered, config)));
    if (!config.outbound().secrets().byName().isEmpty()) {
      offered.replaceAll(tool -> SecretTools.given(tool, secrets.vault()));
      offered.add(new SecretTools.Get(secrets.vault()));
    }
    offered.addAll(deps.outbound().tools(config, secrets.vault()));
    return new Kit(
        config,
        deps.models().create(config),
        Toolbox.of(offered, config.tools()),
        memory,
        environment(config));
  }

  /** The reader refuses such names too, but not in manifests that were deployed before it did. */
  private void requireOtherNames(ProcessConfig config) {
    List<String> names = new ArrayList<>();
    deps.tools().fixed().forEach(tool -> names.add(tool.definition().name()));
    config.outbound().httpTools().forEach(tool -> names.add(tool.name()));
    names.retainAll(ToolDefinition.OURS);
    if (!names.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "tool " + Json.quote(names.get(0)) + " of http_tools or of the application, expected=a"
              + " name that the runtime does not keep for a tool of its own");
    }
  }

  /** What a manifest names itself goes before what somebody brought. */
  private static Set<String> named(List<Tool> offered, ProcessConfig config) {
    Set<String> names = new HashSet<>();
    offered.forEach(tool -> names.add(tool.definition().name()));
    config.outbound().httpTools().forEach(tool -> names.add(tool.name()));
    names.add(SecretTools.GET);
    return names;
  }

  private Map<String, String> environment(ProcessConfig config) {
    Set<String> secrets = new HashSet<>();
    config.secretSources().stream()
        .filter(secret -> secret.kind() == SecretRef.Kind.ENV)
        .forEach(secret -> secrets.add(secret.value()));
    String block = EnvironmentBlock.of(
        deps.surroundings().environment(), config.context().envPrefix(), secrets);
    return block == null ? Map.of() : Map.of(EnvironmentBlock.TITLE, block);
  }

  /** What is pinned in the prompt of a run that begins now. */
  public Map<String, String> blocks(ProcessImage image, int version) {
    try {
      return of(image, version).blocks();
    } catch (RuntimeFault fault) {
      // The run that is about to begin meets the same fault, and says so in its result.
      return Map.of();
    }
  }

  /** The digest of the tools in force; journals the set when it is a new one. */
  public String toolSet(ProcessLog log) {
    ProcessImage.Deployment deployment = log.image().deployment();
    if (deployment == null) {
      return "";
    }
    Toolbox tools;
    try {
      tools = of(log.image(), deployment.entry().version()).tools();
    } catch (RuntimeFault fault) {
      // The run that is about to begin meets the same fault, and says so in its result.
      return orEmpty(log.image().toolSet());
    }
    if (!tools.digest().equals(log.image().toolSet())) {
      log.write(new EntryData.ToolSet(tools.digest(), tools.definitionsJson(), null, null))
          .onFailure(cause -> System.getLogger(Kits.class.getName())
              .log(System.Logger.Level.DEBUG, "the tool set was not journaled", cause));
    }
    return tools.digest();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
