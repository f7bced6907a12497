package dev.agentruntime.mcp;

import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Tool;
import io.modelcontextprotocol.spec.McpError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server of tools that is kept connected: a connection that ends is made anew, after a pause that
 * doubles while it keeps ending. Owned by: the process's context.
 */
public final class McpServer {

  private static final System.Logger LOG = System.getLogger(McpServer.class.getName());

  /** Before the first new attempt, doubled for each further one. */
  public static final Duration PAUSE = Duration.ofMillis(500);

  /** Longest pause. */
  public static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  /** How long a server has to answer anything after a call that it did not. */
  static final Duration PING_MAX = Duration.ofSeconds(5);

  /** How often it is told at most how far a call is. */
  static final Duration PROGRESS_PAUSE = Duration.ofSeconds(1);

  /** How long the end of a connection is waited for; a child has been killed by then. */
  static final Duration CLOSE_MAX = Duration.ofSeconds(3);

  private final ServerConfig config;
  private final Opener opener;
  private final Timers timers;
  private final Executor context;
  private final Listener listener;
  private final List<Promise<McpSession>> waiting = new ArrayList<>();
  private State state = State.CLOSED;
  private @Nullable McpSession session;
  private @Nullable String problem;
  private Timers.@Nullable Armed timer;
  private int failures;
  private int restarts;
  private long readyAt;
  private int generation;
  private Future<Void> ending = Future.succeededFuture();

  /** What is done about a server. */
  public enum State {
    /** It is started or reached, and asked for its tools. */
    CONNECTING,
    /** It can be called. */
    READY,
    /** It could not be reached or has ended, and is tried again after a pause. */
    RESTING,
    /** Nobody wants it. */
    CLOSED;

    /** The lower-case word shown. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Who hears of a server, on the process's context. */
  public interface Listener {
    /**
     * It is about to be given these secrets.
     *
     * @param values by the names that stand for them in texts, {@code SERVER.KEY}
     */
    void given(Map<String, List<String>> values);

    /** What it offers now; told before it may be called. */
    void listed(Listing listing);

    /** It cannot be reached. */
    void failed(String why);

    /** Whether somebody wants to know how far calls are. */
    default boolean wantsProgress() {
      return false;
    }

    /** How far a call is, by its effect key; told now and then while it is made. */
    default void progress(String effectKey, Progress said) {}
  }

  /** Makes connections. */
  interface Opener {
    /** A connection that has not shaken hands; on the process's context. */
    Future<McpSession> open(McpSession.Told told);
  }

  McpServer(
      ServerConfig config, Opener opener, Timers timers, Executor context, Listener listener) {
    this.config = config;
    this.opener = opener;
    this.timers = timers;
    this.context = context;
    this.listener = listener;
  }

  /** Connects, and stays connected until it is closed. */
  public void open() {
    if (state == State.CLOSED) {
      failures = 0;
      connect();
    }
  }

  private void connect() {
    state = State.CONNECTING;
    int mine = ++generation;
    disarm();
    timer = timers.after(
        config.times().connect(),
        () -> lost(
            mine,
            "it did not say which tools it has within "
                + config.times().connect().toSeconds() + " s"));
    // A predecessor may hold what the new one needs, such as a file or a port.
    ending.compose(ended -> opener.open(told(mine))).onComplete(made -> {
      if (mine != generation) {
        if (made.succeeded()) {
          end(made.result());
        }
      } else if (made.failed()) {
        lost(mine, Reasons.of(made.cause()));
      } else {
        McpSession fresh = made.result();
        session = fresh;
        fresh.open().onComplete(said -> {
          if (mine == generation && said.succeeded()) {
            ready(fresh, said.result());
          } else if (mine == generation) {
            lost(mine, Reasons.of(said.cause()));
          }
        });
      }
    });
  }

  private McpSession.Told told(int mine) {
    return new McpSession.Told() {
      @Override
      public void lost(String why) {
        context.execute(() -> McpServer.this.lost(mine, why));
      }

      @Override
      public void toolsChanged() {
        context.execute(() -> relist(mine));
      }

      @Override
      public void progress(String effectKey, Progress said, Runnable more) {
        context.execute(() -> {
          if (mine == generation) {
            Timers.Armed ignored = timers.after(PROGRESS_PAUSE, more);
            listener.progress(effectKey, said);
          }
        });
      }
    };
  }

  private void ready(McpSession fresh, Listing listing) {
    disarm();
    readyAt = timers.nanos();
    problem = null;
    listener.listed(listing);
    state = State.READY;
    List<Promise<McpSession>> due = List.copyOf(waiting);
    waiting.clear();
    due.forEach(promise -> promise.complete(fresh));
  }

  /** However often it says so, it is asked once in a while. */
  private void relist(int mine) {
    McpSession now = session;
    if (mine == generation && state == State.READY && timer == null && now != null) {
      timer = timers.after(PAUSE, () -> {
        timer = null;
        now.list().onComplete(said -> {
          if (mine == generation && said.succeeded()) {
            listener.listed(said.result());
          } else if (mine == generation) {
            lost(mine, Reasons.of(said.cause()));
          }
        });
      });
    }
  }

  private void lost(int mine, String why) {
    if (mine != generation || state == State.CLOSED) {
      return;
    }
    generation++;
    boolean wasReady = state == State.READY;
    if (wasReady && timers.nanos() - readyAt > PAUSE_MAX.toNanos()) {
      failures = 0;
    }
    failures++;
    restarts++;
    problem = why;
    state = State.RESTING;
    LOG.log(System.Logger.Level.WARNING, "server of tools {0}: {1}", config.name(), why);
    McpSession old = session;
    session = null;
    if (old != null) {
      end(old);
    }
    disarm();
    timer = timers.after(pause(), this::connect);
    if (!wasReady || failures > 1) {
      refuse(why);
    }
    listener.failed(why);
  }

