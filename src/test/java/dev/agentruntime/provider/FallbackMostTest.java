package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.Samples;
import io.vertx.core.Future;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a question may use that may be asked of several models. */
final class FallbackMostTest {

  /** Of whose tokenizer nothing is known. */
  private record Unknown() implements ChatClient {
    @Override
    public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
      return Future.failedFuture("nobody asks");
    }

    @Override
    public boolean insideJvm() {
      return false;
    }
  }

  @Test
  void whatOneModelHasCountedSaysNothingOfAnother() {
    ChatClient.ChatRequest request = Samples.request(
        Json.quote("\u6f22".repeat(4_000)), Samples.calls("t"), Samples.answered("t"));
    Message.Usage counted = new Message.Usage(3_000, 10);
    Message.Usage alone = new Unknown().most(request, null);
    assertEquals(
        alone, new FallbackChat(List.of(new Unknown(), new Unknown())).most(request, counted));
    assertEquals(
        new Unknown().most(request, counted),
        new FallbackChat(List.of(new Unknown())).most(request, counted));
  }
}
