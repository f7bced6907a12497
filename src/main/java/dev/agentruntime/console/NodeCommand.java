package dev.agentruntime.console;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.settings.RuntimeConfigReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that talks to a running node. */
public abstract class NodeCommand implements Callable<Integer> {

  private static final String HOST = "control.host";
  private static final String PORT = "control.port";
  private static final String TOKEN = "AGENTRUNTIME_TOKEN";

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The node's control API (default: http://127.0.0.1:9100, or what"
          + " AGENTRUNTIME_CONTROL_HOST and AGENTRUNTIME_CONTROL_PORT say, as for serve).")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file that holds a token, alone (default: what AGENTRUNTIME_TOKEN says).")
  private @Nullable Path tokenFile;

  @Option(names = "--json", description = "Print the node's answer as JSON.")
  private boolean json;

  @Override
  public final Integer call() {
    Console console = new Console(
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        Console.onTerminal(System.getenv()),
        !json && Console.wantsColours(System.getenv()));
    String asked = url;
    URI node = asked == null ? usual(System.getenv()) : base(spec.commandLine(), asked);
    ApiClient api = new ApiClient(node, token(tokenFile, System.getenv()), console);
    try {
      run(api, console);
    } catch (RuntimeFault fault) {
      throw Advice.added(fault, api);
    }
    return console.flushed() ? 0 : 1;
  }

  /** Does the work; a fault thrown becomes one line on standard error and exit code 1. */
  public abstract void run(ApiClient api, Console console);

  /** The token to show: from the file, else from the environment, null = none. */
  public static @Nullable String token(@Nullable Path file, Map<String, String> env) {
    String token = env.containsKey(TOKEN) ? String.valueOf(env.get(TOKEN)).strip() : null;
    String where = TOKEN;
    if (file != null) {
      where = file.toString();
      try {
        token = Files.readString(file).strip();
      } catch (IOException e) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "token file " + file + " cannot be read: " + FileFaults.reason(e),
            e);
      }
    }
    if (token != null && !token.matches("[!-~]+")) {
      throw new RuntimeFault(ErrorCode.INVALID_CONFIG, where + ", expected=a token, alone");
    }
    return token;
  }

  /** Whether the answer is for a program. */
  public final boolean json() {
    return json;
  }

  /** A mistake in the arguments: usage and exit code 2. */
  public final ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Prints the answer as JSON when that was asked for, else in words. */
  public final void print(Console console, Json answer, String words) {
    if (json) {
      console.json(answer);
    } else {
      console.line(words);
    }
  }

  /** Where a node listens that was started with this environment and no other settings. */
  static URI usual(Map<String, String> env) {
    HostPort listens = RuntimeConfig.DEFAULT.control();
    String host = env.getOrDefault(RuntimeConfigReader.environmentName(HOST), listens.host());
    String name = RuntimeConfigReader.environmentName(PORT);
    String port = env.getOrDefault(name, String.valueOf(listens.port()));
    HostPort address;
    try {
      address = HostPort.parse(
          (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port);
    } catch (RuntimeFault e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          RuntimeConfigReader.environmentName(HOST) + " and " + name + ", expected=a host and a"
              + " port, actual=" + Json.quote(host) + " and " + Json.quote(port),
          e);
    }
    if (address.port() == 0) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          name + " is 0, which is any free port: say with --url where the node is");
    }
    return URI.create("http://" + address);
  }

  /**
   * The address in a {@code --url}.
   *
   * @param command whose mistake it would be
   */
  public static URI base(CommandLine command, String url) {
    try {
      URI uri = URI.create(url);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getPort() <= 65_535) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw wrong(command, url);
    }
    throw wrong(command, url);
  }

  private static ParameterException wrong(CommandLine command, String url) {
    return new ParameterException(
        command, "--url, expected=http://HOST:PORT, actual=" + Json.quote(url));
  }
}
