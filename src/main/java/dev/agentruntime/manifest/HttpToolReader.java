package dev.agentruntime.manifest;

import dev.agentruntime.config.OutboundConfig.Answer;
import dev.agentruntime.config.OutboundConfig.Body;
import dev.agentruntime.config.OutboundConfig.HttpTool;
import dev.agentruntime.config.UriTemplate;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.guard.JsonSchema;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code http_tools}: tools that are one HTTP request each, by name. */
final class HttpToolReader {

  private static final List<String> KEYS = List.of(
      "description",
      "method",
      "url",
      "headers",
      "arguments",
      "body",
      "response_path",
      "max_response_size",
      "timeout");
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");
  private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

  /** Set by the runtime, or about the connection and not the request. */
  private static final Set<String> OWN_HEADERS = Set.of(
      "host",
      "content-length",
      "content-type",
      "transfer-encoding",
      "connection",
      "accept-encoding",
      "expect",
      "te",
      "trailer",
      "upgrade",
      "idempotency-key");

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\t -~]{0,4000}");
  private static final Pattern POINTER = Pattern.compile("(/([^~/]|~0|~1)*)*");
  private static final int TOOLS_MAX = 100;

  private final Reading reading;

  HttpToolReader(Reading reading) {
    this.reading = reading;
  }

  List<HttpTool> read(Section all) {
    if (all.members().size() > TOOLS_MAX) {
      reading.error(
          all.mark(),
          "http_tools: expected at most " + TOOLS_MAX + ", actual "
              + all.members().size());
    }
    List<HttpTool> tools = new ArrayList<>();
    all.members().forEach((name, member) -> {
      if (!NAME.matcher(name).matches()) {
        reading.error(
            member.mark(),
            "http_tools: expected a name of 1 to 64 letters, digits, '_' or '-', actual "
                + Json.quote(name));
      }
      if (ToolDefinition.OURS.contains(name) && reading.origin() != Origin.JOURNAL) {
        reading.error(
            member.mark(),
            "http_tools: expected a name that the runtime does not keep for a tool of its own,"
                + " actual " + Json.quote(name));
      }
      tools.add(tool(name, Section.of(reading, name, member.value())));
    });
    return tools;
  }

  private HttpTool tool(String name, Section section) {
    section.only(KEYS, Set.of());
    needs(section, name, "description");
    needs(section, name, "url");
    String method = section.choice("method", METHODS, "GET");
    boolean hasBody = WITH_BODY.contains(method);
    List<String> bodies = hasBody ? List.of("json", "form", "none") : List.of("none");
    Body body = Body.valueOf(
        section.choice("body", bodies, hasBody ? "json" : "none").toUpperCase(Locale.ROOT));
    String url = section.text("url", "");
    UriTemplate template = template(section, url);
    Json arguments = arguments(section);
    if (template != null) {
      checkNames(section, template, arguments, body);
    }
    return new HttpTool(
        name,
        section.text("description", ""),
        method,
        url,
        headers(section.section("headers")),
        arguments,
        body,
        answer(section));
  }

  private void needs(Section section, String tool, String key) {
    String text = section.text(key);
    if (text == null ? !section.has(key) : text.isBlank()) {
      reading.error(
          section.has(key) ? section.markOfValue(key) : section.mark(),
          "the HTTP tool " + Json.quote(tool) + " needs '" + key + "'");
    }
  }

  private @Nullable UriTemplate template(Section section, String url) {
    if (url.isBlank()) {
      return null;
    }
    try {
      return UriTemplate.parse(url, "url");
    } catch (RuntimeFault fault) {
      reading.error(section.markOfValue("url"), fault.failure().message());
      return null;
    }
  }

  /** The schema, which takes no further arguments unless it says so. */
  private Json arguments(Section section) {
    Node node = section.node("arguments");
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    if (node != null) {
      Section.of(reading, "arguments", node)
          .members()
          .forEach((key, member) -> schema.put(key, reading.json(member.value()).value()));
    }
    schema.putIfAbsent("type", "object");
    schema.putIfAbsent("additionalProperties", false);
    Json json = Json.of(schema);
    try {
      JsonSchema unused = JsonSchema.of(json);
      if (!"object".equals(schema.get("type"))) {
        reading.error(section.markOfValue("arguments"), "arguments: expected type: object");
      }
    } catch (RuntimeFault fault) {
      reading.error(
          section.markOfValue("arguments"), "arguments: " + fault.failure().message());
    }
    return json;
  }

  private void checkNames(Section section, UriTemplate template, Json arguments, Body body) {
    Object declared = arguments.object().get("properties");
    Set<?> properties = declared instanceof Map<?, ?> map ? map.keySet() : Set.of();
    for (String name : template.names()) {
      if (!properties.contains(name)) {
        reading.error(
            section.markOfValue("url"),
            "url: the argument " + Json.quote(name) + " is not declared, expected it under"
                + " arguments.properties");
      }
    }
    for (Object name : properties) {
      if (body == Body.NONE && !template.names().contains(name)) {
        reading.error(
            section.markOfValue("arguments"),
            "arguments: " + Json.quote(String.valueOf(name)) + " is used nowhere, expected it in"
                + " the url, as {" + name + "} or at its end as {?" + name + "}");
      }
    }
  }

  private Map<String, String> headers(Section section) {
    Map<String, String> headers = new LinkedHashMap<>();
    section.members().forEach((name, member) -> {
      String value = section.text(name);
      String lower = name.toLowerCase(Locale.ROOT);
      if (!HEADER.matcher(name).matches()) {
        reading.error(
            member.mark(), "headers: expected the name of a header, actual " + Json.quote(name));
      } else if (OWN_HEADERS.contains(lower) || lower.startsWith("proxy-")) {
        reading.error(member.mark(), "headers: '" + name + "' is set by the runtime, leave it out");
      } else if (value != null && !HEADER_VALUE.matcher(value).matches()) {
        reading.error(
            section.markOfValue(name),
            name + ": expected one line of printable ASCII, at most 4000 characters");
      }
      headers.put(name, value == null ? "" : value);
    });
    return headers;
  }

  private Answer answer(Section section) {
    Answer usual = Answer.DEFAULT;
    String path = section.text("response_path");
    if (path != null && !POINTER.matcher(path).matches()) {
      reading.error(
          section.markOfValue("response_path"),
          "response_path: expected a JSON Pointer as /data/0/title, actual " + Json.quote(path));
    }
    return new Answer(
        path,
        (int) section.bytes("max_response_size", 1 << 10, 16 << 20, usual.bytesMax()),
        section.duration(
            "timeout", Duration.ofMillis(100), Duration.ofMinutes(10), usual.timeout()));
  }

  /** As {@link #read} takes them. */
  static Map<String, @Nullable Object> written(List<HttpTool> tools) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    for (HttpTool tool : tools) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("description", tool.description());
      one.put("method", tool.method());
      one.put("url", tool.url());
      if (!tool.headers().isEmpty()) {
        one.put("headers", new TreeMap<>(tool.headers()));
      }
      one.put("arguments", tool.arguments().value());
      one.put("body", tool.body().name().toLowerCase(Locale.ROOT));
      Answer usual = Answer.DEFAULT;
      Answer answer = tool.answer();
      if (answer.path() != null) {
        one.put("response_path", answer.path());
      }
      if (answer.bytesMax() != usual.bytesMax()) {
        one.put("max_response_size", answer.bytesMax());
      }
      if (!answer.timeout().equals(usual.timeout())) {
        one.put("timeout", Section.seconds(answer.timeout()));
      }
      all.put(tool.name(), one);
    }
    return all;
  }
}
