package dev.agentruntime.manifest;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.yaml.Section;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes servers of tools as {@link ResolvedForm} does: secrets as references or masked. */
final class ResolvedServers {

  private ResolvedServers() {}

  static Map<String, @Nullable Object> of(Map<String, ServerConfig> servers) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    servers.forEach((name, server) -> all.put(name, entry(server)));
    return all;
  }

  private static Map<String, @Nullable Object> entry(ServerConfig server) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (server instanceof ServerConfig.Stdio stdio) {
      out.put("command", stdio.command());
      put(out, "args", stdio.args(), List.of());
      put(out, "env", shown(stdio.env()), Map.of());
      put(out, "cwd", stdio.cwd(), null);
    } else if (server instanceof ServerConfig.Http http) {
      out.put("url", http.url());
      put(out, "headers", shown(http.headers()), Map.of());
      put(out, "bearer_token", shown(http.bearer()), null);
      put(out, "api_key", shown(http.apiKey()), null);
    }
    ServerConfig.Times times = server.times();
    ServerConfig.Times usual = ServerConfig.Times.DEFAULT;
    if (!times.call().equals(usual.call())) {
      out.put("timeout", Section.seconds(times.call()));
    }
    if (!times.connect().equals(usual.connect())) {
      out.put("connect_timeout", Section.seconds(times.connect()));
    }
    return out;
  }

  private static Map<String, @Nullable Object> shown(Map<String, SecretRef> secrets) {
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    secrets.forEach((key, secret) -> shown.put(key, secret.shown()));
    return shown;
  }

  private static @Nullable String shown(@Nullable SecretRef secret) {
    return secret == null ? null : secret.shown();
  }

  private static void put(
      Map<String, @Nullable Object> out,
      String key,
      @Nullable Object value,
      @Nullable Object usual) {
    if (value != null && !value.equals(usual)) {
      out.put(key, value);
    }
  }
}
