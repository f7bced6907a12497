package dev.agentruntime.run;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.custody.SecretKeeper;
import dev.agentruntime.entry.EntryData.ToolSet;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.history.Witness;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.mcp.Listing;
import dev.agentruntime.mcp.McpServer;
import dev.agentruntime.mcp.McpTool;
import dev.agentruntime.mcp.Progress;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The servers of tools of one process, and what is trusted of them: what a server offers when it is
 * asked for the first time is journaled, and from then on a tool is what the journal says. One that
 * its server describes otherwise later is not called until an operator accepts it. Owned by: the
 * process's context.
 */
public final class ToolServers {

  private static final System.Logger LOG = System.getLogger(ToolServers.class.getName());

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final Executor context;
  private final SecretKeeper secrets;
  private final Map<ServerConfig, Held> held = new LinkedHashMap<>();
  private Runnable onChange = () -> {};

  /**
   * None yet.
   *
   * @param context runs tasks on the process's context
   * @param secrets told what servers are given, so that it is taken out of texts
   */
  public ToolServers(ProcessLog log, ProcessDeps deps, Executor context, SecretKeeper secrets) {
    this.log = log;
    this.deps = deps;
    this.context = context;
    this.secrets = secrets;
  }

  /** Told when what is trusted of a server has changed. */
  void onChange(Runnable told) {
    onChange = told;
  }

  // --- Their life

  /**
   * Connects to the servers of a configuration, and ends what no version needs any more. Completes
   * when it is known which tools each has: at once if the journal says so, else when the server
   * does.
   *
   * @return fails with START_FAILED when a server asked for the first time cannot be reached
   */
  public Future<Void> up(ProcessConfig config) {
    keep(config);
    return connect(config);
  }

  /**
   * As {@link #up}, for a manifest that is not in force yet: what is connected stays so. When it
   * does not come in force, {@link #keep} ends what only it needed.
   */
  public Future<Void> connect(ProcessConfig config) {
    List<Future<Void>> known = new ArrayList<>();
    for (ServerConfig server : config.servers().values()) {
      Held mine = held.computeIfAbsent(server, this::hold);
      mine.server.open();
      known.add(trusted(server) == null ? mine.first() : Future.succeededFuture());
    }
    return known.isEmpty() ? Future.succeededFuture() : Future.join(known).mapEmpty();
  }

  /** Ends all; completes when what was started has ended. */
  public Future<Void> down() {
    return end(Set.copyOf(held.keySet()));
  }

  /** Ends what neither this manifest needs nor one under which a run began. */
  public void keep(ProcessConfig config) {
    if (held.isEmpty()) {
      return;
    }
    Set<ServerConfig> unused = new HashSet<>(held.keySet());
    unused.removeAll(config.servers().values());
    for (OpenRun run : log.image().runs().values()) {
      ProcessImage.Deployment version = log.image().deployment(run.start().manifestVersion());
      if (version != null) {
        unused.removeAll(version.config().servers().values());
      }
    }
    end(unused).onFailure(ToolServers::unheard);
  }

  private Future<Void> end(Set<ServerConfig> gone) {
    List<Future<Void>> ended = new ArrayList<>();
    for (ServerConfig server : gone) {
      Held mine = held.remove(server);
      if (mine != null) {
        mine.refuse("it was stopped");
        ended.add(mine.server.close());
      }
    }
    return ended.isEmpty() ? Future.succeededFuture() : Future.join(ended).mapEmpty();
  }

  private static void unheard(Throwable cause) {
    LOG.log(System.Logger.Level.DEBUG, "not done", cause);
  }

  // --- What is trusted

  /** Whether all tools of a configuration are known. */
  boolean known(ProcessConfig config) {
    for (ServerConfig server : config.servers().values()) {
      if (trusted(server) == null) {
        return false;
      }
    }
    return true;
  }

  private @Nullable List<ToolDefinition> trusted(ServerConfig server) {
    Json pinned = log.image().toolSets().get("@" + server.name());
    return pinned == null ? null : Toolbox.definitions(pinned);
  }

