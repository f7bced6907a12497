package dev.agentruntime.manifest;

import dev.agentruntime.config.OutboundConfig.HttpTool;
import dev.agentruntime.config.SecretHandles;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.config.SecretsConfig.Secret;
import dev.agentruntime.core.Json;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code secrets}: what tools are given and the model is not. */
final class SecretsReader {

  private static final List<String> KEYS =
      List.of("enabled", "secrets", "default_ttl", "ttls", "revoke_on_stop");
  private static final List<String> ONE = List.of("value", "ttl", "expose", "tools");
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,63}");
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final Duration YEAR = Duration.ofDays(365);

  private final Reading reading;
  private final Section all;

  SecretsReader(Section all) {
    this.reading = all.reading();
    this.all = all;
  }

  SecretsConfig read() {
    all.only(KEYS, Set.of());
    boolean enabled = all.flag("enabled", true);
    Duration usual =
        all.has("default_ttl") ? all.duration("default_ttl", MOMENT, YEAR, YEAR) : null;
    Section declared = all.section("secrets");
    Section ttls = all.section("ttls");
    ttls.only(declared.members().keySet(), Set.of());
    Map<String, Secret> secrets = new LinkedHashMap<>();
    declared.members().forEach((name, member) -> {
      if (!NAME.matcher(name).matches()) {
        reading.error(
            member.mark(),
            "secrets: expected a letter or '_', then letters, digits, '_' or '-', at most 64,"
                + " actual " + Json.quote(name));
      }
      Duration ttl = ttls.has(name) ? ttls.duration(name, MOMENT, YEAR, YEAR) : usual;
      Secret secret = secret(declared, name, member.value(), ttl);
      if (secret != null) {
        secrets.put(name, secret);
      }
    });
    boolean revoke = all.flag("revoke_on_stop", true);
    return enabled ? new SecretsConfig(secrets, revoke) : SecretsConfig.NONE;
  }

  private @Nullable Secret secret(Section of, String name, Node node, @Nullable Duration ttl) {
    if (!(node instanceof Node.Mapping)) {
      SecretRef source = WebhookTriggerReader.secret(of, name);
      return source == null ? null : new Secret(source, ttl, false, List.of());
    }
    Section one = Section.of(reading, name, node);
    one.only(ONE, Set.of());
    if (!one.has("value")) {
      reading.error(one.mark(), "the secret " + Json.quote(name) + " needs 'value'");
      return null;
    }
    List<String> tools = one.texts("tools");
    for (String glob : tools) {
      String problem = Glob.problem(glob);
      if (problem != null) {
        reading.error(one.markOfValue("tools"), "tools: " + problem);
      }
    }
    SecretRef source = WebhookTriggerReader.secret(one, "value");
    Duration own = one.has("ttl") ? one.duration("ttl", MOMENT, YEAR, YEAR) : ttl;
    boolean expose = one.flag("expose", false);
    return source == null ? null : new Secret(source, own, expose, tools);
  }

  /** Handles in headers name declared secrets. */
  static void check(Section httpTools, List<HttpTool> tools, SecretsConfig secrets) {
    for (HttpTool tool : tools) {
      Set<String> named = new LinkedHashSet<>();
      tool.headers().values().forEach(value -> named.addAll(SecretHandles.in(value)));
      for (String name : named) {
        if (!secrets.byName().containsKey(name)) {
          httpTools
              .reading()
              .error(
                  httpTools.markOf(tool.name()),
                  "headers of " + tool.name() + ": there is no secret " + Json.quote(name)
                      + ", expected it under 'secrets'");
        }
      }
    }
  }

  /** The variables that hold secrets, which nothing else may name. */
  static Set<String> variables(@Nullable Node section) {
    Set<String> names = new LinkedHashSet<>();
    collect(section, names);
    return names;
  }

  private static void collect(@Nullable Node node, Set<String> names) {
    if (node instanceof Node.Mapping mapping) {
      mapping.members().values().forEach(member -> collect(member.value(), names));
    } else if (node instanceof Node.Scalar scalar && scalar.value() instanceof String text) {
      SecretRef source = SecretRef.parse(text);
      if (source != null && source.kind() == SecretRef.Kind.ENV) {
        names.add(source.value());
      }
    }
  }

  /** As {@link #read} takes them; literals masked. */
  static Map<String, @Nullable Object> written(SecretsConfig config) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (config.byName().isEmpty()) {
      return out;
    }
    Map<String, @Nullable Object> secrets = new LinkedHashMap<>();
    config.byName().forEach((name, secret) -> {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("value", secret.source().shown());
      Duration ttl = secret.ttl();
      if (ttl != null) {
        one.put("ttl", Section.seconds(ttl));
      }
      if (secret.expose()) {
        one.put("expose", true);
      }
      if (!secret.tools().isEmpty()) {
        one.put("tools", secret.tools());
      }
      secrets.put(name, one);
    });
    out.put("secrets", secrets);
    if (!config.revokeOnStop()) {
      out.put("revoke_on_stop", false);
    }
    return out;
  }
}
