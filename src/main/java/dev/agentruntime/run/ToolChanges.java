package dev.agentruntime.run;

import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.mcp.Listing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How what a server offers differs from what is trusted of it. Pure. */
final class ToolChanges {

  private ToolChanges() {}

  /** {@code {"tool","change":"changed|removed|added","before":{...},"after":{...}}} each. */
  static List<Map<String, @Nullable Object>> of(List<ToolDefinition> trusted, Listing said) {
    List<Map<String, @Nullable Object>> changes = new ArrayList<>();
    for (ToolDefinition before : trusted) {
      ToolDefinition after = said.find(before.name());
      if (after == null) {
        changes.add(change(before.name(), "removed", before, null));
      } else if (!after.equals(before)) {
        changes.add(change(before.name(), "changed", before, after));
      }
    }
    for (ToolDefinition after : said.tools()) {
      if (trusted.stream().noneMatch(before -> before.name().equals(after.name()))) {
        changes.add(change(after.name(), "added", null, after));
      }
    }
    return changes;
  }

  /** Of a changed tool only what differs. */
  private static Map<String, @Nullable Object> change(
      String tool, String change, @Nullable ToolDefinition before, @Nullable ToolDefinition after) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("tool", tool);
    out.put("change", change);
    out.put("before", before == null ? null : parts(before, after));
    out.put("after", after == null ? null : parts(after, before));
    return out;
  }

  private static Map<String, @Nullable Object> parts(
      ToolDefinition tool, @Nullable ToolDefinition other) {
    Map<String, @Nullable Object> parts = new LinkedHashMap<>();
    if (other == null || !tool.description().equals(other.description())) {
      parts.put("description", tool.description());
    }
    if (other == null || !tool.parameters().equals(other.parameters())) {
      parts.put("parameters", tool.parameters().value());
    }
    if (other == null || tool.policy() != other.policy()) {
      parts.put("policy", tool.policy().word());
    }
    return parts;
  }
}