  /** The trusted tools of a configuration's servers. */
  List<Tool> tools(ProcessConfig config) {
    List<Tool> tools = new ArrayList<>();
    for (ServerConfig server : config.servers().values()) {
      List<ToolDefinition> trusted = trusted(server);
      if (trusted != null) {
        trusted.forEach(
            tool -> tools.add(new McpTool(tool, (definition, call) -> call(server, tool, call))));
      }
    }
    return tools;
  }

  private Future<Tool.Reply> call(ServerConfig server, ToolDefinition tool, Tool.Call call) {
    Held mine = held.get(server);
    if (mine == null) {
      return Future.succeededFuture(Tool.Reply.error(
          "The server " + server.name() + " is not connected, and nothing was done."));
    }
    String own = tool.name().substring((server.name() + ServerConfig.SEPARATOR).length());
    return mine.server.call(own, call, () -> mine.refusal(tool));
  }

  private Future<Void> trust(ServerConfig server, Listing listing, @Nullable String by) {
    Json definitions = Toolbox.json(listing.tools());
    Future<Void> durable =
        log.write(new ToolSet(Hex.sha256(definitions.bytes()), definitions, server.name(), by));
    onChange.run();
    return durable;
  }

  /**
   * Trusts what a server offers now.
   *
   * @param digest of what was looked at, null = whatever it is
   * @return fails with NOT_FOUND, UNREACHABLE or VERSION_CONFLICT
   */
  public Future<Json> accept(String server, @Nullable String digest, String by) {
    Held mine = find(server);
    Listing listing = mine.listing();
    if (listing == null) {
      throw new RuntimeFault(
          ErrorCode.UNREACHABLE,
          "server " + server + " has not said which tools it has: "
              + mine.server.state().word());
    }
    String actual = Hex.sha256(Toolbox.json(listing.tools()).bytes());
    if (digest != null && !digest.equals(actual)) {
      throw new RuntimeFault(
          ErrorCode.VERSION_CONFLICT,
          "the tools of " + server + ", expected digest " + digest + ", actual=" + actual
              + "; look at them again");
    }
    String prefix = server + ServerConfig.SEPARATOR;
    for (String rule : log.image().config().tools().keySet()) {
      if (rule.startsWith(prefix) && listing.find(rule) == null) {
        throw new RuntimeFault(
            ErrorCode.VERSION_CONFLICT,
            "the manifest has a rule for " + rule + ", which " + server
                + " does not offer any more; change the manifest first");
      }
    }
    Future<Void> durable = mine.isTrusted() ? log.durable() : trust(mine.config, listing, by);
    Json view = Json.of(mine.view());
    return durable.map(view);
  }

  private Held find(String server) {
    for (Held mine : held.values()) {
      if (mine.config.name().equals(server)) {
        return mine;
      }
    }
    throw new RuntimeFault(
        ErrorCode.NOT_FOUND,
        "there is no server of tools " + Json.quote(server) + " here, expected=one of "
            + held.keySet().stream().map(ServerConfig::name).toList());
  }

  /** All servers: what is done about them, and how they differ from what is trusted. */
  public List<Map<String, @Nullable Object>> view() {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    held.values().forEach(mine -> all.add(mine.view()));
    return all;
  }

  /** The same in short, for a status. */
  public List<Map<String, @Nullable Object>> brief() {
    List<Map<String, @Nullable Object>> all = view();
    all.forEach(server -> {
      server.put("changes", server.get("changes") instanceof List<?> list ? list.size() : 0);
      server.keySet().removeAll(List.of("digest", "left_out"));
    });
    return all;
  }

  private Held hold(ServerConfig server) {
    Held mine = new Held(server);
    mine.server = deps.servers().create(log.image().id().name(), server, context, mine);
    return mine;
  }

  /** One server, what it says, and who waits for that. */
  private final class Held implements McpServer.Listener {

    private final ServerConfig config;
    private final List<Promise<Void>> first = new ArrayList<>();
    private McpServer server;
    private @Nullable Listing listing;

    @SuppressWarnings("NullAway.Init") // the server is made for it, and set at once
    private Held(ServerConfig config) {
      this.config = config;
    }

    @Override
    public void given(Map<String, List<String>> values) {
      secrets.given(values);
    }

