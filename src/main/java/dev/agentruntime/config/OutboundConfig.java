package dev.agentruntime.config;

import dev.agentruntime.core.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a process may reach by requests that its manifest declares, and with which secrets.
 *
 * @param httpTools in the order of the manifest
 * @param secrets what tools are given and the model is not
 */
public record OutboundConfig(List<HttpTool> httpTools, SecretsConfig secrets) {

  /** Nothing. */
  public static final OutboundConfig NONE = new OutboundConfig(List.of(), SecretsConfig.NONE);

  /** Keeps an unmodifiable copy. */
  public OutboundConfig {
    httpTools = List.copyOf(httpTools);
  }

  /** How arguments that are not part of the URL travel. */
  public enum Body {
    /** As one JSON object. */
    JSON,
    /** As a form, {@code application/x-www-form-urlencoded}. */
    FORM,
    /** Not at all. */
    NONE
  }

  /**
   * A tool that is one HTTP request.
   *
   * @param name as the model sees it
   * @param description for the model
   * @param method {@code GET, HEAD, POST, PUT, PATCH} or {@code DELETE}
   * @param url a template, as {@code config.UriTemplate} reads it
   * @param headers as sent, but for handles of secrets
   * @param arguments JSON Schema of the arguments, an object
   * @param answer what is taken of the answer
   */
  public record HttpTool(
      String name,
      String description,
      String method,
      String url,
      Map<String, String> headers,
      Json arguments,
      Body body,
      Answer answer) {

    /** Keeps an unmodifiable copy. */
    public HttpTool {
      headers = Map.copyOf(headers);
    }
  }

  /**
   * What is taken of an answer.
   *
   * @param path a JSON Pointer (RFC 6901) to what the model sees, null = the whole body
   * @param bytesMax longest body, 1 KiB..16 MiB; default 1 MiB
   * @param timeout for the whole answer, 100 ms..10 min; default 30 s
   */
  public record Answer(@Nullable String path, int bytesMax, Duration timeout) {
    /** As without its keys. */
    public static final Answer DEFAULT = new Answer(null, 1 << 20, Duration.ofSeconds(30));
  }
}
