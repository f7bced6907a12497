package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * 135 agents share one account for an hour of virtual time. Each works without pause: a run is six
 * turns of a few thousand tokens, and is lost with the first turn that fails. The provider refills
 * its tokens evenly, says with each refusal when there would be enough of them for that request,
 * and takes 5 to 15 s for an answer.
 */
final class SharedQuotaTest {

  private static final int AGENTS = 135;
  private static final int TURNS = 6;
  private static final long TOKENS_PER_MINUTE = 400_000;
  private static final Duration TIME = Duration.ofHours(1);

  /** One hour with one way to ask. */
  private static final class World implements ChatClient {
    private final ManualTimers timers = new ManualTimers(Instant.EPOCH);
    private final Ids ids = Ids.seeded(timers, new Random(3));
    private final Random random = new Random(11);
    private double bucket = TOKENS_PER_MINUTE;
    private long filledAt;
    private int runs;
    private int lost;
    private int turns;
    private int refused;
    private int wastedTurns;

    @Override
    public boolean insideJvm() {
      return false;
    }

    @Override
    public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
      double perNano = TOKENS_PER_MINUTE / 60e9;
      bucket = Math.min(TOKENS_PER_MINUTE, bucket + (timers.nanos() - filledAt) * perNano);
      filledAt = timers.nanos();
      int tokens = 2_000 + random.nextInt(8_000);
      if (bucket < tokens) {
        refused++;
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.MODEL_RATE_LIMITED,
            "429",
            Duration.ofNanos((long) ((tokens - bucket) / perNano)).plusSeconds(1)));
      }
      bucket -= tokens;
      Promise<ChatReply> reply = Promise.promise();
      later(
          Duration.ofMillis(5_000 + random.nextInt(10_000)),
          () -> reply.complete(
              new ChatReply(Samples.says("yes"), new Message.Usage(tokens - 300L, 300))));
      return reply.future();
    }

    void run(ChatClient model) {
      for (int agent = 0; agent < AGENTS; agent++) {
        later(Duration.ofMillis(random.nextInt(10_000)), () -> turn(model, 1));
      }
      timers.advance(TIME);
    }

    private void later(Duration pause, Runnable task) {
      Timers.Armed unused = timers.after(pause, task);
    }

    private void turn(ChatClient model, int number) {
      model.chat(Samples.request("{}"), new CancelSignal()).onComplete(done -> {
        if (done.failed()) {
          lost++;
          wastedTurns += number - 1;
          later(Duration.ofSeconds(5), () -> turn(model, 1));
          return;
        }
        turns++;
        if (number == TURNS) {
          runs++;
          later(Duration.ofSeconds(1), () -> turn(model, 1));
        } else {
          turn(model, number + 1);
        }
      });
    }

    ChatClient gated(long tokensPerMinute) {
      Quota quota = new Quota(4_096, tokensPerMinute, Duration.ofMinutes(10));
      ProviderGate gate = new ProviderGate("fake:one", quota, timers, ids);
      ChatClient door =
          new GatedChat(this, gate, Runnable::run, () -> Runnable::run, quota.queueTimeout());
      return new Backoff(door, timers, ids, 4, true);
    }

    String words(String way) {
      return way + ": " + runs + " runs done, " + lost + " lost with " + wastedTurns
          + " turns in vain, " + turns + " turns, " + refused + " refusals";
    }
  }

  @Test
  void theyFinishMoreTogetherThanEachForItself() {
    World alone = new World();
    alone.run(new Backoff(alone, alone.timers, alone.ids, 4, false));
    World stubborn = new World();
    stubborn.run(new Backoff(stubborn, stubborn.timers, stubborn.ids, 10, false));
    World learning = new World();
    learning.run(learning.gated(0));
    World told = new World();
    told.run(told.gated(TOKENS_PER_MINUTE));
    System.out.println("shared quota, " + AGENTS + " agents, 1 h: "
        + alone.words("each tries 4 times alone") + "; "
        + stubborn.words("each tries 10 times alone") + "; " + learning.words("one gate") + "; "
        + told.words("one gate that knows the quota"));
    assertEquals(0, learning.lost);
    assertEquals(0, told.lost);
    int best = Math.max(alone.runs, stubborn.runs);
    assertTrue(learning.runs > best && told.runs > best, learning.runs + " and " + told.runs);
    assertTrue(told.refused < learning.refused && learning.refused < alone.refused);
  }
}
