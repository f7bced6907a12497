package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a model is asked again, and the two small parsers of the wire. */
final class BackoffTest {

  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

  private final ManualTimers timers = new ManualTimers(Instant.EPOCH);
  private int asked;

  private Future<ChatReply> ask(
      int attempts, CancelSignal cancel, ErrorCode code, @Nullable Duration retryAfter) {
    ChatClient failing = new ChatClient() {
      @Override
      public Future<ChatReply> chat(ChatRequest request, CancelSignal signal) {
        asked++;
        return Future.failedFuture(new RuntimeFault(code, "no", retryAfter));
      }

      @Override
      public boolean insideJvm() {
        return false;
      }
    };
    return new Backoff(failing, timers, Ids.seeded(timers, new Random(7)), attempts, false)
        .chat(Samples.request("{}"), cancel);
  }

  @Test
  void pausesGrowAndAreDrawnFromTheUpperHalf() {
    Future<ChatReply> reply = ask(4, new CancelSignal(), ErrorCode.MODEL_UNAVAILABLE, null);
    for (long ceiling : new long[] {500, 1_000, 2_000}) {
      long pause = timers.untilNext().toMillis();
      assertTrue(pause >= ceiling / 2 && pause <= ceiling, pause + " of " + ceiling);
      assertFalse(reply.isComplete());
      timers.advance(Duration.ofMillis(pause));
    }
    assertEquals(4, asked);
    assertTrue(reply.failed());
  }

  @Test
  void theProvidersWishIsHonoured() {
    Future<ChatReply> reply =
        ask(2, new CancelSignal(), ErrorCode.MODEL_RATE_LIMITED, Duration.ofSeconds(60));
    assertEquals(Duration.ofSeconds(60), timers.untilNext());
    timers.advance(Duration.ofSeconds(60));
    assertEquals(2, asked);
    assertTrue(reply.failed());
  }

  @Test
  void aLongerWishIsHandedOn() {
    Future<ChatReply> reply =
        ask(4, new CancelSignal(), ErrorCode.MODEL_RATE_LIMITED, Duration.ofSeconds(61));
    assertEquals(
        Duration.ofSeconds(61), ((RuntimeFault) reply.cause()).failure().retryAfter());
    assertEquals(1, asked);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MODEL_UNAUTHORIZED", "MODEL_REFUSED", "MODEL_NOT_FOUND", "CANCELLED"})
  void whatWaitingDoesNotHelpFailsAtOnce(ErrorCode code) {
    assertTrue(ask(4, new CancelSignal(), code, null).failed());
    assertEquals(1, asked);
  }

  @Test
  void cancellingEndsThePause() {
    CancelSignal cancel = new CancelSignal();
    Future<ChatReply> reply = ask(4, cancel, ErrorCode.MODEL_TIMEOUT, null);
    cancel.cancel();
    assertEquals(ErrorCode.CANCELLED, ((RuntimeFault) reply.cause()).code());
    assertEquals(0, timers.pending());
    assertEquals(1, asked);
  }

  @ParameterizedTest
  @CsvSource({
    "'7', 7000",
    "' 1.5 ', 1500",
    "'0', 0",
    "'999999999', 86400000",
    "'Sun, 22 Nov 2026 08:00:30 GMT', 30000",
    "'Sun, 22 Nov 2026 07:00:00 GMT', 0",
    "'soon', -1",
    "'-5', -1",
    "'', -1",
  })
  void retryAfterIsSecondsOrADate(String header, long expectedMs) {
    Duration wait = RetryAfter.parse(header, NOW);
    assertEquals(expectedMs, wait == null ? -1 : wait.toMillis());
  }

  @Test
  void eventsAreTheSameHoweverTheyAreCut() {
    String stream = "\uFEFFevent: error\r\ndata: ü🙂\r\n\r\n: ping\n\ndata:a\ndata: b\n\n"
        + "id: 1\rdata: c\r\rdata: [DONE]";
    byte[] bytes = Buffer.buffer(stream).getBytes();
    for (int piece = 1; piece <= bytes.length; piece++) {
      List<String> events = new ArrayList<>();
      SseParser parser = new SseParser((name, data) -> events.add(name + "=" + data));
      for (int from = 0; from < bytes.length; from += piece) {
        int to = Math.min(bytes.length, from + piece);
        parser.feed(Buffer.buffer(java.util.Arrays.copyOfRange(bytes, from, to)));
      }
      parser.end();
      assertEquals(
          List.of("error=ü🙂", "null=a\nb", "null=c", "null=[DONE]"), events, "piece " + piece);
    }
  }

  @Test
  void aCutLineIsNoEvent() {
    List<String> events = new ArrayList<>();
    SseParser parser = new SseParser((name, data) -> events.add(data));
    parser.feed(Buffer.buffer("data: whole\n\ndata: {\"half"));
    parser.end();
    assertEquals(List.of("whole"), events);
  }
}
