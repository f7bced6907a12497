package dev.agentruntime.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server of tools that speaks the Model Context Protocol, as a manifest declares it. */
public sealed interface ServerConfig {

  /** Longest name in characters. */
  int NAME_MAX = 32;

  /** Before the name of a tool: {@code files__read_file}. */
  String SEPARATOR = "__";

  /** Begins the names of its tools; {@code [a-zA-Z0-9-]} and single underscores. */
  String name();

  /** How long it may take. */
  Times times();

  /** {@code stdio} or {@code http}. */
  String transport();

  /** The same without a literal secret. */
  ServerConfig masked();

  /** What it is given as secrets. */
  Stream<SecretRef> secrets();

  /**
   * How long it may take.
   *
   * @param call one call of a tool; default 60 s
   * @param connect until it has said which tools it has; default 30 s
   */
  record Times(Duration call, Duration connect) {

    /** As without either key. */
    public static final Times DEFAULT = new Times(Duration.ofSeconds(60), Duration.ofSeconds(30));
  }

  /**
   * A child process that is spoken to over its standard input and output.
   *
   * @param command found along the PATH of the node, or a path relative to {@code cwd}
   * @param args handed over as they are; no shell reads them
   * @param env all the child gets beside PATH
   * @param cwd relative to the agents directory, null = that directory
   */
  record Stdio(
      String name,
      String command,
      List<String> args,
      Map<String, SecretRef> env,
      @Nullable String cwd,
      Times times)
      implements ServerConfig {
    /** Keeps unmodifiable copies. */
    public Stdio {
      args = List.copyOf(args);
      env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
    }

    @Override
    public String transport() {
      return "stdio";
    }

    @Override
    public ServerConfig masked() {
      return new Stdio(name, command, args, mask(env), cwd, times);
    }

    @Override
    public Stream<SecretRef> secrets() {
      return env.values().stream();
    }
  }

  /**
   * A server that is spoken to over streamable HTTP.
   *
   * @param url where every request is posted
   * @param headers sent with every request
   * @param bearer sent as {@code Authorization: Bearer}, null = none
   * @param apiKey sent as {@code X-API-Key}, null = none
   */
  record Http(
      String name,
      String url,
      Map<String, SecretRef> headers,
      @Nullable SecretRef bearer,
      @Nullable SecretRef apiKey,
      Times times)
      implements ServerConfig {
    /** Keeps an unmodifiable copy. */
    public Http {
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    @Override
    public String transport() {
      return "http";
    }

    @Override
    public ServerConfig masked() {
      return new Http(name, url, mask(headers), mask(bearer), mask(apiKey), times);
    }

    @Override
    public Stream<SecretRef> secrets() {
      return Stream.concat(
          headers.values().stream(),
          Stream.<@Nullable SecretRef>of(bearer, apiKey).flatMap(Stream::ofNullable));
    }
  }

  /**
   * A server whose literal secrets are masked, with those that {@code known} has of it.
   *
   * @param known by name, with their literals
   */
  static ServerConfig unmasked(ServerConfig declared, Map<String, ServerConfig> known) {
    ServerConfig full = known.get(declared.name());
    return full != null && full.masked().equals(declared) ? full : declared;
  }

  private static Map<String, SecretRef> mask(Map<String, SecretRef> secrets) {
    Map<String, SecretRef> masked = new LinkedHashMap<>();
    secrets.forEach((key, secret) -> masked.put(key, masked(secret)));
    return masked;
  }

  private static @Nullable SecretRef mask(@Nullable SecretRef secret) {
    return secret == null ? null : masked(secret);
  }

  private static SecretRef masked(SecretRef secret) {
    return secret.kind() == SecretRef.Kind.LITERAL
        ? new SecretRef(SecretRef.Kind.LITERAL, SecretRef.MASK)
        : secret;
  }
}
