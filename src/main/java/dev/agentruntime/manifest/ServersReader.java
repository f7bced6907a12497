package dev.agentruntime.manifest;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.config.ServerConfig.Times;
import dev.agentruntime.yaml.AddressSyntax;
import dev.agentruntime.yaml.Node.Mapping;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Member;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code servers}: servers of tools by name. Nothing is started or asked. */
final class ServersReader {

  private static final int SERVERS_MAX = 32;
  private static final int ENTRIES_MAX = 100;

  private static final List<String> COMMON =
      List.of("type", "transport", "keep_alive", "timeout", "connect_timeout");
  private static final List<String> STDIO = List.of("command", "args", "env", "cwd");
  private static final List<String> HTTP = List.of("url", "headers", "bearer_token", "api_key");
  private static final Set<String> LATER = Set.of("auth", "audience", "forward_caller_token");

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9-]+(_[a-zA-Z0-9-]+)*");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}");

  /** Headers that belong to the protocol itself. */
  private static final Set<String> RESERVED = Set.of(
      "accept",
      "connection",
      "content-length",
      "content-type",
      "host",
      "mcp-protocol-version",
      "mcp-session-id",
      "last-event-id",
      "transfer-encoding",
      "upgrade");

  private final Reading reading;

  ServersReader(Reading reading) {
    this.reading = reading;
  }

  /** The variables that secret fields name; to be known before any text is expanded. */
  static List<String> secretVariables(Collection<Member> servers) {
    List<String> names = new ArrayList<>();
    for (Member server : servers) {
      if (server.value() instanceof Mapping entry) {
        entry.members().forEach((key, member) -> {
          if (key.equals("bearer_token") || key.equals("api_key")) {
            TriggerReader.addVariables(member.value(), names);
          } else if (key.equals("headers") && member.value() instanceof Mapping headers) {
            headers.members().values().forEach(h -> TriggerReader.addVariables(h.value(), names));
          }
        });
      }
    }
    return names;
  }

  Map<String, ServerConfig> read(Section all) {
    Map<String, ServerConfig> servers = new LinkedHashMap<>();
    if (all.members().size() > SERVERS_MAX) {
      reading.error(
          all.mark(),
          "servers: expected at most " + SERVERS_MAX + ", actual "
              + all.members().size());
    }
    all.members().forEach((name, member) -> {
      if (name.length() > ServerConfig.NAME_MAX || !NAME.matcher(name).matches()) {
        reading.error(
            member.mark(),
            "servers: a name, expected letters, digits, '-' or single '_' between them, at most "
                + ServerConfig.NAME_MAX + ", actual " + TriggerReader.quoted(name));
      }
      ServerConfig server = server(name, member);
      if (server != null) {
        servers.put(name, server);
      }
    });
    return servers;
  }

  private @Nullable ServerConfig server(String name, Member member) {
    Section entry = Section.of(reading, name, member.value());
    String type = type(entry);
    List<String> known = new ArrayList<>(COMMON);
    known.addAll(STDIO);
    known.addAll(HTTP);
    entry.only(known, LATER);
    if (!entry.flag("keep_alive", true)) {
      reading.error(
          entry.markOfValue("keep_alive"),
          "keep_alive: 'false' is not available yet, expected true");
    }
    Times times = times(entry);
    boolean http = type.isEmpty() ? entry.has("url") : type.equals("http");
    if (!entry.has("url") && !entry.has("command")) {
      reading.error(
          member.mark(),
          name + ": neither 'command' nor 'url', expected a command to start, or the url of a"
              + " server that runs");
      return null;
    }
    refuse(entry, http ? STDIO : HTTP, http ? "url" : "command");
    return http ? http(name, entry, times) : stdio(name, entry, times);
  }

  /** {@code stdio}, {@code http}, or empty when the other keys tell. */
  private String type(Section entry) {
    if (entry.has("type") && entry.has("transport")) {
      reading.error(
          entry.markOf("transport"),
          "'transport' is another word for 'type', expected one of them");
    }
    String key = entry.has("type") ? "type" : "transport";
    String type = entry.text(key, "");
    return switch (type) {
      case "http", "streamable-http" -> "http";
      case "", "stdio" -> type;
      default -> {
        reading.error(
            entry.markOfValue(key),
            type.equals("sse")
                ? key + ": 'sse' is not available yet, expected stdio or http"
                : key + ": unknown value '" + type + "'"
                    + Reading.suggestion(type, List.of("stdio", "http", "streamable-http")));
        yield "";
      }
    };
  }

  private static Times times(Section entry) {
    Duration second = Duration.ofSeconds(1);
    Duration hour = Duration.ofHours(1);
    return new Times(
        entry.duration("timeout", second, hour, Times.DEFAULT.call()),
        entry.duration("connect_timeout", second, hour, Times.DEFAULT.connect()));
  }

  private void refuse(Section entry, List<String> keys, String of) {
    for (String key : keys) {
      if (entry.has(key)) {
        reading.error(
            entry.markOf(key), "'" + key + "' does not belong to a server with '" + of + "'");
      }
    }
  }

  private @Nullable ServerConfig stdio(String name, Section entry, Times times) {
    Mark mark = entry.markOf("command");
    if (reading.origin() == Origin.API) {
      reading.error(
          mark,
          "command: a request may not start programs, expected the manifest as a file in the"
              + " agents directory");
      return null;
    }
    String command = entry.text("command", "");
    if (command.isBlank() || command.indexOf('\0') >= 0) {
      reading.error(mark, "command: expected a program, actual " + TriggerReader.quoted(command));
    }
    return new ServerConfig.Stdio(
        name,
        command,
        entry.texts("args"),
        secrets(entry, "env", VARIABLE, "an environment variable"),
        entry.text("cwd"),
        times);
  }

  private @Nullable ServerConfig http(String name, Section entry, Times times) {
    String url = entry.text("url", "");
    checkUrl(url, entry.markOfValue("url"));
    Map<String, SecretRef> headers = secrets(entry, "headers", HEADER, "a header");
    entry.section("headers").members().forEach((header, member) -> {
      if (RESERVED.contains(header.toLowerCase(Locale.ROOT))) {
        reading.error(member.mark(), "headers: '" + header + "' is set by the protocol itself");
      }
    });
    for (String key : List.of("headers", "bearer_token", "api_key")) {
      if (reading.origin() == Origin.API && entry.has(key)) {
        reading.error(
            entry.markOf(key),
            "'" + key + "' would send a secret of this node wherever a request says, expected the"
                + " manifest as a file in the agents directory");
      }
    }
    return new ServerConfig.Http(
        name,
        url,
        headers,
        WebhookTriggerReader.secret(entry, "bearer_token"),
        WebhookTriggerReader.secret(entry, "api_key"),
        times);
  }

  private void checkUrl(String url, Mark mark) {
    try {
      URI uri = new URI(url);
      String host = uri.getHost();
      boolean secure = "https".equals(uri.getScheme());
      if (host == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
        reading.error(
            mark, "url: expected https://HOST/PATH, without user and fragment, actual another URL");
      } else if (!secure && !"http".equals(uri.getScheme())) {
        reading.error(mark, "url: expected https, actual " + uri.getScheme());
      } else if (!secure && !AddressSyntax.isLoopback(host.replaceAll("[\\[\\]]", ""))) {
        reading.error(
            mark, "url: " + host + " is another machine, expected https, for http is not secret");
      }
    } catch (URISyntaxException e) {
      reading.error(mark, "url: expected https://HOST/PATH, actual no URL: " + e.getReason());
    }
  }

  private Map<String, SecretRef> secrets(Section entry, String key, Pattern name, String what) {
    Section section = entry.section(key);
    Map<String, SecretRef> secrets = new LinkedHashMap<>();
    if (section.members().size() > ENTRIES_MAX) {
      reading.error(entry.markOf(key), key + ": expected at most " + ENTRIES_MAX + " entries");
    }
    section.members().forEach((member, value) -> {
      if (!name.matcher(member).matches()) {
        reading.error(
            value.mark(),
            key + ": expected the name of " + what + ", actual " + TriggerReader.quoted(member));
      }
      SecretRef secret = WebhookTriggerReader.secret(section, member);
      if (secret != null) {
        secrets.put(member, secret);
      }
    });
    return secrets;
  }
}
