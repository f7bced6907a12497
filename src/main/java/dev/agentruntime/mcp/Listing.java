package dev.agentruntime.mcp;

import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.tool.Toolbox;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server says it offers, in the order of the names. A tool that cannot be offered to a model
 * is left out, with the reason.
 *
 * @param tools named {@code <server>__<tool>}
 * @param leftOut reasons by the server's own names, shortened
 */
public record Listing(List<ToolDefinition> tools, Map<String, String> leftOut) {

  /** Most tools of one server. */
  public static final int TOOLS_MAX = 500;

  /** Longest description of a tool, in characters. */
  public static final int DESCRIPTION_MAX = 10_000;

  /** Longest schema of a tool's arguments, in bytes of JSON. */
  public static final int SCHEMA_MAX = 50_000;

  private static final int LEFT_OUT_MAX = 100;
  private static final int SHOWN_MAX = 80;
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

  /** Keeps unmodifiable copies. */
  public Listing {
    tools = List.copyOf(tools);
    leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
  }

  /** What a server has said. */
  static Listing of(ServerConfig server, List<McpSchema.Tool> said) {
    SortedMap<String, ToolDefinition> tools = new TreeMap<>();
    Map<String, String> leftOut = new LinkedHashMap<>();
    for (McpSchema.Tool tool : said) {
      String name = String.valueOf(tool.name());
      String why = null;
      try {
        ToolDefinition definition = definition(server, name, tool);
        if (tools.size() >= TOOLS_MAX) {
          why = "the server has more than " + TOOLS_MAX + " tools";
        } else if (tools.putIfAbsent(definition.name(), definition) != null) {
          why = "the server has another tool of this name";
        }
      } catch (RuntimeFault fault) {
        why = fault.failure().message();
      }
      if (why != null && leftOut.size() < LEFT_OUT_MAX) {
        leftOut.putIfAbsent(name.length() <= SHOWN_MAX ? name : name.substring(0, SHOWN_MAX), why);
      }
    }
    // As it comes back from the journal, so that the two can be compared.
    return new Listing(Toolbox.definitions(Toolbox.json(List.copyOf(tools.values()))), leftOut);
  }

  /** The same without secrets; a tool whose name holds one is left out. */
  public Listing redacted(Redactor redactor) {
    if (redactor.isEmpty()) {
      return this;
    }
    List<ToolDefinition> clean = new ArrayList<>();
    Map<String, String> out = new LinkedHashMap<>();
    leftOut.forEach((name, why) -> out.put(redactor.redact(name), redactor.redact(why)));
    for (ToolDefinition tool : tools) {
      String name = redactor.redact(tool.name());
      if (name.equals(tool.name())) {
        clean.add(redacted(tool, redactor));
      } else {
        out.putIfAbsent(name, "its name holds a secret");
      }
    }
    return new Listing(clean, out);
  }

  private static ToolDefinition redacted(ToolDefinition tool, Redactor redactor) {
    return new ToolDefinition(
        tool.name(),
        redactor.redact(tool.description()),
        redactor.redact(tool.parameters()),
        tool.policy());
  }

  private static ToolDefinition definition(ServerConfig server, String name, McpSchema.Tool tool) {
    String full = server.name() + ServerConfig.SEPARATOR + name;
    if (!NAME.matcher(full).matches()) {
      throw unusable("its name, expected with the server's at most 64 of a-z A-Z 0-9 _ -");
    }
    String said = tool.description() == null ? tool.title() : tool.description();
    String description = said == null ? "" : said;
    if (description.length() > DESCRIPTION_MAX) {
      throw unusable("its description, expected<=" + DESCRIPTION_MAX + " characters, actual="
          + description.length());
    }
    Map<String, Object> schema = tool.inputSchema();
    if (schema == null || !"object".equals(schema.get("type"))) {
      throw unusable("its inputSchema, expected=a JSON Schema of type object");
    }
    Json parameters = Json.of(schema);
    if (parameters.bytes().length > SCHEMA_MAX) {
      throw unusable("its inputSchema, expected<=" + SCHEMA_MAX + " bytes, actual="
          + parameters.bytes().length);
    }
    return new ToolDefinition(full, description, parameters, policy(tool.annotations()));
  }

  /**
   * What a server's hints allow with a call in doubt. Hints that contradict each other allow
   * nothing.
   */
  static Policy policy(McpSchema.@Nullable ToolAnnotations hints) {
    if (hints == null) {
      return Policy.IRREVERSIBLE;
    }
    boolean destroys = Boolean.TRUE.equals(hints.destructiveHint());
    if (Boolean.TRUE.equals(hints.readOnlyHint())) {
      return destroys ? Policy.IRREVERSIBLE : Policy.READ_ONLY;
    }
    return Boolean.TRUE.equals(hints.idempotentHint()) ? Policy.IDEMPOTENT : Policy.IRREVERSIBLE;
  }

  private static RuntimeFault unusable(String why) {
    return new RuntimeFault(ErrorCode.INVALID_CONFIG, why);
  }

  /** The definition of that name, null when there is none. */
  public @Nullable ToolDefinition find(String name) {
    for (ToolDefinition tool : tools) {
      if (tool.name().equals(name)) {
        return tool;
      }
    }
    return null;
  }

  /** The names of the tools. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    tools.forEach(tool -> names.add(tool.name()));
    return names;
  }
}
