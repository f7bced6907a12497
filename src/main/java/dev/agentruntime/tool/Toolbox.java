package dev.agentruntime.tool;

import dev.agentruntime.config.ProcessConfig.ToolRule;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tools of one process by name. Immutable; safe on every thread. Its JSON form lists the tools
 * in the order of their names, each with the same keys in the same order, so that the digest
 * changes only when a tool does:
 *
 * <pre>
 * [{"name":"context_get","description":"...","parameters":{...},"policy":"own_state"}, ...]
 * </pre>
 */
public final class Toolbox {

  /** No tools. */
  public static final Toolbox EMPTY = new Toolbox(new TreeMap<>(), Map.of());

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

  private final Map<String, Held> tools;
  private final Map<String, String> probes;
  private final List<ToolDefinition> definitions;
  private final Json json;
  private final String digest;

  /** A tool and the definition it gave when it was put in. */
  private record Held(Tool tool, ToolDefinition definition) {}

  private Toolbox(SortedMap<String, Held> tools, Map<String, String> probes) {
    this.tools = tools;
    this.probes = Map.copyOf(probes);
    this.definitions = tools.values().stream().map(Held::definition).toList();
    this.json = write(definitions);
    this.digest = Hex.sha256(json.bytes());
  }

  /**
   * A box of these tools, whatever their order.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when a name is malformed or taken twice,
   *     naming the classes, or when the parameters are no JSON object
   */
  public static Toolbox of(List<? extends Tool> tools) {
    return of(tools, Map.of());
  }

