package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.OperatorEntry.RewindMode;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.replay.RewindOrder;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The manual's page on replay, rewind and fork, run as it stands there. */
class PastTest {

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @Test
  void replayRewindFork() throws Exception {
    AgentProcess process = AgentProcess.create("parrot", ProcessConfig.ofModel("echo"));
    get(process.start());
    get(process.trigger(Json.of("hello"), Json.EMPTY, null));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!Long.valueOf(1).equals(get(process.status(false)).object().get("invocation_count"))) {
      assertTrue(System.nanoTime() < end, "the run does not end");
    }
    Json starts = get(process.journal(1, null, "invocation_start"));
    long start = Long.parseLong(starts.toString().replaceAll(".*?\"s\":([0-9]+).*", "$1"));
    Json play = Json.parse("{\"rules\":[{\"say\":\"Otherwise.\"}]}");
    // snippet: past
    Future<Json> equal = process.replay();
    Future<Json> difference = process
        .forks()
        .run(new ForkOrder(
            start, "script:other", play, "Answer in one word.", /* liveReads= */ false, Map.of()));
    Future<Json> back = difference.compose(seen ->
        process.rewind(new RewindOrder(start - 1, RewindMode.BOTH, /* apply= */ true, "me")));
    // end: past
    assertEquals(true, get(equal).object().get("equal"));
    Map<?, ?> diff = (Map<?, ?>) Objects.requireNonNull(get(difference).object().get("diff"));
    assertEquals(false, diff.get("same"));
    assertEquals(true, get(back).object().get("applied"));
    assertEquals(0L, get(process.status(false)).object().get("conversation_messages"));
    get(process.close());
  }
}
