package dev.agentruntime.rest;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.delivery.Question;
import dev.agentruntime.live.LiveReplies.Heard;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One who asks and sees the answer come: the entries of the run that his question starts, the words
 * of its models, at the end the reply. He may go at any time; the run goes on. Owned by: the
 * server's context.
 */
final class AskStream extends LiveStream {

  /** Words that came before the entries they follow were shown, such as that of their run. */
  private static final int EARLY_MAX = 256;

  private final AgentProcess process;
  private final List<Heard> early = new ArrayList<>();
  private Question.@Nullable Asking asking;
  private @Nullable String run;
  private @Nullable Json reply;

  /** A stream of nothing yet; made on the server's context. */
  AskStream(AgentProcess process, AgentRuntime runtime, Terms terms) {
    super(process, runtime, 1, terms);
    this.process = process;
  }

  /** Follows, then asks, so that no word is missed. Fails as the question does. */
  Future<AskStream> ask(Question question) {
    return process
        .follow(this)
        .compose(unfollow -> process
            .ask(question)
            .onFailure(refused -> unfollow.run())
            .map(accepted -> {
              asking = accepted;
              InvocationId known = accepted.invocation();
              run = known == null ? null : known.value();
              from(accepted.position());
              follows(unfollow);
              return this;
            }));
  }

  @Override
  void begin(HttpServerResponse response) {
    Question.Asking asked = Objects.requireNonNull(asking, "nothing was asked");
    Map<String, Object> accepted = new LinkedHashMap<>();
    accepted.put("event_id", asked.eventId());
    if (asked.duplicate()) {
      accepted.put("duplicate", true);
    }
    open(response, "event: accepted\ndata: " + Json.of(accepted) + "\n\n");
    pump();
    asked
        .answer()
        .compose(answer -> process.deployed().map(now -> {
          mine(() -> {
            reply = answer;
            durable(now.position());
          });
          return answer;
        }))
        .onFailure(cause -> mine(() -> fail(cause)));
  }

  @Override
  boolean shows(Map<String, @Nullable Object> entry) {
    if (!(entry.get("d") instanceof Map<?, ?> data)) {
      return false;
    }
    Object invocation = data.get("invocation");
    if (run == null
        && "invocation_start".equals(entry.get("k"))
        && data.get("events") instanceof List<?> events
        && asking != null
        && events.contains(asking.eventId())) {
      run = String.valueOf(invocation);
    }
    return run != null && run.equals(invocation);
  }

  @Override
  void hear(Heard heard) {
    if (run == null || isBehind()) {
      if (early.size() < EARLY_MAX) {
        early.add(heard);
      }
    } else if (run.equals(heard.invocation().value())) {
      super.hear(heard);
    }
  }

  @Override
  void shown() {
    if (run != null && !early.isEmpty()) {
      List<Heard> waited = List.copyOf(early);
      early.clear();
      waited.forEach(this::hear);
    }
    Json answer = reply;
    if (answer != null) {
      write("event: reply\ndata: " + answer + "\n\n");
      finish();
    }
  }
}
