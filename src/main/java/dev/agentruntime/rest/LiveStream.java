package dev.agentruntime.rest;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.http.Problem;
import dev.agentruntime.live.LiveEntries;
import dev.agentruntime.live.LiveReplies;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Timers;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One follower of one process. It is told how far the journal is durable and reads from there, so
 * what it shows live and what it shows after a reconnection are the same lines, and a slow reader
 * costs a position, not a buffer. Words of models are shown when there is room and dropped when
 * not. Owned by: the server's context; it is told on the process's and changes over.
 */
class LiveStream implements LiveEntries.Follower {

  private static final Logger LOG = System.getLogger(LiveStream.class.getName());
  private static final int PAGE = 20;

  /** Pieces that are on their way from the process to the server. */
  private static final int PIECES_MAX = 256;

  /**
   * How it is kept.
   *
   * @param heartbeat from one sign of life to the next
   * @param patience how long a reader may leave what it was sent
   * @param open counts those that have begun and not ended
   * @param allowed whether its reader may read on
   */
  record Terms(
      Duration heartbeat, Duration patience, AtomicInteger open, BooleanSupplier allowed) {}

  private final AgentProcess process;
  private final AgentRuntime runtime;
  private final Terms terms;
  private final Context context;
  private final AtomicInteger pieces = new AtomicInteger();
  private long next;
  private long durable;
  private boolean reading;
  private boolean blocked;
  private boolean leaving;
  private boolean over;
  private @Nullable HttpServerResponse out;
  private @Nullable Runnable unfollow;
  private Timers.@Nullable Armed heartbeat;
  private Timers.@Nullable Armed dropping;

  /**
   * A stream that has not begun; made on the server's context.
   *
   * @param next the first sequence to show
   */
  LiveStream(AgentProcess process, AgentRuntime runtime, long next, Terms terms) {
    this.process = process;
    this.runtime = runtime;
    this.next = next;
    this.durable = next - 1;
    this.terms = terms;
    this.context = Objects.requireNonNull(Vertx.currentContext(), "not on a server's context");
  }

  /** Sends the head, then follows until either side ends. */
  void begin(HttpServerResponse response) {
    open(response, ": " + process.id() + " from " + next + "\nretry: 2000\n\n");
    process
        .follow(this)
        .onComplete(following -> mine(() -> {
          if (following.failed()) {
            fail(following.cause());
          } else {
            follows(following.result());
          }
        }));
  }

  /** It is followed until this is run. */
  final void follows(Runnable unfollows) {
    if (over) {
      unfollows.run();
    } else {
      unfollow = unfollows;
    }
  }

  /** Entries behind this one are to be shown. */
  final void from(long position) {
    next = position + 1;
    durable = Math.max(durable, position);
  }

  final void open(HttpServerResponse response, String head) {
    out = response;
    int unused = terms.open().incrementAndGet();
    response.setChunked(true);
    response.closeHandler(closed -> end());
    response.exceptionHandler(cut -> end());
    if (response.closed()) {
      end();
      return;
    }
    write(head);
    heartbeat = runtime.timers().every(terms.heartbeat(), () -> {
      if (!blocked && mayGoOn()) {
        write(":\n\n");
      }
    });
  }

  // --- Told on the process's context

  @Override
  public final void durable(long sequence) {
    mine(() -> {
      durable = Math.max(durable, sequence);
      pump();
    });
  }

  @Override
  public final void heard(LiveReplies.Heard heard) {
    if (pieces.incrementAndGet() > PIECES_MAX) {
      pieces.decrementAndGet();
      return;
    }
    mine(() -> {
      pieces.decrementAndGet();
      if (!over && !blocked && mayGoOn()) {
        hear(heard);
      }
    });
  }

  @Override
  public final void ended() {
    mine(() -> {
      leaving = true;
      pump();
    });
  }

  final void mine(Runnable task) {
    context.runOnContext(now -> task.run());
  }

  // --- On the server's context

  private boolean mayGoOn() {
    boolean may = terms.allowed().getAsBoolean();
    if (!may) {
      fail(new RuntimeFault(
          ErrorCode.UNAUTHORIZED, "the token was revoked or rotated, expected=one that is good"));
    }
    return may;
  }