  /**
   * A box of these tools under the rules of a manifest.
   *
   * @param rules by tool
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} as above, and when a rule is about a tool
   *     that is not here or touches own state only, or a probe is not read-only
   */
  public static Toolbox of(List<? extends Tool> tools, Map<String, ToolRule> rules) {
    SortedMap<String, Held> held = new TreeMap<>();
    for (Tool tool : tools) {
      ToolDefinition definition = checked(tool);
      Held other = held.put(definition.name(), new Held(tool, definition));
      if (other != null) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "tool " + Json.quote(definition.name())
                + " is there twice, expected=one class per name," + " actual="
                + className(other.tool()) + " and " + className(tool));
      }
    }
    Map<String, String> probes = new TreeMap<>();
    rules.forEach((name, rule) -> {
      held.put(name, ruled(name, rule, held));
      if (rule.probe() != null) {
        probes.put(name, rule.probe());
      }
    });
    // Only now: a rule may declare another tool as a probe.
    probes.forEach((name, probe) -> checkProbe(name, held.get(probe), probe));
    return new Toolbox(held, probes);
  }

  private static Held ruled(String name, ToolRule rule, Map<String, Held> held) {
    Held known = held.get(name);
    if (known == null || known.definition().policy() == Policy.OWN_STATE) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "tools: " + name + (known == null ? " is no tool here" : " touches own state only")
              + ", expected=one of " + outside(held) + ", which reach outside");
    }
    ToolDefinition old = known.definition();
    Policy policy = rule.policy() == null ? old.policy() : rule.policy();
    return new Held(
        known.tool(), new ToolDefinition(old.name(), old.description(), old.parameters(), policy));
  }

  private static void checkProbe(String name, @Nullable Held probe, String probeName) {
    if (probe == null || probe.definition().policy() != Policy.READ_ONLY) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "tools: the probe of " + name + ", expected=a tool that is read_only, actual="
              + probeName
              + (probe == null
                  ? ", which is not here"
                  : ", " + probe.definition().policy().word()));
    }
  }

  private static List<String> outside(Map<String, Held> held) {
    return held.values().stream()
        .map(Held::definition)
        .filter(definition -> definition.policy() != Policy.OWN_STATE)
        .map(ToolDefinition::name)
        .sorted()
        .toList();
  }

  /** What may be done with a call of that tool in doubt; IRREVERSIBLE when it is not here. */
  public Policy policy(String name) {
    Held held = tools.get(name);
    return held == null ? Policy.IRREVERSIBLE : held.definition().policy();
  }

  /** The tool that tells what became of calls of that tool, null when there is none. */
  public @Nullable Tool probe(String name) {
    String probe = probes.get(name);
    return probe == null ? null : find(probe);
  }

  /**
   * The tools that the class path offers.
   *
   * @throws RuntimeFault {@link ErrorCode#START_FAILED} when one cannot be loaded
   */
  public static List<Tool> discover(ClassLoader loader) {
    List<Tool> found = new ArrayList<>();
    try {
      ServiceLoader.load(Tool.class, loader).forEach(found::add);
    } catch (ServiceConfigurationError e) {
      throw new RuntimeFault(
          ErrorCode.START_FAILED,
          "a tool on the class path cannot be loaded: " + e.getMessage(),
          e);
    }
    return found;
  }

  /** Reads {@link #definitionsJson()} back, for a run that is pinned to an earlier set. */
  public static List<ToolDefinition> definitions(Json json) {
    List<ToolDefinition> definitions = new ArrayList<>();
    if (json.value() instanceof List<?> items) {
      for (Object item : items) {
        definitions.add(definition(Json.of(item).object()));
      }
    }
    return definitions;
  }

  /** What the model is offered, in the order of the names. */
  public List<ToolDefinition> definitions() {
    return definitions;
  }

  /** The tool of that name, null when there is none. */
  public @Nullable Tool find(String name) {
    Held held = tools.get(name);
    return held == null ? null : held.tool();
  }

  /** The definition of that name, null when there is none. */
  public @Nullable ToolDefinition definition(String name) {
    Held held = tools.get(name);
    return held == null ? null : held.definition();
  }

  /** What to tell a model that calls a tool which is not here. */
  public String unknown(String name) {
    String shown = name.length() <= 64 ? name : name.substring(0, 64) + "...";
    return "unknown tool " + Json.quote(shown) + ", expected="
        + (tools.isEmpty() ? "no tool calls, there are no tools" : "one of " + tools.keySet());
  }

  /** The names, sorted. */
  public Set<String> names() {
    return Set.copyOf(tools.keySet());
  }

  /** The definitions as a JSON array. */
  public Json definitionsJson() {
    return json;
  }

  /** SHA-256 of {@link #definitionsJson()}, hex. */
  public String digest() {
    return digest;
  }

  private static ToolDefinition checked(Tool tool) {
    ToolDefinition definition = tool.definition();
    if (!NAME.matcher(definition.name()).matches()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "tool name of " + className(tool) + ", expected=1 to 64 of a-z A-Z 0-9 _ -, actual="
              + Json.quote(definition.name()));
    }
    if (!definition.parameters().isObject()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "parameters of tool " + definition.name() + " (" + className(tool)
              + "), expected=a JSON Schema object, actual=another JSON value");
    }
    return definition;
  }

  private static String className(Tool tool) {
    return tool.getClass().getName();
  }

  /** Definitions as {@link #definitionsJson()} writes them. */
  public static Json json(List<ToolDefinition> definitions) {
    return write(definitions);
  }

  private static Json write(List<ToolDefinition> definitions) {
    List<Object> items = new ArrayList<>();
    for (ToolDefinition definition : definitions) {
      Map<String, @Nullable Object> item = new LinkedHashMap<>();
      item.put("name", definition.name());
      item.put("description", definition.description());
      item.put("parameters", definition.parameters().value());
      item.put("policy", definition.policy().word());
      items.add(item);
    }
    return Json.of(items);
  }

  private static ToolDefinition definition(Map<String, @Nullable Object> item) {
    return new ToolDefinition(
        String.valueOf(item.get("name")),
        String.valueOf(item.get("description")),
        Json.of(item.get("parameters")),
        Policy.of(String.valueOf(item.get("policy"))));
  }
}
