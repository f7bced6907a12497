package dev.agentruntime.rest;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.delivery.Question;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Processes, followed: answers server-sent events, every entry of a journal once it is durable,
 * with its sequence as id, and the words of models while they come. {@code Last-Event-ID}, or
 * {@code after}, goes on behind an entry. A stream ends with the token that began it.
 */
public final class LiveStreams {

  /** Most streams of a server at once. */
  static final int STREAMS_MAX = 256;

  private static final Duration HEARTBEAT_MAX = Duration.ofSeconds(15);

  private final AtomicInteger open = new AtomicInteger();
  private final int most;
  private final Duration patience;

  /** The streams of one server, within the usual bounds. */
  public LiveStreams() {
    this(STREAMS_MAX, Duration.ofSeconds(30));
  }

  /**
   * The streams of one server.
   *
   * @param most so many at once
   * @param patience how long one that is not read is kept
   */
  LiveStreams(int most, Duration patience) {
    this.most = most;
    this.patience = patience;
  }

  /** How many there are. */
  int open() {
    return open.get();
  }

  /** Answers with a stream; refuses with INVALID_TYPE or OVERLOADED. */
  public Future<Answer> follow(Call call) {
    AgentProcess process = call.process();
    Long after = after(call.headers().get("last-event-id"), "Last-Event-ID");
    if (after == null) {
      after = after(call.query().get("after"), "after");
    }
    Long from = after;
    return process.deployed().map(now -> {
      long position = now.position();
      if (from != null && from > position) {
        throw new RuntimeFault(
            ErrorCode.INVALID_TYPE,
            "Last-Event-ID or after, expected=the id of an entry, at most " + position + ", actual="
                + from);
      }
      LiveStream stream = new LiveStream(
          process, call.runtime(), (from == null ? position : from) + 1, terms(call));
      return answer(stream);
    });
  }

  /**
   * Asks, and answers with a stream that ends with the reply; refuses as the question does, or with
   * OVERLOADED, and then nothing was asked.
   */
  public Future<Answer> ask(Call call, Question question) {
    AgentProcess process = call.process();
    return new AskStream(process, call.runtime(), terms(call))
        .ask(question)
        .map(LiveStreams::answer);
  }

  private LiveStream.Terms terms(Call call) {
    if (open.get() >= most) {
      throw new RuntimeFault(
          ErrorCode.OVERLOADED, "streams, expected=at most " + most + " of a node at once");
    }
    Duration third = call.runtime().config().http().idleTimeout().dividedBy(3);
    return new LiveStream.Terms(
        third.compareTo(HEARTBEAT_MAX) < 0 ? third : HEARTBEAT_MAX,
        patience,
        open,
        () -> call.access().stillAdmits(call.caller()));
  }

  private static Answer answer(LiveStream stream) {
    return Answer.streamed("text/event-stream", stream::begin).with("X-Accel-Buffering", "no");
  }

  private static @Nullable Long after(@Nullable String text, String name) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    if (!text.matches("[0-9]{1,18}")) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          name + ", expected=the id of an entry, a whole number, actual=" + Json.quote(text));
    }
    return Long.valueOf(text);
  }
}
