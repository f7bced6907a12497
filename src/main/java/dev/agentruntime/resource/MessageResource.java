package dev.agentruntime.resource;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.delivery.Question;
import dev.agentruntime.delivery.Question.Asking;
import dev.agentruntime.desk.MessageDesk;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.PeopleEntry.Priority;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import dev.agentruntime.rest.LiveStreams;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What operators say to a process: messages for its next run, and questions that start one and are
 * answered with its reply.
 */
final class MessageResource {

  private static final String PROCESS = "/api/v1/processes/:name";
  private static final String MESSAGES = PROCESS + "/messages";
  private static final String INBOX = PROCESS + "/inbox";
  private static final String ASK = PROCESS + "/ask";
  private static final String EVENTS = "text/event-stream";
  private static final int SENDER_MAX = 128;
  private static final int METADATA_BYTES_MAX = 4 << 10;
  private static final int QUESTION_MAX = 100_000;
  private static final Duration ASK_USUAL = Duration.ofMinutes(2);
  private static final Duration ASK_MAX = Duration.ofMinutes(10);

  private MessageResource() {}

  static List<Endpoint> endpoints(LiveStreams streams) {
    return List.of(
        Endpoint.post(MESSAGES, Body.JSON, MessageResource::leave),
        Endpoint.get(
            INBOX,
            Set.of(),
            call -> call.process().oversee(all -> all.messages().list()).map(Answer::ok)),
        Endpoint.delete(INBOX, Set.of(), MessageResource::clear),
        Endpoint.post(ASK, Body.JSON, call -> ask(call, streams)));
  }

  private static Future<Answer> leave(Call call) {
    Fields fields =
        call.fields("content", "message_type", "sender_id", "priority", "ttl", "metadata");
    Long ttl = fields.wholeOrNull("ttl");
    if (ttl != null && (ttl < 1 || ttl > Integer.MAX_VALUE)) {
      throw wrong("ttl", "a whole number of seconds, at least 1", ttl.toString());
    }
    Json metadata = fields.objectOr("metadata", Json.EMPTY);
    if (metadata.bytes().length > METADATA_BYTES_MAX) {
      throw wrong(
          "metadata", "at most " + METADATA_BYTES_MAX + " bytes", "" + metadata.bytes().length);
    }
    MessageDesk.Draft draft = new MessageDesk.Draft(
        fields.text("content"),
        word(PeopleEntry.Type.class, "message_type", fields, PeopleEntry.Type.CONTEXT),
        sender(fields),
        word(Priority.class, "priority", fields, Priority.NORMAL),
        ttl == null ? null : Duration.ofSeconds(ttl),
        metadata);
    String by = call.caller().name();
    return call.process()
        .oversee(all -> all.messages().leave(draft, by))
        .map(answer -> Answer.of(201, answer));
  }

  private static Future<Answer> clear(Call call) {
    String by = call.caller().name();
    return call.process()
        .oversee(all -> all.messages().clear(by).map(Json.EMPTY))
        .map(done -> Answer.nothing());
  }

  private static Future<Answer> ask(Call call, LiveStreams streams) {
    Fields fields = call.fields("content", "timeout", "sender_id", "priority");
    String content = fields.text("content");
    if (content.isBlank() || content.length() > QUESTION_MAX) {
      throw wrong(
          "content",
          "1.." + QUESTION_MAX + " characters, not all blank",
          content.length() + " characters");
    }
    Question question = new Question(
        content,
        sender(fields),
        urgency(word(Priority.class, "priority", fields, Priority.NORMAL)),
        TriggerResource.key(call.headers().get("idempotency-key")),
        limit(call, fields.wholeOrNull("timeout"), wantsEvents(call)));
    return wantsEvents(call)
        ? streams.ask(call, question)
        : call.process().ask(question).compose(asking -> answer(call, asking));
  }

  /** Who asked is written down before the answer comes, which may take minutes. */
  private static Future<Answer> answer(Call call, Asking asking) {
    call.note().about("for " + asking.eventId());
    call.note().ahead(200);
    return asking.answer().map(Answer::ok);
  }

  private static boolean wantsEvents(Call call) {
    String accept = call.headers().get("accept");
    return accept != null
        && Arrays.stream(accept.split(","))
            .anyMatch(type -> type.split(";", 2)[0].strip().equalsIgnoreCase(EVENTS));
  }

  /**
   * A connection on which nothing is said is closed: nobody waits for longer than that, but for
   * those who are shown signs of life.
   */
  private static Duration limit(Call call, @Nullable Long asked, boolean shown) {
    Duration silence = call.runtime().config().http().idleTimeout();
    Duration most = silence.minus(silence.dividedBy(10));
    most = shown || most.compareTo(ASK_MAX) > 0 ? ASK_MAX : most;
    Duration usual = most.compareTo(ASK_USUAL) > 0 ? ASK_USUAL : most;
    if (asked != null && (asked < 1 || asked > Math.max(1, most.toSeconds()))) {
      throw wrong(
          "timeout",
          "1.." + Math.max(1, most.toSeconds()) + " whole seconds"
              + (shown ? "" : ", nine tenths of http.idle_timeout"),
          asked.toString());
    }
    return asked == null ? usual : Duration.ofSeconds(asked);
  }

  private static int urgency(Priority priority) {
    return switch (priority) {
      case LOW -> -50;
      case NORMAL -> 0;
      case HIGH -> 50;
      case CRITICAL -> 100;
    };
  }

  private static String sender(Fields fields) {
    String sender = fields.textOrNull("sender_id");
    if (sender != null && (sender.isBlank() || sender.length() > SENDER_MAX)) {
      throw wrong(
          "sender_id", "1.." + SENDER_MAX + " characters, not all blank", sender.length() + "");
    }
    return sender == null ? "" : sender;
  }

  private static <E extends Enum<E>> E word(Class<E> type, String name, Fields fields, E usual) {
    String word = fields.textOrNull(name);
    if (word == null) {
      return usual;
    }
    List<String> known = Arrays.stream(type.getEnumConstants())
        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
        .toList();
    if (!known.contains(word)) {
      throw wrong(name, "one of " + known, Json.quote(word));
    }
    return Enum.valueOf(type, word.toUpperCase(Locale.ROOT));
  }

  private static RuntimeFault wrong(String name, String expected, String actual) {
    return new RuntimeFault(
        ErrorCode.INVALID_TYPE, name + ", expected=" + expected + ", actual=" + actual);
  }
}
