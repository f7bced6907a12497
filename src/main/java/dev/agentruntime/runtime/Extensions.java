package dev.agentruntime.runtime;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.entry.OperatorEntry.VerticleChanged;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.ProcessExtensions;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerType;
import dev.agentruntime.trigger.TriggerTypes;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is brought to a node while it runs, and taken away again: tools, types of triggers, models,
 * each by an owner with a name. For one caller at a time, on any thread.
 */
public final class Extensions {

  private static final Pattern MODEL_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final String APPLICATION = "the application";

  private final LocalRuntime runtime;
  private final AgentWatch agents;
  private final Map<String, Brought> owners = new ConcurrentHashMap<>();
  private final AtomicReference<List<String>> problems = new AtomicReference<>(List.of());

  Extensions(LocalRuntime runtime, AgentWatch agents) {
    this.runtime = runtime;
    this.agents = agents;
  }

  /**
   * What the application brings, before the start.
   *
   * @throws RuntimeFault INVALID_CONFIG when the name of a model is none, or there twice
   */
  void bring(List<Map.Entry<String, ChatClient>> models) {
    Map<String, ChatClient> named = new TreeMap<>();
    for (Map.Entry<String, ChatClient> model : models) {
      if (named.put(model.getKey(), model.getValue()) != null) {
        throw taken("model", model.getKey(), APPLICATION);
      }
    }
    Brought brought = new Brought(List.of(), List.of(), named);
    check(APPLICATION, brought);
    owners.put(APPLICATION, brought);
    named.forEach(runtime.factories().makesModels()::register);
  }

  /**
   * What an owner brings.
   *
   * @param models by the name that manifests write behind {@code custom:}
   */
  public record Brought(
      List<Tool> tools, List<TriggerType> triggers, Map<String, ChatClient> models) {

    /** Nothing. */
    public static final Brought NONE = new Brought(List.of(), List.of(), Map.of());

    /** Keeps unmodifiable copies. */
    public Brought {
      tools = List.copyOf(tools);
      triggers = List.copyOf(triggers);
      models = Map.copyOf(models);
    }

    /** The names of its types of triggers. */
    public Set<String> types() {
      Set<String> names = new TreeSet<>();
      triggers.forEach(type -> names.add(type.name()));
      return names;
    }

    /** What processes cannot do without: its types, and its models as manifests call them. */
    Set<String> needed() {
      Set<String> needed = new HashSet<>(types());
      models.keySet().forEach(name -> needed.add(ProcessExtensions.MODEL + name));
      return needed;
    }

    /** Whether runs may have something of it. */
    boolean isInRuns() {
      return !tools.isEmpty() || !models.isEmpty();
    }
  }

  /**
   * Checks what an owner wants to bring in the place of what it brought before.
   *
   * @throws RuntimeFault INVALID_CONFIG when a name is none, or is taken by somebody else
   */
  public void check(String owner, Brought brought) {
    runtime.factories().tools().check(owner, brought.tools());
    Brought before = of(owner);
    Set<String> types = new HashSet<>();
    for (TriggerType type : brought.triggers()) {
      String name = TriggerTypes.checked(type);
      boolean taken =
          runtime.setup().types().names().contains(name) && !before.types().contains(name);
      if (taken || !types.add(name)) {
        throw taken("trigger type", name, owner);
      }
    }
    for (String name : brought.models().keySet()) {
      boolean taken = owners.entrySet().stream()
          .anyMatch(other ->
              !other.getKey().equals(owner) && other.getValue().models().containsKey(name));
      if (taken || !MODEL_NAME.matcher(name).matches()) {
        throw taken("model", name, owner);
      }
    }
  }

  private static RuntimeFault taken(String what, String name, String owner) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        what + " " + Json.quote(name) + " of " + owner
            + ", expected=a name of letters, digits, dots, dashes and underscores that nobody else"
            + " has");
  }

  /** The processes that are up and need something of an owner that {@code next} has no more. */
  public Future<List<String>> needing(String owner, Brought next) {
    Set<String> gone = of(owner).needed();
    gone.removeAll(next.needed());
    List<String> names = new ArrayList<>();
    Future<Void> chain = Future.succeededFuture();
    if (!gone.isEmpty()) {
      for (AgentProcess process : List.copyOf(runtime.processes().values())) {
        chain = chain.compose(done -> ProcessExtensions.needs(process)).map(needs -> {
          if (needs.stream().anyMatch(gone::contains)) {
            names.add(process.name().value());
          }
          return null;
        });
      }
    }
    return chain.map(done -> names);
  }

  /**
   * Puts what an owner brings in the place of what it brought before: at once for what begins from
   * here on. Checked with {@link #check} before.
   *
   * @return when nobody has anything of the old any more: runs that are under way end first, within
   *     the drain time-out; see {@link ProcessExtensions#renew}
   */
  public Future<Void> replace(String owner, Brought brought) {
    Brought before = of(owner);
    if (brought.equals(Brought.NONE)) {
      owners.remove(owner);
    } else {
      owners.put(owner, brought);
    }
    runtime.factories().tools().replace(owner, brought.tools());
    brought.models().forEach(runtime.factories().makesModels()::register);
    before.models().keySet().stream()
        .filter(name -> !brought.models().containsKey(name))
        .forEach(runtime.factories().makesModels()::unregister);
    brought.triggers().forEach(type -> runtime.setup().types().register(type, true));
    for (String name : before.types()) {
      if (!brought.types().contains(name)) {
        boolean unused = runtime.setup().types().unregister(name);
      }
    }
    if (!brought.needed().isEmpty()) {
      runtime.loop().runOnContext(ignored -> agents.again());
    }
    if (!before.isInRuns() && !brought.isInRuns() && before.types().isEmpty()) {
      return Future.succeededFuture();
    }
    Duration limit = runtime.setup().config().drainTimeout();
    List<Future<Void>> all = new ArrayList<>();
    for (AgentProcess process : runtime.processes().values()) {
      all.add(ProcessExtensions.renew(process, before.types(), limit).recover(cause -> {
        runtime.warn("process " + process.name() + ": " + cause.getMessage());
        return Future.succeededFuture();
      }));
    }
    return Future.all(all).mapEmpty();
  }

  private Brought of(String owner) {
    return owners.getOrDefault(owner, Brought.NONE);
  }

  /** What the journal says is deployed: name to specification. */
  public Future<Map<String, Json>> journaled() {
    AgentProcess system = runtime.system();
    return system == null
        ? Future.succeededFuture(new TreeMap<>())
        : ProcessExtensions.journaled(system, VerticleChanged.CURSOR);
  }

  /** Journals a change; done when it is durable. */
  public Future<Void> journal(VerticleChanged change) {
    return Objects.requireNonNull(runtime.system()).note(change);
  }

  /** The disk of this node. */
  public Disk disk() {
    return runtime.setup().disk();
  }

  /** This node's directory, null when it keeps nothing on a disk. */
  public @Nullable Path directory() {
    return runtime.home().journal().durable()
        ? runtime.setup().config().dataDir().resolve(runtime.home().node().value())
        : null;
  }

  /** Says what is wrong now in place of what was, a line each, among the warnings of the node. */
  public void report(List<String> lines) {
    problems.set(List.copyOf(lines));
  }

  List<String> problems() {
    return Objects.requireNonNull(problems.get());
  }
}
