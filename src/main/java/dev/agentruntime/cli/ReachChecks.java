package dev.agentruntime.cli;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.console.Pause;
import dev.agentruntime.console.Progress;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.provider.Models;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * What the doctor tries to reach for the manifests and the settings: it connects, and over TLS
 * shakes hands, but asks nothing; and it looks for programs, but starts none. All side by side.
 */
final class ReachChecks {

  private static final Duration CONNECT = Duration.ofSeconds(3);

  /** For name, connection and handshake together. */
  private static final Duration MOST = Duration.ofSeconds(8);

  private static final Duration LOOK = Duration.ofMillis(50);
  private static final int AT_ONCE = 16;

  private static final String MEND = "look at names, firewalls and proxies on the way there";

  private ReachChecks() {}

  /** Something to try: who needs it, and what to do where it cannot be reached. */
  private record Target(String check, String where, boolean fatal, String mend) {

    Finding ok() {
      return Finding.ok(check, where + " can be reached");
    }

    Finding bad(String why) {
      String what = where + " cannot be reached: " + why;
      return fatal ? Finding.fail(check, what, mend) : Finding.warn(check, what, mend);
    }
  }

  static List<Finding> of(RuntimeConfig config, Map<String, String> env, Progress progress) {
    List<Finding> found = new ArrayList<>();
    Map<String, Callable<Finding>> tries = new LinkedHashMap<>();
    for (ProcessConfig process : processes(config.agentsDir())) {
      List<String> models = new ArrayList<>(process.fallbacks());
      models.add(0, process.model());
      for (String model : models) {
        Models.baseUrl(model, config.models()).ifPresent(url -> {
          String word = model.substring(0, model.indexOf(':'));
          Target target = new Target(
              "model",
              word + " at " + shown(url),
              false,
              "mend models." + word + ".base_url, or the way there; runs fail meanwhile");
          tries.put(target.where(), () -> connect(target, url));
        });
      }
      for (ServerConfig server : process.servers().values()) {
        String who = "server " + server.name() + " of " + process.name();
        if (server instanceof ServerConfig.Http http) {
          Target target = new Target(
              "tools",
              who + " at " + shown(http.url()),
              true,
              "start it, or mend its url; the process does not start without it");
          tries.put(target.where(), () -> connect(target, http.url()));
        } else if (server instanceof ServerConfig.Stdio stdio) {
          found.add(program(who, stdio, config.agentsDir(), env.getOrDefault("PATH", "")));
        }
      }
    }
    if (config.cluster().enabled()) {
      for (String member : config.cluster().members()) {
        Target target = new Target(
            "cluster",
            "member " + member,
            false,
            "start that node, or mend cluster.members; a node that is alone waits for nobody");
        tries.put(target.where(), () -> connect(target, "tcp://" + member));
      }
    }
    found.addAll(together(tries, progress));
    return found;
  }

  private static List<ProcessConfig> processes(Path directory) {
    List<ProcessConfig> all = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      for (ManifestReader.Read read : SettingsChecks.reader().readDirectory(directory)) {
        if (read.manifest() != null) {
          all.add(read.manifest().config());
        }
      }
    }
    return all;
  }

  private static List<Finding> together(Map<String, Callable<Finding>> tries, Progress progress) {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE, task -> {
      Thread thread = new Thread(task, "doctor-reach");
      thread.setDaemon(true);
      return thread;
    });
    try {
      Map<String, Future<Finding>> asked = new LinkedHashMap<>();
      tries.forEach((where, attempt) -> asked.put(where, threads.submit(attempt)));
      long left = (asked.size() + AT_ONCE - 1L) / AT_ONCE * MOST.toMillis() / LOOK.toMillis();
      while (left-- > 0 && !done(asked, progress) && Pause.of(LOOK)) {
        // Until all have answered, or nobody waits any more.
      }
      List<Finding> found = new ArrayList<>();
      asked.forEach((where, answer) -> found.add(
          answer.isDone()
              ? result(where, answer)
              : Finding.warn(
                  "reach", where + " did not answer within " + MOST.toSeconds() + " s", MEND)));
      return found;
    } finally {
      List<Runnable> unused = threads.shutdownNow();
    }
  }

  private static boolean done(Map<String, Future<Finding>> asked, Progress progress) {
    long open = asked.values().stream().filter(answer -> !answer.isDone()).count();
    progress.tick(open + " left");
    return open == 0;
  }

  private static Finding result(String where, Future<Finding> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Finding.warn("reach", where + " was not tried to the end", MEND);
    } catch (ExecutionException e) {
      return Finding.warn("reach", where + ": " + e.getCause(), MEND);
    }
  }

  /** Blocks. */
  private static Finding connect(Target target, String url) {
    URI at;
    try {
      at = URI.create(url);
    } catch (IllegalArgumentException e) {
      return target.bad("not an address");
    }
    boolean tls = "https".equals(at.getScheme());
    String host = at.getHost();
    int port = at.getPort() >= 0 ? at.getPort() : tls ? 443 : 80;
    if (host == null) {
      return target.bad("it names no host");
    }
    InetSocketAddress address = new InetSocketAddress(host.replaceAll("^\\[|]$", ""), port);
    if (address.isUnresolved()) {
      return target.bad("there is no host " + host);
    }
    try (Socket socket = new Socket()) {
      socket.connect(address, (int) CONNECT.toMillis());
      if (tls) {
        shake(socket, host, port);
      }
      return target.ok();
    } catch (IOException e) {
      return target.bad(String.valueOf(e.getMessage()));
    }
  }

  private static void shake(Socket socket, String host, int port) throws IOException {
    socket.setSoTimeout((int) CONNECT.toMillis());
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    try (SSLSocket secured = (SSLSocket) factory.createSocket(socket, host, port, true)) {
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
      secured.startHandshake();
    }
  }

  /** Without what a URL may hold of secrets. */
  private static String shown(String url) {
    return url.replaceAll("//[^/@]*@", "//").replaceAll("[?#].*", "");
  }

  // --- Programs

  private static Finding program(
      String who, ServerConfig.Stdio server, Path agents, String searched) {
    String cwd = server.cwd();
    Path directory = cwd == null ? agents : agents.resolve(cwd);
    Optional<Path> found = server.command().contains("/")
        ? executable(directory.resolve(server.command()))
        : Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(searched)
            .map(each -> executable(Path.of(each).resolve(server.command())))
            .flatMap(Optional::stream)
            .findFirst();
    return found
        .map(path -> Finding.ok("tools", who + " is " + path))
        .orElseGet(() -> Finding.fail(
            "tools",
            who + ": there is no program " + server.command()
                + (server.command().contains("/") ? " from " + directory : " on the PATH"),
            "install it, or mend its command; the process does not start without it"));
  }

  private static Optional<Path> executable(@Nullable Path file) {
    return file != null && Files.isRegularFile(file) && Files.isExecutable(file)
        ? Optional.of(file)
        : Optional.empty();
  }
}