  /** Shows a piece of a reply. */
  void hear(LiveReplies.Heard heard) {
    write("event: token\ndata: " + piece(heard) + "\n\n");
  }

  /** Whether an entry is to be shown; all are. */
  boolean shows(Map<String, @Nullable Object> entry) {
    return true;
  }

  /** Whether something is durable that was not shown yet. */
  final boolean isBehind() {
    return next <= durable;
  }

  /** All that is durable was shown. */
  void shown() {
    if (leaving) {
      finish();
    }
  }

  /** Reads what is durable and was not shown, a page at a time; nothing before it is open. */
  final void pump() {
    if (over || reading || blocked || out == null || !mayGoOn()) {
      return;
    }
    if (next > durable) {
      shown();
      return;
    }
    reading = true;
    process
        .journal(PAGE, String.valueOf(next), null)
        .onComplete(page -> mine(() -> {
          reading = false;
          if (over) {
            return;
          }
          if (page.failed()) {
            fail(page.cause());
          } else {
            show(page.result());
            pump();
          }
        }));
  }

  private void show(Json page) {
    Map<String, @Nullable Object> all = page.object();
    for (Object each : (List<?>) Objects.requireNonNull(all.get("entries"))) {
      Json entry = Json.of(each);
      Map<String, @Nullable Object> fields = entry.object();
      long sequence = (Long) Objects.requireNonNull(fields.get("s"));
      if (!shows(fields)) {
        next = sequence + 1;
        continue;
      }
      if (sequence > next) {
        write("event: gap\ndata: {\"from\":" + next + ",\"to\":" + (sequence - 1) + "}\n\n");
      }
      next = sequence + 1;
      write("id: " + sequence + "\nevent: " + fields.get("k") + "\ndata: " + entry + "\n\n");
    }
    next = Math.max(next, Long.parseLong(String.valueOf(all.get("next_cursor"))));
  }

  private Json piece(LiveReplies.Heard heard) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("invocation", heard.invocation().value());
    all.put("turn", heard.turn());
    if (heard.piece() instanceof ReplyListener.Text words) {
      all.put("text", runtime.redact(words.text()));
    } else if (heard.piece() instanceof ReplyListener.Call call) {
      all.put("call", call.index());
      all.put("tool", call.tool());
      all.put("arguments", runtime.redact(call.arguments()));
    } else if (heard.piece() instanceof ReplyListener.Again again) {
      all.put("again", runtime.redact(again.why()));
    }
    return Json.of(all);
  }

  final void write(String text) {
    HttpServerResponse response = out;
    if (over || response == null || response.closed()) {
      return;
    }
    response.write(text).onFailure(cause -> LOG.log(Level.DEBUG, "an event was not taken", cause));
    if (response.writeQueueFull() && !blocked) {
      blocked = true;
      dropping = runtime.timers().after(terms.patience(), this::drop);
      response.drainHandler(room -> {
        blocked = false;
        disarm(dropping);
        pump();
      });
    }
  }

  /** A reader that does not read holds memory of ours. */
  private void drop() {
    HttpServerResponse response = out;
    LOG.log(Level.INFO, "a stream of process {0} was dropped, nobody reads it", process.name());
    end();
    if (response != null) {
      response.reset().onFailure(cause -> LOG.log(Level.DEBUG, "a stream did not close", cause));
    }
  }

  final void fail(Throwable cause) {
    write("event: error\ndata: " + Problem.of(Failure.of(cause)).toJson() + "\n\n");
    finish();
  }

  final void finish() {
    HttpServerResponse response = out;
    end();
    if (response != null && !response.closed()) {
      response.end().onFailure(gone -> LOG.log(Level.DEBUG, "a stream did not end", gone));
    }
  }

  private void end() {
    if (over) {
      return;
    }
    over = true;
    disarm(heartbeat);
    disarm(dropping);
    if (unfollow != null) {
      unfollow.run();
    }
    int unused = terms.open().decrementAndGet();
  }

  private static void disarm(Timers.@Nullable Armed timer) {
    if (timer != null) {
      timer.cancel();
    }
  }
}
