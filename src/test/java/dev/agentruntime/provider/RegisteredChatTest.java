package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.llm.ChatClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What others' code says of its use is counted only where it can be. */
@ExtendWith(VertxExtension.class)
final class RegisteredChatTest {

  private static final ChatClient.ChatRequest REQUEST = new ChatClient.ChatRequest(
      List.of(),
      List.of(),
      1,
      new InvocationId("01JDABCDEFGHJKMNPQRSTVWXYZ"),
      new TriggerEvent("e", "t", "t", Instant.EPOCH, Json.EMPTY, Json.EMPTY, null, true));

  /** A model that says of each call that it used so much. */
  private record Says(Message.Usage usage) implements ChatClient {
    @Override
    public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
      return Future.succeededFuture(new ChatReply(new Message.Assistant("done", List.of()), usage));
    }

    @Override
    public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
      return usage;
    }

    @Override
    public boolean insideJvm() {
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "5, 3, 2, 7, true",
    "0, 0, 0, , true",
    "-5, 3, 0, 7, false",
    "5, -3, 0, 7, false",
    "5, 3, -1, 7, false",
    "5, 3, 0, -7, false",
    "9223372036854775807, 1, 0, , false",
    "1, 1, 0, 9223372036854775807, false"
  })
  void nonsenseCountsAsNotSaid(
      long input, long output, long cached, @Nullable Long cost, boolean sane, Vertx vertx)
      throws Exception {
    Message.Usage usage = new Message.Usage(input, output, cached, cost);
    RegisteredChat chat = new RegisteredChat("own", new Says(usage), vertx);

    Message.Usage counted = chat.chat(REQUEST, new CancelSignal())
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS)
        .usage();

    assertEquals(sane ? usage : new Message.Usage(0, 0), counted);
    if (sane) {
      assertEquals(usage, chat.most(REQUEST, null));
    } else {
      RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
        Message.Usage unused = chat.most(REQUEST, null);
      });
      assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    }
  }
}
