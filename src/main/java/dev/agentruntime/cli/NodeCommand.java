package dev.agentruntime.cli;

import dev.agentruntime.core.Json;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that talks to a running node. */
abstract class NodeCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:9100",
      description = "The node's control API (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private String url;

  @Option(names = "--json", description = "Print the node's answer as JSON.")
  private boolean json;

  @Override
  public final Integer call() {
    Console console = new Console(
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        !json && Console.wantsColours(System.getenv()));
    run(new ApiClient(base()), console);
    return console.flushed() ? 0 : 1;
  }

  /** Does the work; a fault thrown becomes one line on standard error and exit code 1. */
  abstract void run(ApiClient api, Console console);

  /** Whether the answer is for a program. */
  final boolean json() {
    return json;
  }

  /** A mistake in the arguments: usage and exit code 2. */
  final ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Prints the answer as JSON when that was asked for, else in words. */
  final void print(Console console, Json answer, String words) {
    if (json) {
      console.json(answer);
    } else {
      console.line(words);
    }
  }

  private URI base() {
    try {
      URI uri = URI.create(url);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getPort() <= 65_535) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw usage("--url, expected=http://HOST:PORT, actual=" + Json.quote(url));
    }
    throw usage("--url, expected=http://HOST:PORT, actual=" + Json.quote(url));
  }
}