    /** What it says without any secret that is known now; null when it has said nothing. */
    private @Nullable Listing listing() {
      Listing said = listing;
      return said == null ? null : said.redacted(log.redactor());
    }

    /** Completes when what it says for the first time is trusted. */
    private Future<Void> first() {
      Listing said = listing();
      if (said != null) {
        return trust(config, said, null);
      }
      Promise<Void> promise = Promise.promise();
      first.add(promise);
      Timers.Armed limit = deps.timers()
          .after(
              config.times().connect(),
              () -> refuse("no answer within " + config.times().connect().toSeconds() + " s"));
      return promise.future().onComplete(done -> limit.cancel());
    }

    @Override
    public void listed(Listing heard) {
      // Its own first, by their own names: what else is known may differ from start to start.
      Listing own = heard.redacted(secrets.vault().redactor(config.name() + "."));
      listing = own;
      Listing said = own.redacted(log.redactor());
      if (!said.leftOut().isEmpty()) {
        LOG.log(
            System.Logger.Level.INFO,
            "process {0}: {1} tools of server {2} are left out; look with: tools {0}",
            log.image().id().name(),
            said.leftOut().size(),
            config.name());
      }
      if (trusted(config) == null && !log.broken()) {
        List<Promise<Void>> due = List.copyOf(first);
        first.clear();
        Future<Void> durable = trust(config, said, null);
        due.forEach(durable::onComplete);
      } else if (!isTrusted()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "process {0}: server {1} offers other tools than it did; look with: tools {0}",
            log.image().id().name(),
            config.name());
      }
    }

    @Override
    public void failed(String why) {
      // A program that does not start will not; a remote server may be about to.
      if (config instanceof ServerConfig.Stdio) {
        refuse(why);
      }
    }

    @Override
    public boolean wantsProgress() {
      Witness witness = deps.witness();
      return witness != null && witness.wantsProgress();
    }

    @Override
    public void progress(String effectKey, Progress said) {
      Witness witness = deps.witness();
      if (witness != null) {
        String message = said.message();
        witness.progress(
            log.image(),
            effectKey,
            new Progress(
                    said.done(),
                    said.total(),
                    message == null ? null : log.redactor().redact(message))
                .toValues());
      }
    }

    private void refuse(String why) {
      List<Promise<Void>> due = List.copyOf(first);
      first.clear();
      String last = problem();
      due.forEach(promise -> promise.fail(new RuntimeFault(
          ErrorCode.START_FAILED,
          "server of tools " + config.name() + ": "
              + (last == null ? log.redactor().redact(why) : last))));
    }

    private @Nullable String problem() {
      String last = server.problem();
      return last == null ? null : log.redactor().redact(last);
    }

    private boolean isTrusted() {
      Listing said = listing();
      return said == null || said.tools().equals(trusted(config));
    }

    /** Why a trusted tool may not be called now, null when it may. */
    private @Nullable String refusal(ToolDefinition tool) {
      Listing said = listing();
      ToolDefinition now = said == null ? null : said.find(tool.name());
      if (now == null) {
        return "The server " + config.name() + " does not offer " + tool.name()
            + " any more; nothing was done.";
      }
      return now.equals(tool)
          ? null
          : "The server " + config.name() + " describes " + tool.name()
              + " otherwise than when it was trusted; nothing was done. An operator has to look"
              + " and accept.";
    }

    private Map<String, @Nullable Object> view() {
      Map<String, @Nullable Object> view = new LinkedHashMap<>();
      view.put("name", config.name());
      view.put("transport", config.transport());
      view.put("state", server.state().word());
      view.put("problem", problem());
      view.put("restarts", server.restarts());
      Listing said = listing();
      List<ToolDefinition> trusted = trusted(config);
      view.put("tools", trusted == null ? 0 : trusted.size());
      view.put(
          "digest", said == null ? null : Hex.sha256(Toolbox.json(said.tools()).bytes()));
      view.put("trusted", said == null ? null : isTrusted());
      view.put(
          "changes", said == null || trusted == null ? List.of() : ToolChanges.of(trusted, said));
      view.put("left_out", said == null ? Map.of() : said.leftOut());
      return view;
    }
  }
}
