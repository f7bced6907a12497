package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What every agent of a node is offered beside the built-in tools: tools that are there for good,
 * and tools that somebody brought while the node runs and may take away again. Safe on every
 * thread.
 */
public final class OfferedTools {

  private final List<Tool> fixed;
  private final AtomicReference<Map<String, List<Tool>>> brought = new AtomicReference<>(Map.of());

  /** With these for good. */
  public OfferedTools(List<? extends Tool> fixed) {
    this.fixed = List.copyOf(fixed);
  }

  /** Those that are there for good. */
  public List<Tool> fixed() {
    return fixed;
  }

  /** Those that were brought, but for the names that are taken. */
  public List<Tool> brought(Set<String> taken) {
    List<Tool> all = new ArrayList<>();
    for (List<Tool> tools : now().values()) {
      tools.stream().filter(tool -> !taken.contains(tool.definition().name())).forEach(all::add);
    }
    return all;
  }

  /**
   * Checks what somebody wants to bring.
   *
   * @param owner whose earlier tools they would replace
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when a tool is malformed, or its name is
   *     that of a built-in tool, one that is there for good, or one of another owner
   */
  public void check(String owner, List<Tool> tools) {
    Set<String> taken = new HashSet<>(builtIn());
    fixed.forEach(tool -> taken.add(tool.definition().name()));
    now().forEach((other, theirs) -> {
      if (!other.equals(owner)) {
        theirs.forEach(tool -> taken.add(tool.definition().name()));
      }
    });
    for (String name : Toolbox.of(tools).names()) {
      if (taken.contains(name)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "tool " + Json.quote(name) + " of " + owner + ", expected=a name that no other tool of"
                + " this node has");
      }
    }
  }

  private static Set<String> builtIn() {
    List<Tool> all = new ArrayList<>(BuiltinTools.all(List.of()));
    all.addAll(BusTools.all());
    Set<String> names = new HashSet<>(Toolbox.of(all).names());
    names.addAll(ToolDefinition.OURS);
    return names;
  }

  /** Puts these in the place of what the owner brought before; none = takes them away. */
  public void replace(String owner, List<Tool> tools) {
    brought.updateAndGet(before -> {
      Map<String, List<Tool>> next = new TreeMap<>(before);
      if (tools.isEmpty()) {
        next.remove(owner);
      } else {
        next.put(owner, List.copyOf(tools));
      }
      return next;
    });
  }

  private Map<String, List<Tool>> now() {
    return Objects.requireNonNull(brought.get());
  }
}