  private Duration pause() {
    Duration doubled = PAUSE.multipliedBy(1L << Math.min(failures - 1, 10));
    return doubled.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : doubled;
  }

  private void end(McpSession old) {
    Promise<Void> over = Promise.promise();
    Timers.Armed limit = timers.after(CLOSE_MAX, over::tryComplete);
    old.close().onComplete(closed -> {
      limit.cancel();
      boolean unused = over.tryComplete();
    });
    ending = Future.all(ending, over.future()).mapEmpty();
  }

  private void refuse(String why) {
    List<Promise<McpSession>> due = List.copyOf(waiting);
    waiting.clear();
    due.forEach(promise -> promise.fail(new NotSentException(why)));
  }

  private void disarm() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** Ends it; completes when what was started has ended. */
  public Future<Void> close() {
    generation++;
    state = State.CLOSED;
    disarm();
    refuse("it is not wanted any more");
    McpSession old = session;
    session = null;
    if (old != null) {
      end(old);
    }
    return ending;
  }

  // --- Calls

  /**
   * Calls a tool. Fails when nobody knows whether it acted; a call that was surely not made is an
   * answer in words.
   *
   * @param tool the server's own name for it
   * @param refusal why it may not be called, asked when the server is ready; null = it may
   */
  public Future<Tool.Reply> call(String tool, Tool.Call call, Supplier<@Nullable String> refusal) {
    return attempt(tool, call, refusal, true);
  }

  private Future<Tool.Reply> attempt(
      String tool, Tool.Call call, Supplier<@Nullable String> refusal, boolean first) {
    return whenReady().transform(ready -> {
      if (ready.failed()) {
        return Future.succeededFuture(Tool.Reply.error("The server " + config.name()
            + " cannot be reached, and nothing was done: " + Reasons.of(ready.cause())));
      }
      String why = call.cancel().isCancelled() ? "nobody waits for it" : refusal.get();
      return why == null
          ? made(ready.result(), tool, call)
              .recover(cause -> failed(cause, tool, call, first ? refusal : null))
          : Future.succeededFuture(Tool.Reply.error(why));
    });
  }

  private Future<Tool.Reply> failed(
      Throwable cause, String tool, Tool.Call call, @Nullable Supplier<@Nullable String> refusal) {
    McpError said = Reasons.find(cause, McpError.class);
    if (said != null) {
      return Future.succeededFuture(
          Tool.Reply.error("The server refuses the call: " + Reasons.of(said)));
    }
    if (Reasons.notSent(cause)) {
      lost(generation, Reasons.of(cause));
      return refusal != null
          ? attempt(tool, call, refusal, false)
          : Future.succeededFuture(Tool.Reply.error("The server " + config.name()
              + " cannot be reached, and nothing was done: " + Reasons.of(cause)));
    }
    return Future.failedFuture(
        cause instanceof RuntimeFault fault
            ? fault
            : new RuntimeFault(
                ErrorCode.TOOL_FAILED,
                "the server " + config.name() + " did not answer the call of " + tool + ": "
                    + (problem == null ? Reasons.of(cause) : problem),
                cause));
  }

  private Future<McpSession> whenReady() {
    McpSession now = session;
    if (state == State.READY && now != null) {
      return Future.succeededFuture(now);
    }
    if (state == State.CLOSED || (state == State.RESTING && failures > 1)) {
      return Future.failedFuture(
          new NotSentException(problem == null ? "it is not connected" : problem));
    }
    Promise<McpSession> promise = Promise.promise();
    waiting.add(promise);
    return promise.future();
  }

  private Future<Tool.Reply> made(McpSession on, String tool, Tool.Call call) {
    Promise<Tool.Reply> answer = Promise.promise();
    int mine = generation;
    String key = call.effectKey();
    Timers.Armed limit = timers.after(config.times().call(), () -> {
      if (answer.tryFail(new RuntimeFault(
          ErrorCode.TOOL_TIMEOUT,
          "the server " + config.name() + " did not answer the call of " + tool + " within "
              + config.times().call().toSeconds() + " s"))) {
        on.cancel(key, "timeout");
        check(mine, on);
      }
    });
    call.cancel().onCancel(() -> {
      if (answer.tryFail(new RuntimeFault(ErrorCode.CANCELLED, "nobody waits for " + tool))) {
        on.cancel(key, "cancelled");
      }
    });
    boolean progress = listener.wantsProgress();
    on.call(tool, call.arguments().object(), key, progress).onComplete(result -> {
      if (result.succeeded()) {
        boolean unused = answer.tryComplete(Answers.reply(result.result()));
      } else {
        boolean unused = answer.tryFail(result.cause());
      }
    });
    return answer.future().onComplete(done -> limit.cancel());
  }

  /** A server that did not answer a call may answer nothing any more. */
  private void check(int mine, McpSession on) {
    Timers.Armed limit =
        timers.after(PING_MAX, () -> lost(mine, "it answers nothing, not even a ping"));
    on.ping().onComplete(pong -> limit.cancel());
  }

  // --- Views

  public ServerConfig config() {
    return config;
  }

  public State state() {
    return state;
  }

  /** Why it is not connected, or why it was not the last time; null when it always was. */
  public @Nullable String problem() {
    return problem;
  }

  /** How often its connection ended or could not be made. */
  public int restarts() {
    return restarts;
  }
}
